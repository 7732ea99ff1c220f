import type { Database, Transaction } from '#db/client';
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
  const facts = Object.entries(detail).filter(([, value]) => isPlain(value));
  decisions.get(tx)?.push({ ...Object.fromEntries(facts), ...decision });
}

const word = /^[\w.:-]{1,64}$/;

/** A number, an id or a word of a list, or an amount: what a person has written is none. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return word.test(value);
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  return typeof value === 'object' && value !== null && 'currency' in value && 'amount' in value;
}
