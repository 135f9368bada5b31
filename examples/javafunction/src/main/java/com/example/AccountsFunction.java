package com.example;

import com.salesforce.functions.jvm.sdk.Context;
import com.salesforce.functions.jvm.sdk.InvocationEvent;
import com.salesforce.functions.jvm.sdk.Org;
import com.salesforce.functions.jvm.sdk.SalesforceFunction;
import com.salesforce.functions.jvm.sdk.data.DataApi;
import com.salesforce.functions.jvm.sdk.data.RecordQueryResult;
import com.salesforce.functions.jvm.sdk.data.error.DataApiException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the org's accounts, and adds the payload's company unless it is there already. */
public class AccountsFunction implements SalesforceFunction<Payload, Answer> {
  static final String ALL = "SELECT Id, Name FROM Account ORDER BY Name";

  private static final Logger LOGGER = LoggerFactory.getLogger(AccountsFunction.class);

  @Override
  public Answer apply(InvocationEvent<Payload> event, Context context) throws DataApiException {
    Org org = context.getOrg().orElseThrow(
        () -> new IllegalArgumentException("This function reads an org: call it from one"));
    Payload payload = event.getData() == null ? new Payload() : event.getData();

    List<Answer.Account> accounts = allAccounts(org.getDataApi());
    LOGGER.info("Found {} accounts for {}", accounts.size(), org.getUser().getUsername());

    boolean adds = payload.company != null
        && accounts.stream().noneMatch(account -> account.name.equals(payload.company));
    return new Answer(accounts, adds ? add(org.getDataApi(), payload) : null);
  }

  /** An answer of the org holds up to 2,000 records; the rest is fetched by queryMore. */
  private static List<Answer.Account> allAccounts(DataApi dataApi) throws DataApiException {
    List<Answer.Account> accounts = new ArrayList<>();
    for (RecordQueryResult found = dataApi.query(ALL); ; found = dataApi.queryMore(found)) {
      found.getRecords().forEach(record -> accounts.add(new Answer.Account(
          record.getStringField("Id").orElseThrow(), record.getStringField("Name").orElseThrow())));
      if (found.isDone()) {
        return accounts;
      }
    }
  }

  /** Adds the account and its contact: both, or neither if one fails. */
  private static Answer.Added add(DataApi dataApi, Payload payload) throws DataApiException {
    var unit = dataApi.newUnitOfWorkBuilder();
    // Stands for an id that the account does not have yet.
    var account = unit.registerCreate(
        dataApi.newRecordBuilder("Account").withField("Name", payload.company).build());
    var contact = unit.registerCreate(dataApi.newRecordBuilder("Contact")
        .withField("LastName", payload.visitor == null ? "Unknown" : payload.visitor)
        .withField("AccountId", account)
        .build());

    var ids = dataApi.commitUnitOfWork(unit.build());

    return new Answer.Added(ids.get(account).getId(), ids.get(contact).getId());
  }
}
