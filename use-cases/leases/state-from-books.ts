import { and, desc, eq, inArray, or } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leaseClock, scheduleOf, type LeaseRow } from '#db/queries/leases';
import { audit, leases } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { parseDue } from '#domain/leases/due';
import { learn, noHabits, type Habits } from '#domain/leases/habits';
import { nextTry } from '#domain/payments/tries';
import { afterQuietHours } from '#domain/quiet-hours';
import { freshState, type LeaseState } from '#workflows/lease/messages';
import { standingOf } from './lease-record.ts';
import { limitsOf, type LeaseStartConfig } from '#steering/start-lease';
import { paymentsOfLease, type AttemptRow } from '#db/queries/payments';
import { leaseTermsOf } from './terms.ts';

/**
 * What a lease's workflow would know by now, made from the books alone: where the lease stands and since when, the
 * payments of which nobody knows whether they are under way, what was sent to the
 * customer today and when he pays.
 *
 * @throws Problem not_found
 */
export async function stateFromBooks(
  db: Database,
  config: LeaseStartConfig,
  leaseId: string,
): Promise<{ readonly row: LeaseRow; readonly state: LeaseState; readonly asOf: number }> {
  const [row] = await db.select().from(leases).where(eq(leases.id, leaseId));
  if (row === undefined) throw new Problem('not_found');
  const asOf = leaseClock(row);
  const lines = await scheduleOf(db, row.id, row.scheduleVersion);
  const payments = await paymentsOfLease(db, row.id);
  const { customerId, vehicleId, planId, paymentMethodId } = row;
  // What was tried with whoever had it before is nothing of his.
  const own = payments.filter(({ requestedAt }) => row.transferredAt === null || requestedAt >= row.transferredAt);
  const habits = habitsOf(row, own);
  const state: LeaseState = {
    ...freshState(),
    application: { leaseId, customerId, vehicleId, planId, paymentMethodId },
    ...limitsOf(config),
    reference: row.reference,
    terms: leaseTermsOf(row),
    standing: standingOf({ row, lines }, asOf),
    since: (await since(db, row)).getTime(),
    quiet: row.quietHours,
    // A signature whose prompt was never sent still waits for it, and so does the rest of a deposit that was paid in part.
    asked:
      hasJustSigned(row, asOf) &&
      payments.every(({ status, transferId }) => status === 'succeeded' && transferId !== null),
    prompts: promptsOf(row, own, asOf),
    habits,
    ...triesOf(row, own, habits),
    reminded: await remindedOf(db, row),
    // Money may be booked between this reading and the start: it looks at the books once it runs.
    held: [{ books: 'changed' }],
    ...settlingOf(row, { payments, own }, asOf),
  };
  return { row, state, asOf: asOf.getTime() };
}

/** So long after it was given a signature still waits for its prompt, milliseconds: nobody is prompted at night for one of the day. */
const SIGNED = 3_600_000;

const hasJustSigned = ({ status, agreementSignedAt }: LeaseRow, asOf: Date): boolean =>
  status === 'awaiting_deposit' && agreementSignedAt !== null && asOf.getTime() - agreementSignedAt.getTime() < SIGNED;

/** How many prompts in a row have brought nothing, and when the next one is for that. */
function triesOf(
  { market }: LeaseRow,
  payments: readonly AttemptRow[],
  habits: Habits,
): Pick<LeaseState, 'failures' | 'notBefore'> {
  const paid = payments.findLastIndex(({ status, refundOf }) => status === 'succeeded' && refundOf === null);
  const failed = payments.slice(paid + 1).filter((one) => isPrompt(one) && isDeclined(one));
  const last = failed.at(-1);
  if (last === undefined || last.reason === null) return { failures: 0, notBefore: 0 };
  const failures = failed.length;
  return { failures, notBefore: nextTry(last.reason, failures, last.requestedAt.getTime(), market, habits) };
}

/** A settlement whose prompt was paid so lately, in milliseconds, goes on. */
const LATELY = 24 * 3_600_000;

