import { addDays, daysBetween, type LocalDate } from '../calendar.ts';
import { marketRules, type Market } from '../markets.ts';
import type { LineParts } from '../vehicles/plan.ts';
import { dueDates, partsOfLines, type LineSums, type LineTerms } from '../vehicles/plan-lines.ts';
import { isOwned, type LeaseStatus } from './status.ts';

/** A local day, and how much is of it. Minor units. */
export interface Slot {
  readonly dueOn: LocalDate;
  readonly amount: number;
}

/** One line of a payment schedule; amounts are minor units of the lease's currency. */
export interface ScheduleLine {
  readonly number: number;
  /** Local date of the market. */
  readonly dueOn: LocalDate;
  readonly amount: number;
  readonly paid: number;
  readonly waived: number;
  readonly components: LineParts;
  /** What of `paid` and `waived` went to which component; it sums to both. */
  readonly filled: LineParts;
  /** What of `amount` was due before the schedule was moved or spread anew; the first of it that is paid. */
  readonly matured: number;
  /** The local day on which a late fee was charged for it, once. */
  readonly feeChargedOn: LocalDate | null;
  /** Days by which the last pause moved it; absent means none. */
  readonly pausedDays?: number;
  /** The days until which it pays for the use (`daysPaidFor`), where that is not its own. */
  readonly pays?: readonly Slot[] | null;
  /** Days by which pauses moved what it pays for while it was paid; it stays on its own day. Absent means none. */
  readonly pausedPaid?: number;
  /** Days of what was put off after its time, while it was paid: by them too it is later once its money is taken back. Absent means none. */
  readonly pausedAfter?: number;
}

/** What the money of a lease looks like, whatever the day. Minor units. */
export interface LeaseMoney {
  readonly deposit: number;
  readonly depositPaid: number;
  readonly feesCharged: number;
  readonly feesPaid: number;
  readonly feesWaived: number;
  readonly credit: number;
  /** deposit + lines − waived. */
  readonly totalPrice: number;
  /** Of the market: what nobody is late by (`nextOwed`). Absent where every unit counts. */
  readonly leastAsked?: number;
}

/** Where a lease stands on a given local day. Minor units. */
export interface Position {
  /** Deposit and lines paid, without fees. */
  readonly paid: number;
  readonly outstanding: number;
  readonly depositDue: number;
  readonly feesDue: number;
  /** Unpaid on lines whose due date is before today; 0 while that is less than anybody is asked for. */
  readonly overdue: number;
  /** Unpaid on lines that are due today or were before; 0 while that is less than anybody is asked for. */
  readonly dueNow: number;
  /** Number of the last line that is due today or was before; 0 when none is. */
  readonly lastDue: number;
  /** Lines that are paid to their end; one that was waived whole is none. */
  readonly instalmentsPaid: number;
  /** Whole days since the oldest unpaid due date (Fineract's definition); 0 when nothing is overdue. */
  readonly daysPastDue: number;
  readonly oldestUnpaidOn: LocalDate | null;
  /** The oldest line that is not paid in full, and what is owed up to it; a rest below `leastAsked` waits for the next one. */
  readonly nextDue: { readonly number: number; readonly on: LocalDate; readonly amount: number } | null;
  readonly credit: number;
  readonly twoThirdsPaid: boolean;
}

/** All that a lease owes today and later, minor units: its lines and its late fees. */
export const owedOf = ({ outstanding, feesDue }: Pick<Position, 'outstanding' | 'feesDue'>): number =>
  outstanding + feesDue;

/**
 * The schedule of a lease handed over on `start`.
 *
 * @param sums of what was agreed on; by themselves equal instalments of the plan
 */
export function schedule(
  plan: LineTerms,
  market: Market,
  start: LocalDate,
  instalment: number,
  sums: Omit<LineSums, 'instalment'> = { total: instalment * plan.instalments, financed: 0 },
): ScheduleLine[] {
  const parts = partsOfLines(plan, marketRules(market).lineUnit, start, { ...sums, instalment });
  const dates = dueDates(plan, start, parts.length);
  return parts.map((components, i) => ({
    number: i + 1,
    dueOn: dates[i] ?? start,
    amount: sumOf(components),
    paid: 0,
    waived: 0,
    components,
    filled: {},
    matured: 0,
    feeChargedOn: null,
  }));
}

const sumOf = (parts: LineParts) => Object.values(parts).reduce((sum, amount) => sum + amount, 0);

/** The lines that are due after a day. */
export const toCome = (lines: readonly ScheduleLine[], today: LocalDate): readonly ScheduleLine[] =>
  lines.filter((line) => line.dueOn > today);

export const unpaid = (line: ScheduleLine): number => line.amount - line.paid - line.waived;

