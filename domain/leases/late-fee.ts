import type { LocalDate } from '../calendar.ts';
import type { LateFee } from '../vehicles/plan.ts';
import { arrearsBegin, unpaid, type ScheduleLine } from './position.ts';

interface FeeFacts {
  readonly lateFee: LateFee | null;
  readonly graceDays: number;
  /** Fees charged over the whole lease, waived ones included: the cap holds for all. */
  readonly feesCharged: number;
  readonly lines: readonly ScheduleLine[];
}

/** A late fee that may be charged now, once for its line. Minor units. */
export interface FeeDue {
  readonly instalment: number;
  readonly amount: number;
}

/**
 * Late fees of a day: one for each instalment that is past its grace and has none yet, of the plan's fixed
 * amount, and never more over the whole lease than the plan's cap.
 */
export function lateFeesDue(today: LocalDate, { lateFee, graceDays, feesCharged, lines }: FeeFacts): FeeDue[] {
  let left = lateFee === null ? 0 : lateFee.cap - feesCharged;
  const due: FeeDue[] = [];
  for (const line of lines.filter((one) => isOpen(one) && arrearsBegin(one.dueOn, graceDays) <= today)) {
    const amount = Math.min(left, lateFee?.amount ?? 0);
    if (amount <= 0) break;
    due.push({ instalment: line.number, amount });
    left -= amount;
  }
  return due;
}

/** The day from which the next fee may be charged, or null where there will be none. */
export function nextLateFeeOn({ lateFee, graceDays, feesCharged, lines }: FeeFacts): LocalDate | null {
  if (lateFee === null || lateFee.amount <= 0 || feesCharged >= lateFee.cap) return null;
  const line = lines.find(isOpen);
  return line === undefined ? null : arrearsBegin(line.dueOn, graceDays);
}

const isOpen = (line: ScheduleLine) => unpaid(line) > 0 && line.feeChargedOn === null;
