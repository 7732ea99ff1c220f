import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database, Transaction } from '#db/client';
import { prebuilt } from '#db/prebuilt';
import { audit, outbox } from '#db/schema/index';
import type { EntryDetail } from '#domain/audit';
import type { DomainEvent } from '#domain/events/catalogue';
import type { Actor } from '#domain/identity/roles';
import type { LeaseStatus } from '#domain/leases/status';
import { declineReasons } from '#domain/payments/decline';
import { tellDecision, type Decision } from '#platform/decisions';
import { sqlStateOf } from '#platform/describe-error';
import { lockPatience } from '#platform/patience';
import { traced, traceparentNow } from '#platform/tracing/traced';

/**
 * What a use case works in: one transaction, who acts, and when. `at` is the lease's own clock where
 * there is a lease, the wall's otherwise; no use case asks the wall clock for a business date.
 */
export interface Context {
  readonly tx: Transaction;
  readonly actor: Actor;
  readonly at: Date;
}

/** Runs one use case in one transaction. Who waits for its answer waits for rows only for as long as is left of that. */
export function transact<T>(db: Database, actor: Actor, at: Date, work: (context: Context) => Promise<T>): Promise<T> {
  const patience = lockPatience();
  return traced('transaction', { attributes: { 'actor.role': actor.role } }, () =>
    tellingDecisions(db, async (tx) => {
      const left = patience();
      if (left !== null) await tx.execute(sql`select set_config('lock_timeout', ${String(left)}, true)`);
      return work({ tx, actor, at });
    }),
  );
}

/** Of these the log tells, whether money moved or not; what moved is told by its transfer. */
const aboutMoney = /^(payment|inbound|float|remittance|reconciliation)\./;

/**
 * Statements of one transaction that go down its connection one after the other without waiting for answers. All of
 * them have ended when it answers: nothing is sent after the transaction.
 *
 * @throws what failed first. What the database says of the statements behind it, that the transaction is aborted,
 * would hide whether it is worth another try.
 */
export async function sideBySide<T extends readonly unknown[]>(...work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const ended = await Promise.allSettled(work);
  const failures = ended.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  if (failures.length === 0) return Promise.all(work);
  throw failures.find((error) => sqlStateOf(error) !== IN_FAILED_TRANSACTION) ?? failures[0];
}

const IN_FAILED_TRANSACTION = '25P02';

const insertEvent = prebuilt((db, given) =>
  db.insert(outbox).values({
    id: given('id'),
    type: given('type'),
    subject: given('subject'),
    leaseId: given('leaseId'),
    time: given('time'),
    data: given('data'),
    trace: given('trace'),
  }),
);

/** Writes a CloudEvent to the outbox, in the transaction it tells of. Take the subject's row lock before. */
export async function emit({ tx, at }: Context, event: DomainEvent): Promise<void> {
  const { type, subject, leaseId = null, data } = event;
  await insertEvent(tx, { id: uuidv7(), time: at, type, subject, leaseId, data, trace: traceparentNow() ?? null });
}

interface Entry<Type extends string> {
  /** One entry per cause: the same key again writes nothing. */
  readonly key?: string;
  /** `lease.offered`, `payment.completed`, `vehicle.updated`, …: dotted, subject first. */
  readonly type: Type;
  readonly subject: string;
  readonly leaseId?: string | null;
  readonly leaseStatus?: LeaseStatus | null;
}

type AuditEntry<Type extends string> = Entry<Type> & EntryDetail<Type>;

/** Writes who did what, in the transaction that did it. With a `leaseId` it is on the lease's timeline. */
export function record<Type extends string>(context: Context, entry: AuditEntry<Type>): Promise<void> {
  return write(context, entry);
}

async function write({ tx, actor, at }: Context, { detail = {}, key, ...entry }: AuditEntry<string>): Promise<void> {
  const id = uuidv7();
  const { type, subject, leaseId = null, leaseStatus = null } = entry;
  if (aboutMoney.test(type)) decide(tx, { decision: type, subject, leaseId, role: actor.role, detail });
  await insertEntry(tx, { id, key: key ?? id, at, type, subject, leaseId, leaseStatus, actor, detail });
}

const insertEntry = prebuilt((db, given) =>
  db
    .insert(audit)
    .values({
      id: given('id'),
      key: given('key'),
      at: given('at'),
      type: given('type'),
      subject: given('subject'),
      leaseId: given('leaseId'),
      leaseStatus: given('leaseStatus'),
      actor: given('actor'),
      detail: given('detail'),
    })
    .onConflictDoNothing({ target: audit.key }),
);

/** Writes an audit entry on the timeline of a lease, whose status it tells; it is about the lease where it names nothing else. */
export function recordOnLease<Type extends string>(
  context: Context,
  { id, status }: { readonly id: string; readonly status: LeaseStatus },
  entry: Pick<Entry<Type>, 'type' | 'key'> & Partial<Pick<Entry<Type>, 'subject'>> & EntryDetail<Type>,
): Promise<void> {
  return write(context, { subject: id, leaseId: id, leaseStatus: status, ...entry });
}

/** What each transaction that runs has decided about money. */
const decisions = new WeakMap<Transaction, Decision[]>();

/** A transaction whose decisions are told once it is committed: what is rolled back was none. */
async function tellingDecisions<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
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

/** Fields that hold words of our own lists alone; what stands under another name may be what a person has written. */
const listed = new Set(['provider', 'market', 'kind', 'status', 'outcome', 'decision', 'date', 'paidOn', 'valueOn']);
const id = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A number, an amount, an id, or a word of a list. */
function isPlain([name, value]: [string, unknown]): boolean {
  if (typeof value === 'string')
    return listed.has(name) || id.test(value) || (name === 'reason' && declineReasons.some((one) => one === value));
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  return typeof value === 'object' && value !== null && 'currency' in value && 'amount' in value;
}
