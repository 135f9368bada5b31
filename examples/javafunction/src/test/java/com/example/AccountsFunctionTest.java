package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.Mockito.RETURNS_DEEP_STUBS;
import static org.mockito.Mockito.RETURNS_SELF;
import static org.mockito.Mockito.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.salesforce.functions.jvm.sdk.Context;
import com.salesforce.functions.jvm.sdk.InvocationEvent;
import com.salesforce.functions.jvm.sdk.Org;
import com.salesforce.functions.jvm.sdk.data.DataApi;
import com.salesforce.functions.jvm.sdk.data.Record;
import com.salesforce.functions.jvm.sdk.data.RecordModificationResult;
import com.salesforce.functions.jvm.sdk.data.RecordQueryResult;
import com.salesforce.functions.jvm.sdk.data.RecordWithSubQueryResults;
import com.salesforce.functions.jvm.sdk.data.ReferenceId;
import com.salesforce.functions.jvm.sdk.data.builder.RecordBuilder;
import com.salesforce.functions.jvm.sdk.data.builder.UnitOfWorkBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AccountsFunctionTest {
  private final DataApi dataApi = mock(DataApi.class);

  @Test
  @DisplayName("All accounts are answered, also those behind the first part")
  void allParts() throws Exception {
    var first = found(false, "Acme");
    var second = found(true, "Globex", "Initech");
    when(dataApi.query(AccountsFunction.ALL)).thenReturn(first);
    when(dataApi.queryMore(first)).thenReturn(second);

    Answer answer = call(new Payload());

    assertEquals(List.of("Acme", "Globex", "Initech"),
        answer.accounts.stream().map(account -> account.name).collect(Collectors.toList()));
    assertNull(answer.added);
  }

  @Test
  @DisplayName("A company that is missing is added with its first contact")
  void added() throws Exception {
    var nothing = found(true);
    var account = mock(ReferenceId.class);
    var contact = mock(ReferenceId.class);
    var accountRecord = builder("Account");
    var contactRecord = builder("Contact");
    var unit = mock(UnitOfWorkBuilder.class);
    var ids = Map.of(account, made("001A"), contact, made("003A"));
    when(dataApi.query(AccountsFunction.ALL)).thenReturn(nothing);
    when(dataApi.newUnitOfWorkBuilder()).thenReturn(unit);
    when(unit.registerCreate(any())).thenReturn(account, contact);
    when(dataApi.commitUnitOfWork(any())).thenReturn(ids);

    Answer answer = call(payload("Globex", "Ada"));

    assertEquals("001A", answer.added.accountId);
    assertEquals("003A", answer.added.contactId);
    verify(accountRecord).withField("Name", "Globex");
    verify(contactRecord).withField("LastName", "Ada");
    verify(contactRecord).withField("AccountId", account);
  }

  @Test
  @DisplayName("A company that the org has is not added again")
  void known() throws Exception {
    var acme = found(true, "Acme");
    when(dataApi.query(AccountsFunction.ALL)).thenReturn(acme);

    assertNull(call(payload("Acme", "Ada")).added);

    verify(dataApi, never()).commitUnitOfWork(any());
  }

  @Test
  @DisplayName("A call that names no org is refused in words")
  void noOrg() {
    Context context = mock(Context.class);
    when(context.getOrg()).thenReturn(Optional.empty());

    var refused = assertThrows(IllegalArgumentException.class,
        () -> new AccountsFunction().apply(event(null), context));

    assertEquals("This function reads an org: call it from one", refused.getMessage());
  }

  private Answer call(Payload payload) throws Exception {
    Context context = mock(Context.class);
    Org org = mock(Org.class, RETURNS_DEEP_STUBS);
    when(context.getOrg()).thenReturn(Optional.of(org));
    doReturn(dataApi).when(org).getDataApi();
    return new AccountsFunction().apply(event(payload), context);
  }

  @SuppressWarnings("unchecked")
  private static InvocationEvent<Payload> event(Payload payload) {
    InvocationEvent<Payload> event = mock(InvocationEvent.class);
    when(event.getData()).thenReturn(payload);
    return event;
  }

  private static Payload payload(String company, String visitor) {
    Payload payload = new Payload();
    payload.company = company;
    payload.visitor = visitor;
    return payload;
  }

  private static RecordQueryResult found(boolean done, String... names) {
    var result = mock(RecordQueryResult.class);
    var records = Stream.of(names).map(AccountsFunctionTest::account).collect(Collectors.toList());
    when(result.isDone()).thenReturn(done);
    when(result.getRecords()).thenReturn(records);
    return result;
  }

  private static RecordWithSubQueryResults account(String name) {
    var record = mock(RecordWithSubQueryResults.class);
    when(record.getStringField("Id")).thenReturn(Optional.of("001" + name));
    when(record.getStringField("Name")).thenReturn(Optional.of(name));
    return record;
  }

  private RecordBuilder builder(String type) {
    var builder = mock(RecordBuilder.class, RETURNS_SELF);
    doReturn(mock(Record.class)).when(builder).build();
    when(dataApi.newRecordBuilder(type)).thenReturn(builder);
    return builder;
  }

  private static RecordModificationResult made(String id) {
    var result = mock(RecordModificationResult.class);
    when(result.getId()).thenReturn(id);
    return result;
  }
}
