import type {
  Context,
  DataApi,
  InvocationEvent,
  Logger,
  QueriedRecord,
} from "@heroku/sf-fx-runtime-nodejs";

export interface Payload {
  /** An account of this name is added when the org has none. */
  company?: string;
  /** The last name of its first contact. */
  visitor?: string;
}

export interface Account {
  id: string;
  name: string;
}

export interface Answer {
  accounts: Account[];
  added: { accountId: string; contactId: string } | null;
}

/** Answers the org's accounts, and adds the payload's company unless it is there already. */
export default async function execute(
  event: InvocationEvent<Payload | null>,
  context: Context,
  logger: Logger,
): Promise<Answer> {
  if (context.org === undefined) {
    throw new Error("This function reads an org: call it from one");
  }
  const { company, visitor } = event.data ?? {};
  const accounts = await allAccounts(context.org.dataApi);
  logger.info(`Found ${accounts.length} accounts for ${context.org.user.username}`);

  if (!company || accounts.some((account) => account.name === company)) {
    return { accounts, added: null };
  }
  return { accounts, added: await add(context.org.dataApi, company, visitor ?? "Unknown") };
}

/** An answer of the org holds up to 2,000 records; the rest is fetched by queryMore. */
async function allAccounts(dataApi: DataApi): Promise<Account[]> {
  let found = await dataApi.query("SELECT Id, Name FROM Account ORDER BY Name");
  const accounts = found.records.map(accountOf);
  while (!found.done) {
    found = await dataApi.queryMore(found);
    accounts.push(...found.records.map(accountOf));
  }
  return accounts;
}

function accountOf(record: QueriedRecord): Account {
  return { id: String(record.fields["Id"]), name: String(record.fields["Name"]) };
}

/** Adds the account and its contact: both, or neither if one fails. */
async function add(dataApi: DataApi, company: string, visitor: string) {
  const unit = dataApi.newUnitOfWork();
  // Stands for an id that the account does not have yet.
  const account = unit.registerCreate({ type: "Account", fields: { Name: company } });
  const contact = unit.registerCreate({
    type: "Contact",
    fields: { LastName: visitor, AccountId: account },
  });

  const ids = await dataApi.commitUnitOfWork(unit);

  return { accountId: ids.get(account)!.id, contactId: ids.get(contact)!.id };
}
