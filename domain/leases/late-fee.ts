import { addDays, type LocalDate } from '../calendar.ts';
import type { Frequency, LateFee, Plan } from '../vehicles/plan.ts';
import { sumOfLines } from './days-of-use.ts';
import { owedIfPaid, type Doubt } from './doubt.ts';
import { arrearsBegin, levelled, unpaid, type ScheduleLine } from './position.ts';

interface FeeFacts {
  readonly lateFee: LateFee | null;
  readonly graceDays: number;
  /** Fees charged over the whole lease, waived ones included: the cap holds for all. */
  readonly feesCharged: number;
  readonly lines: readonly ScheduleLine[];
  /** How many instalments were signed, where they are paid more often now; absent where each line may have a fee. */
  readonly signed?: number;
}

const often: Readonly<Record<Frequency, number>> = { daily: 3, weekly: 2, monthly: 1 };

/** How many instalments were signed, where `frequency` is more often than the plan's. */
export function signedInstalments(
  plan: Pick<Plan, 'frequency' | 'instalments' | 'earnings'>,
  frequency: Frequency,
  lines: readonly ScheduleLine[],
): { readonly signed?: number } {
  if (often[frequency] <= often[plan.frequency]) return {};
  const share = plan.earnings?.instalment;
  return { signed: share === undefined ? plan.instalments : Math.ceil(sumOfLines(lines) / share) };
}

/**
 * The lines that may have a late fee. A fee is for an instalment as it was signed: who pays more often has none for each of
 * the parts that he makes of one, but for the line that completes it.
 */
function withFee(lines: readonly ScheduleLine[], { signed }: Pick<FeeFacts, 'signed'>): readonly ScheduleLine[] {
  if (signed === undefined) return lines;
  const all = BigInt(sumOfLines(lines));
  let upTo = 0n;
  const completed = () => (upTo * BigInt(signed)) / all;
  return lines.filter(({ amount }) => {
    const before = completed();
    upTo += BigInt(amount);
    return completed() > before;
  });
}

/** The smallest amount that can be collected, money in doubt, and what that would pay before any line. Minor units. */
interface FeeCircumstances {
  readonly unit?: number;
  /** What nobody is late by. */
  readonly leastAsked?: number;
  readonly doubts?: readonly Doubt[];
  readonly depositDue?: number;
  readonly feesDue?: number;
}

/** A late fee that may be charged now, once for its line. Minor units. */
interface FeeDue {
  readonly instalment: number;
  readonly amount: number;
}

/**
 * Late fees of a day: one for each instalment that is past its grace and has none yet (`withFee`), of the plan's fixed
 * amount, and never more over the whole lease than the plan's cap; none below a `unit`, in whole units. A line
 * that money in doubt would have paid by the last day of its grace is charged none while that is not known.
 */
export function lateFeesDue(
  today: LocalDate,
  { lateFee, graceDays, feesCharged, lines: booked, ...terms }: FeeFacts,
  { unit = 1, leastAsked = 1, doubts = [], depositDue = 0, feesDue = 0 }: FeeCircumstances = {},
): FeeDue[] {
  const lines = levelled(booked);
  let left = lateFee === null ? 0 : lateFee.cap - feesCharged;
  const due: FeeDue[] = [];
  for (const line of withFee(lines, terms).filter(
    (one) => unpaid(one) >= leastAsked && arrearsBegin(one.dueOn, graceDays) <= today,
  )) {
    if (line.feeChargedOn !== null) continue;
    const lastDay = addDays(line.dueOn, graceDays);
    const inTime = doubts.filter(({ on }) => on <= lastDay);
    const ifPaid = owedIfPaid(inTime, { depositDue, feesDue, lines }, { lateFee: lateFee?.amount ?? 0, unit });
    if (ifPaid.lines.some((one) => one.number === line.number && unpaid(one) < leastAsked)) continue;
    const most = Math.min(left, lateFee?.amount ?? 0);
    const amount = most - (most % unit);
    if (amount <= 0) break;
    due.push({ instalment: line.number, amount });
    left -= amount;
  }
  return due;
}

/** The lines that would be charged a late fee today, if money in doubt were known not to have paid them in time. */
export function lateFeesPutOff(today: LocalDate, facts: FeeFacts, circumstances: FeeCircumstances): readonly number[] {
  const due = lateFeesDue(today, facts, circumstances);
  return lateFeesDue(today, facts, { ...circumstances, doubts: [] })
    .map(({ instalment }) => instalment)
    .filter((number) => !due.some(({ instalment }) => instalment === number));
}

/** The day from which the next fee may be charged, or null where there will be none. */
export function nextLateFeeOn(
  { lateFee, graceDays, feesCharged, lines, ...terms }: FeeFacts,
  { unit = 1, leastAsked = 1 }: Pick<FeeCircumstances, 'unit' | 'leastAsked'> = {},
): LocalDate | null {
  if (lateFee === null || Math.min(lateFee.amount, lateFee.cap - feesCharged) < unit) return null;
  const isOpen = (line: ScheduleLine) => unpaid(line) >= leastAsked && line.feeChargedOn === null;
  const line = withFee(levelled(lines), terms).find(isOpen);
  return line === undefined ? null : arrearsBegin(line.dueOn, graceDays);
}
