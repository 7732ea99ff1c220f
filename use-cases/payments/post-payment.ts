import { eq } from 'drizzle-orm';
import { prebuiltUpdate } from '#db/prebuilt';
import { openQuotes, type QuoteRow } from '#db/queries/quotes';
import { attempts } from '#db/schema/index';
import { instantOf } from '#domain/calendar';
import { ownedPercent } from '#domain/leases/position';
import { hasEnded, isRunning, phaseOf } from '#domain/leases/status';
import type { Standing } from '#domain/leases/standing';
import { keys } from '#domain/ledger/keys';
import { formatMoney, money } from '#domain/money';
import { isByVehicle } from '#domain/payments/payment';
import { allocate, allocateInUnits, type Allocation, type Owed } from '#domain/leases/allocation';
import { accounts, receipt, refund, type AllocationPart, type Entry } from '#domain/ledger/ledger';
import { emit, recordOnLease, sideBySide, type Context } from '../context.ts';
import { applyAllocation, roundOff } from '../leases/apply-allocation.ts';
import { debtAt } from '../leases/debt.ts';
import {
  businessDate,
  lockLease,
  positionAt,
  standingOf,
  unitOf,
  updateLease,
  type LeaseRecord,
  type LeaseRow,
} from '../leases/lease-record.ts';
import { liftByTwoThirds } from '../leases/lift-immobilisation.ts';
import { quoteCoveredBy } from '../leases/quote-cover.ts';
import { noteQuotePaid, endByPaidQuote } from '../leases/settle-early.ts';
import { tellWhenAllIsPaid } from '../leases/paid-after-write-off.ts';
import { reviewPromises } from '../leases/promise-payment.ts';
import { forgiveLess } from '../leases/repossession/shortfall.ts';
import { roundCredit } from '../leases/round-credit.ts';
import { undoLateFees } from '../leases/undo-late-fees.ts';
import {
  bookedAfterEnd,
  lastCallbackOf,
  lockAttempt,
  providerOf,
  valueOnOf,
  type AttemptRow,
} from './attempt-record.ts';
import { closeCaseAbout } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import { postOnLease } from '../ledger/post-transfer.ts';

/**
 * Posts a settled attempt to the books and to the schedule, once: allocation, ledger, lease, timeline
 * and event in one transaction. Money for a lease that has ended is credit, to be refunded.
 *
 * @returns where the lease stands afterwards.
 */
export async function postPayment(context: Context, input: { leaseId: string; attemptId: string }): Promise<Standing> {
  // The lease is locked first: what is asked side by side goes down the connection in this order.
  const [record, attempt, callbackId, quotes] = await sideBySide(
    lockLease(context.tx, input.leaseId),
    lockAttempt(context.tx, input.attemptId),
    lastCallbackOf(context.tx, input.attemptId),
    openQuotes(context.tx, input.leaseId),
  );
  if (attempt.status !== 'succeeded' || attempt.transferId !== null) return standingOf(record, context.at);
  const confirmed = { ...attempt, callbackId, quotes };
  const [after] = await sideBySide(
    attempt.refundOf === null ? bookReceipt(context, record, confirmed) : postRefund(context, record, confirmed),
    closeCaseAbout(context, 'late_money', attempt.id, 'the money is booked'),
  );
  return standingOf(after, context.at);
}

interface Confirmed extends AttemptRow {
  /** The callback after which it was posted, if one came. */
  readonly callbackId: string | null;
  /** The open quotes of the lease, where they were read with it. */
  readonly quotes?: readonly QuoteRow[];
}

/** A payment that was booked before: it counts from another day now, or was taken back meanwhile. */
interface Anew {
  /** What of it is booked anew, minor units. */
  readonly amount: number;
  /** What of it stays as it was booked. */
  readonly kept: readonly AllocationPart[];
  /** What tells it from how it was booked before; without it, the day from which it counts. */
  readonly as?: string;
  /**
   * The transfer of the one part that is booked again, and the one of the payment that it was a part of; and the one that took the
   * rest, which is none of it any more, since it went back out of suspense.
   */
  readonly undoes?: { readonly transferId: string; readonly bookedFirst: string; readonly goneId?: string | undefined };
}

/**
 * Books a payment into the schedule and the ledger as of the day from which it counts. Call it with the lease and
 * the payment locked.
 */