/**
 * The lines as all the money that is on them pays them, oldest first. In the books a payment that was taken back leaves
 * a gap before lines that later money has filled: who has paid for the first line owes the last one, and is not late.
 * Only `paid` is moved; the next payment fills the gap.
 *
 * @param lines in order of their numbers
 */
export function levelled(lines: readonly ScheduleLine[]): readonly ScheduleLine[] {
  const gap = lines.findIndex((line) => unpaid(line) > 0);
  if (gap === -1 || lines.slice(gap + 1).every(({ paid }) => paid === 0)) return lines;
  let left = lines.slice(gap).reduce((sum, { paid }) => sum + paid, 0);
  return lines.map((line, i) => {
    if (i < gap) return line;
    const paid = Math.min(left, line.amount - line.waived);
    left -= paid;
    return { ...line, paid };
  });
}

/** What is left of a line that was paid in part may be waived: it is paid. */
const isPaid = (line: ScheduleLine) => unpaid(line) === 0 && line.paid > 0;

/** @param booked in order of their numbers */
export function positionOn(today: LocalDate, money: LeaseMoney, booked: readonly ScheduleLine[]): Position {
  const lines = levelled(booked);
  const linesPaid = lines.reduce((sum, line) => sum + line.paid, 0);
  const due = lines.filter((line) => line.dueOn <= today);
  const next = nextOwed(lines, money.leastAsked);
  const isLate = next !== null && next.on < today;
  const isDue = next !== null && next.on <= today;
  const paid = money.depositPaid + linesPaid;
  const outstanding = money.totalPrice - paid;
  return {
    paid,
    outstanding,
    depositDue: money.deposit - money.depositPaid,
    feesDue: money.feesCharged - money.feesPaid - money.feesWaived,
    overdue: isLate ? unpaidOf(due.filter((line) => line.dueOn < today)) : 0,
    dueNow: isDue ? unpaidOf(due) : 0,
    lastDue: due.at(-1)?.number ?? 0,
    instalmentsPaid: lines.filter(isPaid).length,
    daysPastDue: next === null ? 0 : Math.max(0, daysBetween(next.on, today)),
    oldestUnpaidOn: next === null ? null : next.on,
    nextDue: next,
    credit: money.credit,
    twoThirdsPaid: paid >= twoThirdsOf(money.totalPrice),
  };
}

const unpaidOf = (lines: readonly ScheduleLine[]) => lines.reduce((sum, line) => sum + unpaid(line), 0);

/**
 * From which line on something is owed, and how much up to it: what is less than anybody is asked for is owed with the
 * next line, and with the last one where there is no other.
 *
 * @param lines levelled
 */
export function nextOwed(lines: readonly ScheduleLine[], leastAsked = 1): Position['nextDue'] {
  const open = lines.filter((line) => unpaid(line) > 0);
  let amount = 0;
  const enough = open.find((line) => (amount += unpaid(line)) >= leastAsked) ?? open.at(-1);
  return enough === undefined ? null : { number: enough.number, on: enough.dueOn, amount };
}

/** The least of a price, in minor units, that is two thirds of it. */
export function twoThirdsOf(totalPrice: number): number {
  return Math.ceil((2 * totalPrice) / 3);
}

/** What a customer owns of the vehicle, in percent of its price, rounded down: all of it only once the lease has ended so. */
export function ownedPercent(
  status: LeaseStatus,
  { paid, outstanding }: Pick<Position, 'paid' | 'outstanding'>,
): number {
  if (isOwned(status)) return 100;
  const totalPrice = paid + outstanding;
  return totalPrice === 0 ? 0 : Math.min(99, Math.floor((100 * paid) / totalPrice));
}

type LineStatus = 'upcoming' | 'due' | 'partly_paid' | 'paid' | 'overdue' | 'waived';

export function lineStatus(line: ScheduleLine, today: LocalDate, leastAsked = 1): LineStatus {
  if (unpaid(line) === 0) return isPaid(line) ? 'paid' : 'waived';
  if (line.dueOn < today && unpaid(line) >= leastAsked) return 'overdue';
  if (line.paid > 0) return 'partly_paid';
  return line.dueOn === today ? 'due' : 'upcoming';
}

export const buckets = ['current', '1-7', '8-30', '31-60', '61-90', '90+'] as const;
export type Bucket = (typeof buckets)[number];

/** The ageing bucket of a portfolio report. */
export function bucketOf(daysPastDue: number): Bucket {
  if (daysPastDue <= 0) return 'current';
  if (daysPastDue <= 7) return '1-7';
  if (daysPastDue <= 30) return '8-30';
  if (daysPastDue <= 60) return '31-60';
  if (daysPastDue <= 90) return '61-90';
  return '90+';
}

/** The first day on which the lease is past its grace, counted from its oldest unpaid due date. */
export function arrearsBegin(oldestUnpaidOn: LocalDate, graceDays: number): LocalDate {
  return addDays(oldestUnpaidOn, graceDays + 1);
}