/** What has to be asked about first, and the settlement that goes on, or does so when its payment turns out to be made. */
function settlingOf(
  row: LeaseRow,
  { payments, own }: { readonly payments: readonly AttemptRow[]; readonly own: readonly AttemptRow[] },
  asOf: Date,
): Pick<LeaseState, 'restart' | 'settling'> {
  const restart = { asOf: asOf.getTime(), orphans: payments.filter(isOrphan).map(({ id }) => id) };
  const newest = own.findLast(({ kind }) => kind === 'settlement');
  if (newest === undefined || newest.paymentMethodId === null) return { restart };
  const { id: attemptId, due, paymentMethodId, requestedAt, status, settledAt } = newest;
  const settlement = { quoteId: parseDue(due).of, paymentMethodId };
  if (isOrphan(newest))
    return { restart: { ...restart, settlement: { ...settlement, attemptId, prompted: requestedAt.getTime() } } };
  const until = (settledAt?.getTime() ?? 0) + LATELY;
  if (status !== 'succeeded' || until < asOf.getTime()) return { restart };
  const at = afterQuietHours(asOf.getTime(), row.quietHours, row.market);
  return { restart, settling: { ...settlement, at, until } };
}

/** True for what is under way, in doubt, or there and not in the books; a refund that was never sent is due, and goes on. */
function isOrphan({ kind, status, sent, transferId }: AttemptRow): boolean {
  if (kind === 'refund' && status === 'pending' && !sent) return false;
  return status === 'pending' || status === 'unknown' || (status === 'succeeded' && transferId === null);
}

/** When the lease came into its status; a deposit that was taken back before the handover brings it there again. */
async function since(db: Database, row: LeaseRow): Promise<Date> {
  const told = await db
    .select({ at: audit.at, type: audit.type })
    .from(audit)
    .where(
      and(
        eq(audit.leaseId, row.id),
        or(
          inArray(audit.type, [`lease.${row.status}`, 'lease.awaiting_handover']),
          and(eq(audit.type, 'payment.reversed'), eq(audit.leaseStatus, row.status)),
        ),
      ),
    )
    .orderBy(desc(audit.number));
  const entered = told.findIndex(({ type }) => type === `lease.${row.status}`);
  const left = told.findIndex(({ type }) => type === 'lease.awaiting_handover');
  // Of what was taken back only the first since the deposit was there has brought it back.
  const isBack = row.status === 'awaiting_deposit' && left !== -1 && left < entered;
  const back = isBack ? told.slice(0, left).at(-1) : undefined;
  return (back ?? told[entered])?.at ?? row.updatedAt;
}

const isPrompt = ({ kind, due }: AttemptRow) =>
  (kind === 'deposit' || kind === 'instalment') && parseDue(due).kind !== 'own';

/** Declined by whom it reached: what was not sent, or not due any more, is no try (`collectDue`). */
const isDeclined = ({ status, reason }: AttemptRow) =>
  status === 'failed' && reason !== 'not_sent' && reason !== 'not_due';

function promptsOf(row: LeaseRow, payments: readonly AttemptRow[], asOf: Date): LeaseState['prompts'] {
  const on = localDateAt(asOf.getTime(), row.market);
  const today = payments.filter(
    (payment) =>
      isPrompt(payment) && isDeclined(payment) && localDateAt(payment.requestedAt.getTime(), row.market) === on,
  );
  return { on, count: today.length };
}

function habitsOf(row: LeaseRow, payments: readonly AttemptRow[]): Habits {
  let habits = noHabits;
  for (const { status, reason, settledAt, refundOf } of payments) {
    if (settledAt === null || refundOf !== null) continue;
    if (status === 'succeeded') habits = learn(habits, settledAt.getTime(), row.market, true);
    else if (status === 'failed' && reason === 'no_funds')
      habits = learn(habits, settledAt.getTime(), row.market, false);
  }
  return habits;
}

/** The reminder that was sent last. */
async function remindedOf(db: Database, row: LeaseRow): Promise<LeaseState['reminded']> {
  const [last] = await db
    .select({ at: audit.at, detail: audit.detail })
    .from(audit)
    .where(and(eq(audit.leaseId, row.id), eq(audit.type, 'payment.overdue')))
    .orderBy(desc(audit.number))
    .limit(1);
  if (last === undefined) return null;
  const { oldestUnpaidOn: on, daysPastDue } = deciding['payment.overdue'].parse(last.detail);
  if (on === null || daysPastDue === null) return null;
  return { on, daysPastDue, sentOn: localDateAt(last.at.getTime(), row.market) };
}
