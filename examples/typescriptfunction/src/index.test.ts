import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Context,
  DataApi,
  InvocationEvent,
  Logger,
  QueriedRecord,
  RecordForCreate,
  RecordQueryResult,
  ReferenceId,
  UnitOfWork,
} from "@heroku/sf-fx-runtime-nodejs";
import execute, { type Payload } from "./index.js";

/** What the function sent to the org. */
interface Sent {
  queries: number;
  created: RecordForCreate[];
}

test("all accounts are answered, also those behind the first part", async () => {
  const { sent, context } = org([["Acme"], ["Globex", "Initech"]]);

  const answer = await execute(event({}), context, silent);

  assert.deepEqual(
    answer.accounts.map((account) => account.name),
    ["Acme", "Globex", "Initech"],
  );
  assert.equal(answer.added, null);
  assert.equal(sent.queries, 2);
});

test("a company that is missing is added with its first contact", async () => {
  const { sent, context } = org([["Acme"]]);

  const answer = await execute(event({ company: "Globex", visitor: "Ada" }), context, silent);

  assert.deepEqual(answer.added, { accountId: "id of step 0", contactId: "id of step 1" });
  assert.deepEqual(
    sent.created.map((record) => record.type),
    ["Account", "Contact"],
  );
  assert.equal(sent.created[0]?.fields["Name"], "Globex");
  assert.equal(sent.created[1]?.fields["LastName"], "Ada");
  assert.equal(String(sent.created[1]?.fields["AccountId"]), "step 0");
});

test("a company that the org has is not added again", async () => {
  const { sent, context } = org([["Acme"]]);

  const answer = await execute(event({ company: "Acme" }), context, silent);

  assert.equal(answer.added, null);
  assert.deepEqual(sent.created, []);
});

test("a call without a payload reads only", async () => {
  const { context } = org([[]]);

  assert.deepEqual(await execute(event(null), context, silent), { accounts: [], added: null });
});

test("a call that names no org is refused in words", async () => {
  await assert.rejects(execute(event({}), { id: "1" }, silent), /call it from one/);
});

const silent: Logger = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

function event(data: Payload | null): InvocationEvent<Payload | null> {
  return { id: "1", type: "com.salesforce.function.invoke.sync", source: "urn:test", data };
}

/** An org that answers its accounts in parts; only what this function asks of one is there. */
function org(parts: string[][]): { sent: Sent; context: Context } {
  const sent: Sent = { queries: 0, created: [] };
  const steps: ReferenceId[] = [];
  const next = async (): Promise<RecordQueryResult> => {
    const names = parts[sent.queries++] ?? [];
    const done = sent.queries >= parts.length;
    return { done, totalSize: parts.flat().length, records: names.map(account) };
  };
  const unit: Pick<UnitOfWork, "registerCreate"> = {
    registerCreate(record) {
      const name = `step ${sent.created.push(record) - 1}`;
      const step = { toString: () => name, toApiString: () => name };
      steps.push(step);
      return step;
    },
  };
  const dataApi: Partial<DataApi> = {
    query: next,
    queryMore: next,
    newUnitOfWork: () => unit as UnitOfWork,
    commitUnitOfWork: async () => new Map(steps.map((step) => [step, { id: `id of ${step}` }])),
  };
  return {
    sent,
    context: {
      id: "1",
      org: {
        id: "00D",
        baseUrl: "https://org.example",
        domainUrl: "https://org.example",
        apiVersion: "56.0",
        user: { id: "005", username: "ada@example.com" },
        dataApi: dataApi as DataApi,
      },
    },
  };
}

function account(name: string): QueriedRecord {
  return { type: "Account", fields: { Id: `001${name}`, Name: name }, subQueryResults: {} };
}
