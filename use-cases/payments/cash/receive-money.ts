import { eq } from 'drizzle-orm';
import { refuseMoreThanCosts } from '#domain/payments/own-payments';
import { leaseClockAt } from '#db/queries/doubts';
import { isBarred } from '#db/queries/kept-vehicles';
import { isUnbooked } from '#db/queries/payment-states';
import { findAttempt, cashByReceipt, isOfClaim, type AttemptRow } from '#db/queries/payments';
import { openQuotes } from '#db/queries/quotes';
import { attempts, inbound } from '#db/schema/index';
import { addDays, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { dueFor } from '#domain/leases/due';
import { isPayable, isTimeBarred } from '#domain/leases/recovery';
import { isStaff } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { Standing } from '#domain/leases/standing';
import { accounts } from '#domain/ledger/ledger';
import type { ReceivedMoney } from '#domain/leases/orders';
import { normalReceiptNumber } from '#domain/payments/receipt';
import type { Config } from '#platform/config';
import { lastBusinessDay } from '../../calendars/business-deadline.ts';
import { hadQuoteOn } from '../../leases/quote-cover.ts';
import { sideBySide, type Context } from '../../context.ts';
import { tellOfAccount } from '../../leases/tell-of-account.ts';
import {
  admitBy,
  businessDate,
  lockLease,
  standingOf,
  type LeaseRecord,
  type LeaseRow,
} from '../../leases/lease-record.ts';
import { refuseMoreThanGivenUp } from '../../leases/paid-after-write-off.ts';
import { openBackdatedCash } from './backdated-cash.ts';
import { lookAtFarAhead } from './cash-to-confirm.ts';
import { checkFloat, holdFloat, lookAtMore } from './check-float.ts';
import { bookReceipt } from '../post-payment.ts';

/** Days for which an agent may say that cash was taken before; one before the last business day somebody else confirms. */
const CASH_DAYS = 31;

/**
 * Money that is there already becomes a payment of the lease, and is posted in the same transaction.
 *
 * @throws Problem forbidden to a customer; invalid_state when the lease takes no payments; float_exceeded when the
 * agent holds too much cash; unprocessable for cash above all that the lease costs, or that was given up of it; receipt_conflict when the receipt
 * was used for another payment; unprocessable when it cannot have been paid on the day that is said.
 */
export async function receiveMoney(
  context: Context,
  config: Config,
  { leaseId, money }: { leaseId: string; money: ReceivedMoney },
): Promise<Standing> {
  admitBy('receiveMoney', context);
  const { tx } = context;
  // The lease is locked first: what is asked side by side goes down the connection in this order.
  const [lease, paidAt, existing, quotes] = await sideBySide(
    lockLease(tx, leaseId),
    money.kind === 'inbound' ? paidAtOf(context, leaseId, money) : Promise.resolve(null),
    findAttempt(tx, money.paymentId),
    openQuotes(tx, leaseId),
  );
  if (existing !== undefined && money.kind === 'cash') refuseOtherCash(existing, { leaseId, ...money });
  if (existing !== undefined && (!isUnbooked(existing) || hasEnded(lease.row.status)))
    return standingOf(lease, context.at);
  const attempt = existing ?? (await take(context, config, lease, money, paidAt));
  if (attempt === null) return standingOf(lease, context.at);
  const after = await bookReceipt(context, lease, { ...attempt, callbackId: null, quotes });
  if (money.kind === 'inbound')
    await context.tx
      .update(inbound)
      .set({ status: 'posted', leaseId, paymentId: money.paymentId })
      .where(eq(inbound.id, inboundIdOf(money)));
  if (existing === undefined && money.kind === 'cash') await lookAtFarAhead(context, lease, after, money);
  if (existing === undefined && (money.kind === 'cash' || isStaff(context.actor.role)))
    await tellOfAccount(context, after, {
      key: money.paymentId,
      amount: money.amount,
      ...(money.kind === 'cash'
        ? { change: 'cash_received', receiptNumber: money.receiptNumber }
        : { change: 'booked' }),
    });
  return standingOf(after, context.at);
}

/** Stores the payment that the money becomes; null where the receipt is in the books already. Call it with the lease locked. */
async function take(
  context: Context,
  config: Config,
  lease: LeaseRecord,
  money: ReceivedMoney,
  paidAt: Date | null,
): Promise<AttemptRow | null> {
  const { row } = lease;
  const held = money.kind === 'cash' ? await heldBefore(context, row, money) : 0;
  if (held === null) return null;
  if (!(await mayTake(context, row, money)))
    throw new Problem('invalid_state', `the lease takes no payments: it is ${row.status}`);
  if (money.kind === 'cash') {
    const { amount } = money;
    refuseMoreThanCosts(row, amount);
    refuseMoreThanGivenUp(lease, context.at, amount);
    checkFloat(config, { held, amount, currency: row.currency });
    await lookAtMore(context, money.agentId, held, { amount, currency: row.currency });
  }
  return store(context, row, money, await daysOf(context, row, money, paidAt));
}

/** What waits in suspense an agent may give to a lease that is over as well: what it does not owe is credit, and goes back. */
async function mayTake({ tx, at }: Context, row: LeaseRow, money: ReceivedMoney): Promise<boolean> {
  if (isPayable(row, at) || (hasEnded(row.status) && money.kind === 'inbound' && money.fromSuspense)) return true;
  // A vehicle that is kept is redeemed however long ago its lease was given up.
  return isTimeBarred(row, at) && !(await isBarred(tx, row, at));
}

type Cash = Extract<ReceivedMoney, { kind: 'cash' }>;

/**
 * What the agent holds, minor units; null where the receipt is in the books already, for the same.
 *
 * @throws Problem receipt_conflict where it is for another
 */
async function heldBefore(context: Context, row: LeaseRow, cash: Cash): Promise<number | null> {
  const [held, before] = await sideBySide(
    holdFloat(context, cash.agentId, row.currency),
    cashByReceipt(context.tx, cash.agentId, cash.receiptNumber),
  );
  if (before === undefined) {
    if (await isOfClaim(context.tx, cash.agentId, cash.receiptNumber)) throw new Problem('receipt_conflict');
    return held;
  }
  refuseOtherCash(before, { leaseId: row.id, ...cash });
  return null;
}

/** @throws Problem receipt_conflict unless what the receipt was used for is this: to the same lease, as much, that day. */
function refuseOtherCash(
  before: AttemptRow,
  said: { readonly leaseId: string; readonly amount: number; readonly paidOn?: string | undefined },
): void {
  const isSame = before.kind === 'cash' && before.leaseId === said.leaseId && before.amount === said.amount;
  const isOfThatDay = said.paidOn === undefined || said.paidOn === (before.claimedOn ?? before.valueOn);
  if (!isSame || !isOfThatDay) throw new Problem('receipt_conflict');
}

type InboundMoney = Extract<ReceivedMoney, { kind: 'inbound' }>;

const inboundIdOf = ({ inboundId, paymentId }: InboundMoney) => inboundId ?? paymentId;

/** When a customer paid by himself, on the wall. It becomes one payment of one lease, whoever says so first. */
async function paidAtOf({ tx }: Context, leaseId: string, money: InboundMoney): Promise<Date | null> {
  const [row] = await tx
    .select()
    .from(inbound)
    .where(eq(inbound.id, inboundIdOf(money)))
    .for('update');
  const isPostedElsewhere = row?.status === 'posted' && (row.leaseId !== leaseId || row.paymentId !== money.paymentId);
  // A claim that was given up, or taken over for another lease, is no claim any more.
  const isUnclaimed = row?.status === 'suspense' && row.leaseId !== leaseId;
  const isGone = row?.status === 'charge' || row?.status === 'returning' || row?.status === 'returned';
  if (isPostedElsewhere || isUnclaimed || isGone) throw new Problem('conflict', 'the money was given to another lease');
  return row?.paidAt ?? null;
}

interface Days {
  /** When it was paid, by the lease's clock; when it was booked, where only the day is known. */
  readonly requestedAt: Date;
  /** The day from which it counts. */
  readonly valueOn: LocalDate;
  /** The same, where only the agent says so, and somebody else is to confirm it. */
  readonly claimedOn?: LocalDate;
}

/**
 * The day on which it was paid: as the provider says, or the lease's own today. An agent is believed; a day
 * before the last business day, or of a quote that has ended, somebody else confirms afterwards.
 */
async function daysOf(context: Context, row: LeaseRow, money: ReceivedMoney, paidAt: Date | null): Promise<Days> {
  const today = businessDate(row, context.at);
  if (paidAt !== null) {
    const paid = await leaseClockAt(context.tx, row.id, paidAt);
    const requestedAt = paid < context.at ? paid : context.at;
    return { requestedAt, valueOn: businessDate(row, requestedAt) };
  }
  const requestedAt = context.at;
  if (money.kind !== 'cash' || money.paidOn === undefined) return { requestedAt, valueOn: today };
  const applied = localDateAt(row.createdAt.getTime(), row.market);
  const longAgo = addDays(today, -CASH_DAYS);
  const earliest = applied > longAgo ? applied : longAgo;
  const paidOn = localDate(money.paidOn);
  if (paidOn < earliest || paidOn > today) {
    const message = `must be from ${earliest} to ${today}: since the lease was applied for, at most ${CASH_DAYS} days ago`;
    const detail = `Cash is taken at most ${CASH_DAYS} days before it is booked, and not before the lease was applied for`;
    throw new Problem('unprocessable', detail, [{ path: 'paidOn', message }]);
  }
  const isClaim =
    paidOn < (await lastBusinessDay(context.tx, today, row.market)) ||
    (paidOn < today && (await hadQuoteOn(context, { row }, paidOn)));
  return { requestedAt, valueOn: paidOn, ...(isClaim ? { claimedOn: paidOn } : {}) };
}

async function store(context: Context, row: LeaseRow, money: ReceivedMoney, days: Days): Promise<AttemptRow> {
  const { paymentId, amount, kind } = money;
  const from =
    money.kind === 'cash'
      ? {
          provider: 'cash' as const,
          source: accounts.float(money.agentId),
          payerMasked: 'cash',
          agentId: money.agentId,
          receiptNumber: money.receiptNumber,
          receiptNormal: normalReceiptNumber(money.receiptNumber),
        }
      : {
          provider: money.provider,
          source: money.fromSuspense ? accounts.suspense(money.provider) : null,
          payerMasked: money.payerMasked,
          providerReference: money.receipt,
        };
  const [stored] = await context.tx
    .insert(attempts)
    .values({
      id: paymentId,
      leaseId: row.id,
      kind,
      due: dueFor(kind, paymentId),
      amount,
      currency: row.currency,
      status: 'succeeded',
      sent: true,
      settledAt: context.at,
      ...days,
      createdAt: new Date(),
      ...from,
    })
    .onConflictDoNothing()
    .returning();
  if (stored === undefined) throw new Problem('receipt_conflict');
  const { claimedOn } = days;
  if (claimedOn !== undefined && money.kind === 'cash')
    await openBackdatedCash(context, row, { ...money, claimedOn, bookedOn: businessDate(row, context.at) });
  return stored;
}
