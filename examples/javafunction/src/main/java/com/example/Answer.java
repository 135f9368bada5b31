package com.example;

import java.util.List;

/** What the function returns. The runtime makes JSON of its fields; one that is null is left out. */
public class Answer {
  public final List<Account> accounts;
  public final Added added;

  Answer(List<Account> accounts, Added added) {
    this.accounts = accounts;
    this.added = added;
  }

  /** One account of the org. */
  public static class Account {
    public final String id;
    public final String name;

    Account(String id, String name) {
      this.id = id;
      this.name = name;
    }
  }

  /** The ids of what was added. */
  public static class Added {
    public final String accountId;
    public final String contactId;

    Added(String accountId, String contactId) {
      this.accountId = accountId;
      this.contactId = contactId;
    }
  }
}