export async function bookReceipt(
  context: Context,
  found: LeaseRecord,
  attempt: Confirmed,
  anew?: Anew,
): Promise<LeaseRecord> {
  const amount = anew?.amount ?? attempt.settledAmount ?? attempt.amount;
  // An agent's word alone pays no quote that has expired, and gives an owner nothing back.
  const isWordAlone = attempt.claimedOn !== null && anew === undefined;
  const today = businessDate(found.row, context.at);
  const valueOn = isWordAlone && hasEnded(found.row.status) ? bookedAfterEnd(attempt) : valueOnOf(attempt);
  const isOfEarlier = valueOn < today;
  const late = { paymentId: attempt.id, valueOn, amount, ...(anew?.as !== undefined && { kept: anew.kept }) };
  const undone = isOfEarlier
    ? await undoLateFees(context, found, late)
    : { before: found, freed: null, laterFees: 0, kept: anew?.kept };
  const kept = undone.kept ?? anew?.kept ?? [];
  const freed = undone.freed === null ? undone.before : await applyAllocation(context, undone.before, undone.freed);
  const known = await forgiveLess(context, freed, { amount, valueOn, requestedAt: attempt.requestedAt });
  const { twoThirdsPaid } = positionAt(known, context.at);
  const { row } = known;
  const open = isRunning(row.status) ? (attempt.quotes ?? (await openQuotes(context.tx, row.id))) : [];
  const paid = { ...attempt, valueOn: isWordAlone ? today : valueOn, amount };
  const quote = open.length === 0 ? null : await quoteCoveredBy(context, known, open, paid);
  // A quote is of everything that is owed but the fees after it, which fall with it: its own are paid first.
  const laterFees = quote === null ? undone.laterFees : quote.laterFees;
  // What a vehicle brings pays what is time-barred too, since it was kept for it.
  const paidAt = isByVehicle(attempt.provider) ? null : new Date(instantOf(valueOn, 0, row.market));
  const owed = await debtAt(context, known, { laterFees, paidAt });
  const allocation = allocationOf(amount, { ...owed, ...(quote && { most: quote.left }) }, row);
  const source = attempt.source ?? accounts.clearing(providerOf(attempt));
  const entries = receipt(row.id, source, allocation.parts, phaseOf(row));
  const [applied, transferId] = await sideBySide(
    applyAllocation(context, known, allocation),
    post(context, known, attempt, entries, anew),
  );
  const cause = { paymentId: attempt.id, ...(anew && { countsFrom: anew.as ?? valueOn }) };
  // What a quote saves is no rest.
  if (quote !== null) await noteQuotePaid(context, quote.id);
  const rounded = await roundOff(context, applied, phaseOf(row), cause);
  await tellWhenAllIsPaid(context, known, rounded);
  const facts = factsOf(attempt, row, allocation.parts);
  const follow = async () => {
    const reached = twoThirdsPaid ? rounded : await reachTwoThirds(context, rounded);
    // What is booked anew may owe late fees again, which come before the end.
    if (anew !== undefined) return reached;
    const ended = quote === null ? reached : await endByPaidQuote(context, reached);
    // Told with the lease as it is then: a quote may have ended it.
    await tellCompleted(context, ended, facts);
    return ended;
  };
  const [, , after] = await sideBySide(
    noteTransfer(context, attempt, [...kept, ...allocation.parts], transferId),
    anew === undefined ? recordCompleted(context, rounded.row, facts) : Promise.resolve(),
    follow(),
  );
  if (isOfEarlier) await reviewPromises(context, after.row, valueOn);
  return hasEnded(after.row.status) ? roundCredit(context, after, cause) : after;
}

/** What becomes credit of a running lease stays so until its end: it is what can be paid back then. */
function allocationOf(amount: number, owed: Owed, row: LeaseRow): Allocation {
  return isRunning(row.status) ? allocateInUnits(amount, owed, unitOf(row)) : allocate(amount, owed);
}

/** After two thirds are paid, repossession needs a court's order: the day it was reached is on record. */
async function reachTwoThirds(context: Context, lease: LeaseRecord): Promise<LeaseRecord> {
  const { row } = lease;
  if (!positionAt(lease, context.at).twoThirdsPaid) return lease;
  await recordOnLease(context, row, { key: `two-thirds:${row.id}`, type: 'lease.two_thirds_paid' });
  return { ...lease, row: await liftByTwoThirds(context, row) };
}

