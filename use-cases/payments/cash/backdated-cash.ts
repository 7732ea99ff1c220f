import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { attempts, cases } from '#db/schema/index';
import { localDate, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { isRunning, phaseOf } from '#domain/leases/status';
import type { Standing } from '#domain/leases/standing';
import { keys } from '#domain/ledger/keys';
import { formatMoney, money } from '#domain/money';
import { takenBack, accounts, type AllocationPart } from '#domain/ledger/ledger';
import { splitCredit } from '#domain/leases/lease-credit';
import type { CashDayDecision } from '#domain/leases/orders';
import { recordOnLease, type Context } from '../../context.ts';
import { admitBy, lockLease, standingOf, type LeaseRecord, type LeaseRow } from '../../leases/lease-record.ts';
import { paysShortfall } from '../../leases/repossession/paid-before-sale.ts';
import { reviewPromises } from '../../leases/promise-payment.ts';
import { hadQuoteOn } from '../../leases/quote-cover.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { bookedAfterEnd, lockAttempt, type AttemptRow } from '../attempt-record.ts';
import type { CaseRow } from '#db/queries/cases';
import { closeCasesOf } from '../../cases/close-case.ts';
import { creditShares } from '../../leases/credit-shares.ts';
import { openCase } from '../../cases/open-case.ts';
import { owedAgain } from '../../leases/owed-again.ts';
import { bookReceipt } from '../post-payment.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';

/** An agent says that he took cash on a day that somebody else is to confirm. */
export async function openBackdatedCash(
  context: Context,
  { id: leaseId, currency }: LeaseRow,
  cash: {
    readonly paymentId: string;
    readonly agentId: string;
    readonly receiptNumber: string;
    readonly amount: number;
    readonly claimedOn: LocalDate;
    readonly bookedOn: LocalDate;
  },
): Promise<void> {
  const { paymentId, amount, ...detail } = cash;
  await openCase(context, {
    kind: 'backdated_cash',
    leaseId,
    paymentId,
    detail: {
      agentId: detail.agentId,
      receiptNumber: detail.receiptNumber,
      claimedOn: detail.claimedOn,
      bookedOn: detail.bookedOn,
      amount: money(amount, currency),
    },
  });
}

/** Locks a case of backdated cash and its payment. @throws Problem forbidden for the agent who took it. */
async function lockClaim(context: Context, caseId: string): Promise<{ found: CaseRow; attempt: AttemptRow }> {
  const { tx } = context;
  const isIt = and(eq(cases.id, caseId), eq(cases.kind, 'backdated_cash'));
  const [known] = await tx.select({ paymentId: cases.paymentId }).from(cases).where(isIt);
  if (known === undefined || known.paymentId === null) throw new Problem('not_found');
  // In the order in which a reversal locks them.
  const attempt = await lockAttempt(tx, known.paymentId);
  const [found] = await tx.select().from(cases).where(isIt).for('update');
  if (found === undefined) throw new Problem('not_found');
  if (attempt.agentId === context.actor.id)
    throw new Problem('forbidden', 'somebody else decides on what one has taken');
  return { found, attempt };
}

/**
 * Another person than the agent who took the cash confirms its day, or rejects it: then it counts from the day on
 * which it was booked. Where the day moves, or the confirmed day is one on which a settlement's quote was good, the cash is
 * taken out of the books and booked again as of that day, in one transaction. Late fees, promises and quotes are then as if
 * it had been booked so at first; a lease whose quote is paid is settled. Credit of it that was used or given back stays as
 * it is. Of a lease that does not run only the day moves, but where nobody owes what a sale has not brought: what is there of
 * cash of before it pays that. Repeated, it changes nothing.
 *
 * @throws Problem forbidden for the agent who took it; invalid_state when the case is closed or the cash was taken
 * back; unprocessable for a day before the claimed one, or after the one on which it was booked.
 */
export async function decideCashDay(context: Context, input: CashDayDecision): Promise<Standing> {
  admitBy('decideCashDay', context);
  const before = await lockLease(context.tx, input.leaseId);
  const { found, attempt } = await lockClaim(context, input.caseId);
  const { claimedOn, valueOn } = attempt;
  if (attempt.leaseId !== before.row.id || claimedOn === null || valueOn === null) throw new Problem('not_found');
  const bookedOn = bookedDay.parse(found.detail).bookedOn;
  const day = localDate(input.decision === 'rejected' ? bookedOn : (input.paidOn ?? claimedOn));
  if (found.status === 'closed') {
    if (found.closedBy === context.actor.id && valueOn === day) return standingOf(before, context.at);
    throw new Problem('invalid_state', 'the case is closed already');
  }
  if (attempt.status !== 'succeeded') throw new Problem('invalid_state', 'the cash was taken back');
  if (day < claimedOn || day > bookedOn) {
    const message = `must be from ${claimedOn}, as the agent says, to ${bookedOn}, when it was booked`;
    throw new Problem('unprocessable', 'the cash cannot have been taken on that day', [{ path: 'paidOn', message }]);
  }
  await context.tx.update(attempts).set({ valueOn: day }).where(eq(attempts.id, attempt.id));
  await closeCasesOf(context, eq(cases.id, found.id), input.resolution);
  const after = await reckonAnew(context, await countFrom(context, before, attempt, day));
  await reviewPromises(context, after.row, localDate(claimedOn));
  await recordOnLease(context, after.row, {
    key: keys.paymentBackdated(attempt.id),
    type: 'payment.backdated',
    subject: attempt.id,
    detail: { paymentId: attempt.id, caseId: found.id, decision: input.decision, claimedOn, bookedOn, valueOn: day },
  });
  return standingOf(after, context.at);
}

const bookedDay = z.object({ bookedOn: z.string() });

/** @param attempt as it was before its day was decided */
async function countFrom(context: Context, before: LeaseRecord, attempt: AttemptRow, day: LocalDate) {
  const decided = { ...attempt, valueOn: day };
  if (isRunning(before.row.status)) {
    const isOther = day !== attempt.valueOn || (await hadQuoteOn(context, before, day));
    return isOther ? bookAnew(context, before, decided, await splitOf(context, before, attempt)) : before;
  }
  const { amount, requestedAt } = attempt;
  const paysAsOf = (valueOn: LocalDate) => paysShortfall(context, before, { amount, valueOn, requestedAt });
  if ((await paysAsOf(bookedAfterEnd(attempt))) || !(await paysAsOf(day))) return before;
  // What it has paid of a dispute meanwhile stays paid.
  const { taken, kept } = await splitOf(context, before, attempt);
  const isCredit = ({ component }: AllocationPart) => component === 'credit';
  const paid = taken.filter((part) => !isCredit(part));
  return bookAnew(context, before, decided, { taken: taken.filter(isCredit), kept: [...paid, ...kept] });
}

/** What of a payment is there to be booked anew, and what of its credit is gone. */
async function splitOf(context: Context, { row }: LeaseRecord, { id, allocation }: AttemptRow) {
  const { shares } = await creditShares(context, row);
  return splitCredit(allocation, shares.find(({ payment }) => payment.id === id)?.left ?? 0);
}

/** Takes a payment out of the books, but for what is kept, and books it again as of its day. */
async function bookAnew(
  context: Context,
  before: LeaseRecord,
  attempt: AttemptRow,
  { taken, kept }: ReturnType<typeof splitCredit>,
): Promise<LeaseRecord> {
  const { row } = before;
  const amount = taken.reduce((sum, part) => sum + part.amount, 0);
  if (amount === 0) return before;
  const transferId = attempt.transferId ?? '';
  await postOnLease(context, row, {
    key: `backdated:${attempt.id}`,
    kind: 'reversal',
    description: `${formatMoney(money(amount, row.currency))} by cash, to be counted from ${attempt.valueOn}`,
    cause: { paymentId: attempt.id, transferId },
    reverses: transferId,
    entries: takenBack(row.id, attempt.source ?? accounts.float(attempt.agentId ?? ''), taken, phaseOf(row)),
  });
  await context.tx.update(attempts).set({ transferId: null }).where(eq(attempts.id, attempt.id));
  const owed = await owedAgain(context, before, taken);
  return bookReceipt(context, owed, { ...attempt, transferId: null, callbackId: null }, { amount, kept });
}
