import { localDateAt, type LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';
import { isAhead, usedBy } from './days-of-use.ts';
import { dueFor } from './due.ts';
import { levelled, unpaid, type LeaseMoney, type ScheduleLine } from './position.ts';

/** What settling early costs; amounts are minor units of the lease's currency. */
export interface SettlementQuote {
  readonly id: string;
  readonly amount: number;
  readonly saved: number;
  /** ISO instant on the lease's clock. */
  readonly validUntil: string;
}

/** A quote is good for a day. */
export const QUOTE_HOURS = 24;

/**
 * What it costs to own the vehicle today: what is due, and the rest of the lines to come without their markup and their interest, less
 * what was paid of them, so that nobody pays more for having paid ahead. That is time which the money is not needed for. Of a
 * declining plan it is the interest that is not earned by the actuarial method, and the interest of the period that runs, all of
 * which the house forgoes (15 U.S.C. § 1615: no less than that method gives back; Directive 2008/48/EC art. 16: what the rest of
 * the time would have cost). What is due, overdue or a fee is paid in full, and so is what was due before a pause, a restructure or
 * another day moved it: its time was enjoyed. The amount is rounded down to whole `unit`s in the customer's favour, at the cost of
 * what is to come and not to nothing: where less is left than the least that anybody is asked for, or more was paid ahead than that, the
 * least is asked for, and what is more is his credit.
 *
 * @param markupPercent of the plan, on top of the price less the deposit
 * @returns as `saved` what is forgiven, which with `amount` is more than is owed where credit is left
 */
export function settlementOn(
  today: LocalDate,
  money: LeaseMoney,
  booked: readonly ScheduleLine[],
  { markupPercent, unit }: { readonly markupPercent: number; readonly unit: number },
): { readonly amount: number; readonly saved: number } {
  const lines = levelled(booked);
  const ahead = lines.reduce(
    (sum, line) => sum + unpaid(line) - unpaidMatured(line, today) + paidAhead(line, today),
    0,
  );
  const lineRests = lines.reduce((sum, line) => sum + unpaid(line), 0);
  const owed = lineRests + money.deposit - money.depositPaid + money.feesCharged - money.feesPaid - money.feesWaived;
  if (owed === 0) return { amount: 0, saved: 0 };
  const markup = Number((BigInt(ahead) * BigInt(markupPercent)) / BigInt(100 + markupPercent));
  const forgiven = markup + lines.reduce((sum, line) => sum + unearnedInterest(line, today), 0);
  const left = owed - forgiven;
  const cut = ((left % unit) + unit) % unit;
  const rounded = (left >= unit || left < 0) && forgiven + cut <= ahead ? left - cut : left;
  const isAskable = rounded > 0 && rounded >= (money.leastAsked ?? 1);
  return { amount: isAskable ? rounded : Math.min(money.leastAsked ?? unit, owed), saved: owed - rounded };
}

/** The interest of a line that is not earned yet, paid or not. Money and time fill a line alike: services, then interest, then principal. */
function unearnedInterest(line: ScheduleLine, today: LocalDate): number {
  const { interest = 0 } = line.components;
  const filled = line.paid + line.waived;
  const ofUnpaid = interest - interestIn(line, Math.max(filled, dueOfLine(line, today)));
  return (
    ofUnpaid + Math.max(0, interestIn(line, filled) - interestIn(line, Math.max(line.waived, usedOf(line, today))))
  );
}

/** How much interest is in the first `amount` of a line. */
function interestIn({ components, amount: all }: ScheduleLine, amount: number): number {
  const { interest = 0, principal = 0 } = components;
  return Math.min(interest, Math.max(0, amount - (all - interest - principal)));
}

const dueOfLine = (line: ScheduleLine, today: LocalDate) => (line.dueOn <= today ? line.amount : usedBy(line, today));

/** What of a line pays for time that is over: of what was paid ahead its own day says nothing. */
const usedOf = (line: ScheduleLine, today: LocalDate) => (isLater(line) ? usedBy(line, today) : dueOfLine(line, today));

const isLater = (line: ScheduleLine) => isAhead(line) || (line.pausedPaid ?? 0) > 0;

/** What was paid of a line for time that is still to come. */
const paidAhead = (line: ScheduleLine, today: LocalDate) =>
  Math.max(0, line.paid - Math.max(0, usedOf(line, today) - line.waived));

/** Interest that was paid of lines before it was due: who settles has paid principal with it. Minor units. */
export function interestPaidAhead(booked: readonly ScheduleLine[], today: LocalDate): number {
  return booked.reduce(
    (sum, line) => sum + Math.max(0, (line.filled.interest ?? 0) - interestIn(line, usedOf(line, today))),
    0,
  );
}

/** What has moved the fees of a lease, by its number in the lease's book; minor units. `later` is a late fee that was charged after a quote. */
export interface FeeMove {
  readonly kind: 'late_fee' | 'later' | 'fee_waiver' | 'paid';
  readonly number: number;
  readonly amount: number;
}

/**
 * The late fees that fall with a quote: those that were charged after it, less what of them was waived. What is paid or
 * waived of fees is of those that are owed at that moment, the oldest first.
 */
export function feesAfterQuote(moves: readonly FeeMove[]): number {
  let [before, after, falls] = [0, 0, 0];
  for (const { kind, amount } of moves.toSorted((a, b) => a.number - b.number)) {
    if (kind === 'late_fee') before += amount;
    else if (kind === 'later') [after, falls] = [after + amount, falls + amount];
    else {
      const ofBefore = Math.min(before, amount);
      const ofAfter = Math.min(after, amount - ofBefore);
      [before, after] = [before - ofBefore, after - ofAfter];
      if (kind === 'fee_waiver') falls -= ofAfter;
    }
  }
  return falls;
}

/** What a payment in the books has paid, minor units: `left` is what it brought and is there still, of which `amount` paid what is owed. */
interface BookedPayment {
  readonly money: string;
  readonly number: number;
  readonly left: number;
  readonly amount: number;
  readonly lines: number;
  readonly credit: number;
}

/**
 * What of payments was booked after a moment: all but what of their money the books had then, which is of the payment that was there
 * first. A part that was booked since paid lines before it became credit.
 *
 * @param had what of money was in the books at that moment, minor units
 */
export function bookedLater<P extends BookedPayment>(payments: readonly P[], had: (money: string) => number): P[] {
  const there = new Map<string, number>();
  return payments
    .toSorted((a, b) => a.number - b.number)
    .flatMap((one) => {
      const before = there.get(one.money) ?? had(one.money);
      const known = Math.min(Math.max(0, before), one.left);
      there.set(one.money, before - known);
      const later = one.left - known;
      const lines = Math.min(one.lines, later);
      const credit = Math.min(one.credit, later - lines);
      return later === 0 ? [] : [{ ...one, lines, credit, amount: Math.min(one.amount, later) }];
    });
}

/** When a quote was good, on the lease's clock. */
interface QuoteTerm {
  readonly id: string;
  readonly quotedAt: Date;
  readonly validUntil: Date;
}

/** A payment by when it was asked for or booked, on the lease's clock, and the local day from which it counts. */
export interface DatedPayment {
  readonly due: string;
  readonly requestedAt: Date;
  readonly valueOn: LocalDate;
}

/**
 * True for a payment that was made while a quote was good: from the day of the quote until its end, whenever that
 * became known. Of what was paid on another day than that on which it was asked for or booked only the day is known. A
 * settlement that was asked for while its quote was good is in time, whenever its payments arrive.
 */
export function isPaidInTime(
  { id, quotedAt, validUntil }: QuoteTerm,
  { due, requestedAt, valueOn }: DatedPayment,
  market: Market,
): boolean {
  const dayOf = (instant: Date) => localDateAt(instant.getTime(), market);
  if (due === dueFor('settlement', id)) return true;
  if (valueOn < dayOf(quotedAt)) return false;
  return valueOn === dayOf(requestedAt) ? requestedAt < validUntil : valueOn <= dayOf(validUntil);
}

/** Every line that is due by `today`, marked as such before it is moved or spread anew; what was paid ahead as far as its days are over. */
export function matured(lines: readonly ScheduleLine[], today: LocalDate): ScheduleLine[] {
  return lines.map((line) => (line.dueOn > today ? line : { ...line, matured: usedOf(line, today) }));
}

/** What of all lines is due by `today`, or was before they were moved, paid or not. Minor units. */
export function dueBy(lines: readonly ScheduleLine[], today: LocalDate): number {
  return lines.reduce((sum, { dueOn, amount, matured: before }) => sum + (dueOn <= today ? amount : before), 0);
}

/** What of a line is not paid and was due, today or before the line was moved. */
export function unpaidMatured(line: ScheduleLine, today: LocalDate): number {
  return Math.min(unpaid(line), Math.max(0, dueOfLine(line, today) - line.paid - line.waived));
}