/**
 * Credit that went back. Where more went than there was, since a refund that was taken for failed got through
 * after all, the rest is in dispute, and a case.
 */
async function postRefund(context: Context, before: LeaseRecord, attempt: Confirmed): Promise<LeaseRecord> {
  const amount = attempt.settledAmount ?? attempt.amount;
  const beyond = Math.max(0, amount - before.row.credit);
  const parts = [
    { component: 'credit', instalment: null, amount: beyond - amount },
    { component: 'disputed', instalment: null, amount: -beyond },
  ].filter((part) => part.amount !== 0);
  const entries = refund(before.row.id, accounts.clearing(providerOf(attempt)), amount, beyond);
  await noteTransfer(context, attempt, parts, await post(context, before, attempt, entries));
  const row = await updateLease(context, before.row, {
    credit: before.row.credit - amount + beyond,
    disputed: before.row.disputed + beyond,
  });
  const after = { ...before, row };
  if (beyond > 0)
    await openCase(context, {
      kind: 'refund_beyond_credit',
      leaseId: row.id,
      paymentId: attempt.id,
      detail: { amount: money(amount, row.currency), beyond: money(beyond, row.currency) },
    });
  await recordOnLease(context, row, {
    key: keys.paymentRefunded(attempt.id),
    type: 'payment.refunded',
    subject: attempt.id,
    detail: { paymentId: attempt.id, refundOf: attempt.refundOf, amount: money(amount, row.currency) },
  });
  return roundCredit(context, after, { paymentId: attempt.id });
}

function post(
  context: Context,
  { row }: LeaseRecord,
  attempt: Confirmed,
  entries: readonly Entry[],
  anew?: Anew,
): Promise<string> {
  const amount = money(anew?.amount ?? attempt.settledAmount ?? attempt.amount, row.currency);
  return postOnLease(context, row, {
    key: keys.payment(attempt.id, anew && (anew.as ?? valueOnOf(attempt))),
    kind: attempt.refundOf === null ? 'receipt' : 'refund',
    valueOn: valueOnOf(attempt),
    description: `${attempt.refundOf === null ? attempt.kind : 'refund'} of ${formatMoney(amount)} by ${attempt.provider}`,
    cause: {
      paymentId: attempt.id,
      ...(attempt.providerReference === null ? {} : { providerReference: attempt.providerReference }),
      ...(attempt.callbackId === null ? {} : { callbackId: attempt.callbackId }),
      ...(anew?.undoes && { transferId: anew.undoes.bookedFirst }),
      ...(anew?.undoes?.goneId !== undefined && { without: anew.undoes.goneId }),
    },
    ...(anew?.undoes && { reverses: anew.undoes.transferId }),
    entries,
  });
}

async function noteTransfer(
  { tx }: Context,
  attempt: AttemptRow,
  parts: readonly AllocationPart[],
  transferId: string,
): Promise<void> {
  await updateAttempt(
    tx,
    { transferId, allocation: [...parts], valueOn: valueOnOf(attempt), bookedAt: attempt.bookedAt ?? new Date() },
    { attemptId: attempt.id },
  );
}

const updateAttempt = prebuiltUpdate(attempts, (db, set, given) =>
  db
    .update(attempts)
    .set(set)
    .where(eq(attempts.id, given('attemptId'))),
);

type Facts = ReturnType<typeof factsOf>;

function factsOf(attempt: AttemptRow, { currency }: LeaseRow, allocation: readonly AllocationPart[]) {
  const { id, kind, provider, settledAmount, amount } = attempt;
  return { paymentId: id, kind, provider, amount: money(settledAmount ?? amount, currency), allocation };
}

function recordCompleted(context: Context, row: LeaseRow, facts: Facts): Promise<void> {
  const { paymentId } = facts;
  const entry = { key: `payment.completed:${paymentId}`, type: 'payment.completed', subject: paymentId };
  return recordOnLease(context, row, { ...entry, detail: facts });
}

function tellCompleted(context: Context, after: LeaseRecord, facts: Facts): Promise<void> {
  const { id: leaseId, status } = after.row;
  const position = positionAt(after, context.at);
  const { paid, outstanding } = position;
  const stand = { running: isRunning(status), paid, outstanding, ownedPercent: ownedPercent(status, position) };
  const event = { type: 'payment.completed', subject: leaseId, leaseId } as const;
  return emit(context, { ...event, data: { leaseId, ...facts, ...stand } });
}
