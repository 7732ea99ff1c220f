import { and, eq, inArray, ne, sql } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { leaseClockAt } from '#db/queries/doubts';
import { findLease, leaseClock } from '#db/queries/leases';
import { attempts, cases, leases, methods, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { parseDue } from '#domain/leases/due';
import { isPayable } from '#domain/leases/recovery';
import { hasEnded, takesPayments } from '#domain/leases/status';
import { accounts } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { isByProvider } from '#domain/payments/payment';
import { doEach } from '#platform/attempt-each';
import { recordOnLease, transact, type Context } from '../../context.ts';
import { advanceAsPaid } from '../../leases/advance-lease.ts';
import { givenBy, leftOf } from '../../leases/credit-shares.ts';
import { businessDate, lockLease, standingOf, type LeaseRecord, type LeaseRow } from '../../leases/lease-record.ts';
import { lookAtBooks, type RestartDependencies } from '../../leases/restart-lease.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { tellOfAccount } from '../../leases/tell-of-account.ts';
import { lockAttempt, providerOf, type AttemptRow } from '../attempt-record.ts';
import { bookReceipt } from '../post-payment.ts';
import { takeOut } from './take-out.ts';

interface Move {
  readonly attemptId: string;
  /** The lease that has it, and the one whose it is. */
  readonly fromId: string;
  readonly leaseId: string;
  readonly reason: string;
}

/**
 * What a customer paid from his phone for the wrong one of his leases is a payment of the other: it is taken out of the one's
 * books into suspense, and booked for the other from there, as of the day on which it was paid, in one transaction. It is the same
 * charge as before, so that what goes back of it, what its provider takes back and what statements say find it where it is.
 * Repeated, it changes nothing.
 *
 * @throws Problem unprocessable for what is no other lease of the same customer and currency; invalid_state where it is no such
 * payment in the books, something of it was taken or given back, a case about it is open, or one of the leases takes no payments or was somebody else's
 * when it was paid; conflict where it was moved elsewhere meanwhile
 */
export async function movePayment(context: Context, { attemptId, fromId, leaseId, reason }: Move): Promise<void> {
  const { tx } = context;
  const locked = new Map<string, LeaseRecord>();
  for (const id of [fromId, leaseId].toSorted()) locked.set(id, await lockLease(tx, id));
  const [from, to] = [locked.get(fromId), locked.get(leaseId)];
  const attempt = await lockAttempt(tx, attemptId);
  if (from === undefined || to === undefined || attempt.leaseId === leaseId) return;
  if (attempt.leaseId !== fromId) throw new Problem('conflict', 'another lease has the payment by now');
  // Either lease has a clock of its own in development.
  const ahead = to.row.clockOffsetMs - from.row.clockOffsetMs;
  const there = { ...context, at: new Date(context.at.getTime() + ahead) };
  refuseLeases(from.row, to.row, there.at);
  await refusePayment(context, from.row, to.row, attempt);
  const source = accounts.suspense(providerOf(attempt));
  await takeOut(context, from, { ...attempt, source }, { leaseId: fromId, attemptId, reason });
  const requestedAt = await requestedThere(context, attempt, leaseId);
  const its = { leaseId, status: 'succeeded' as const, source: null, transferId: null, allocation: [] };
  const moved = { ...its, requestedAt, valueOn: businessDate(to.row, requestedAt) };
  await tx.update(attempts).set(moved).where(eq(attempts.id, attemptId));
  const amount = leftOf(attempt);
  const as = attempt.transferId ?? '';
  const booked = await bookReceipt(
    there,
    to,
    { ...attempt, ...moved, source, callbackId: null },
    { amount, kept: [], as },
  );
  const after = await reckonAnew(there, booked);
  await recordOnLease(there, after.row, {
    key: `payment.moved:${attemptId}:${as}`,
    type: 'payment.moved',
    subject: attemptId,
    detail: { paymentId: attemptId, from: fromId, amount: money(amount, attempt.currency), reason },
  });
  await tellOfAccount(there, after, { key: `${attemptId}:moved:${as}`, change: 'booked', amount });
  await advanceAsPaid(there, leaseId, standingOf(after, there.at));
}

/** When it was asked for, by the clock of the lease whose it is. */
async function requestedThere({ tx }: Context, attempt: AttemptRow, leaseId: string): Promise<Date> {
  const { createdAt, requestedAt } = attempt;
  const [here, there] = [
    await leaseClockAt(tx, attempt.leaseId, createdAt),
    await leaseClockAt(tx, leaseId, createdAt),
  ];
  return new Date(requestedAt.getTime() + there.getTime() - here.getTime());
}

const refusal = (said: string) => new Problem('invalid_state', said);

function refuseLeases(from: LeaseRow, to: LeaseRow, at: Date): void {
  if (from.customerId !== to.customerId || from.currency !== to.currency) throw noLeaseOfHis();
  if (!takesPayments(from.status) || hasEnded(from.status))
    throw refusal(`what a lease has is not moved any more once it is ${from.status}`);
  if (!isPayable(to, at)) throw refusal(`the lease takes no payments: it is ${to.status}`);
}

const noLeaseOfHis = () => {
  const message = 'must be another lease of the same customer, in the same currency';
  return new Problem('unprocessable', 'the payment cannot be of that lease', [{ path: 'leaseId', message }]);
};

async function refusePayment({ tx }: Context, from: LeaseRow, to: LeaseRow, attempt: AttemptRow): Promise<void> {
  const { due, provider, status, transferId, takenBack, requestedAt, paymentMethodId } = attempt;
  if (status !== 'succeeded' || transferId === null) throw refusal('the payment is not in the books');
  if (parseDue(due).kind !== 'own' || !isByProvider(provider))
    throw refusal('only what a customer paid from his phone by himself is moved so');
  if (takenBack > 0 || (await wasGivenBack(tx, attempt)))
    throw refusal('something of it was taken back, or given back');
  // Taken out, it would close what holds it.
  if ((await tx.$count(cases, and(eq(cases.paymentId, attempt.id), eq(cases.status, 'open')))) > 0)
    throw refusal('a case about it is open: that is decided first');
  const wasOthers = ({ transferredAt }: LeaseRow) => transferredAt !== null && requestedAt < transferredAt;
  const [method] = await tx
    .select({ userId: methods.userId })
    .from(methods)
    .where(eq(methods.id, paymentMethodId ?? ''));
  if (wasOthers(from) || wasOthers(to) || method?.userId !== from.customerId)
    throw refusal('somebody else paid it, or had the lease then');
}

/** Something of it was given back, also in cash, or was to be. */
async function wasGivenBack(tx: Transaction, { id, leaseId }: AttemptRow): Promise<boolean> {
  // What is reversed was never given.
  const isRefund = and(eq(attempts.leaseId, leaseId), eq(attempts.kind, 'refund'), ne(attempts.status, 'reversed'));
  const refunds = await tx.select().from(attempts).where(isRefund);
  return refunds.some((refund) => givenBy(refund).some(([of]) => of === id));
}

/**
 * The same at an admin's word: both leases look at their books, also where somebody asks again since they could not.
 *
 * @throws Problem as `movePayment`
 */
export async function movePaymentTo(deps: RestartDependencies, actor: Actor, move: Move): Promise<void> {
  const [from, to] = await Promise.all([findLease(deps.db, move.fromId), findLease(deps.db, move.leaseId)]);
  if (from === undefined) throw new Problem('not_found');
  if (to === undefined) throw noLeaseOfHis();
  await transact(deps.db, actor, leaseClock(from), (context) => movePayment(context, move));
  const his = deps.db.select({ id: leases.id }).from(leases).where(eq(leases.customerId, from.customerId));
  const isOfIt = eq(sql`${transfers.cause} ->> 'paymentId'`, move.attemptId);
  const had = await deps.db
    .selectDistinct({ id: transfers.leaseId })
    .from(transfers)
    .where(and(inArray(transfers.leaseId, his), isOfIt));
  const ids = new Set([from.id, to.id, ...had.flatMap(({ id }) => id ?? [])]);
  await doEach(ids, async (id) => {
    const lease = await findLease(deps.db, id);
    if (lease !== undefined) await lookAtBooks(deps, actor, lease);
  });
}
