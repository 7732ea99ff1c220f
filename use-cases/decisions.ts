import type { Database, Transaction } from '#db/client';
import { declineReasons } from '#domain/payments/decline';
import { tellDecision, type Decision } from '#platform/decisions';

/** What each transaction that runs has decided about money. */
const decisions = new WeakMap<Transaction, Decision[]>();

/** A transaction whose decisions are told once it is committed: what is rolled back was none. */
export async function tellingDecisions<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const decided: Decision[] = [];
  const done = await db.transaction((tx) => {
    decisions.set(tx, decided);
    return work(tx);
  });
  for (const decision of decided) tellDecision(decision);
  return done;
}

type Decided = Pick<Decision, 'decision' | 'subject' | 'leaseId' | 'role'> & {
  readonly detail: Readonly<Record<string, unknown>>;
};

/** A line in the log, for whoever follows one payment: ids, kinds, amounts and reasons that are words of ours. */
export function decide(tx: Transaction, { detail, ...decision }: Decided): void {
  const facts = Object.entries(detail).filter(isPlain);
  decisions.get(tx)?.push({ ...Object.fromEntries(facts), ...decision });
}

/** Facts whose words are of lists of ours; what stands under another name may be what a person has written. */
const listed = new Set(['provider', 'market', 'kind', 'status', 'outcome', 'decision', 'date', 'paidOn', 'valueOn']);
const id = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A number, an amount, an id, or a word of a list. */
function isPlain([name, value]: [string, unknown]): boolean {
  if (typeof value === 'string')
    return listed.has(name) || id.test(value) || (name === 'reason' && declineReasons.some((one) => one === value));
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  return typeof value === 'object' && value !== null && 'currency' in value && 'amount' in value;
}
