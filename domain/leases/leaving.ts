import { addDays, type LocalDate } from '../calendar.ts';
import { usedBy } from './days-of-use.ts';
import { levelled, unpaid, type Position, type ScheduleLine } from './position.ts';
import { isRunning, type LeaseStatus } from './status.ts';

/** What giving the vehicle back today costs. Minor units. */
interface Leaving {
  /** Still to be paid: what is overdue, and fees, less what is given back. */
  readonly amount: number;
  /** Given back to the customer: credit, and what was paid ahead, beyond that; before the handover everything that was paid. */
  readonly refund: number;
  /** Paid so far and not given back: it was the price of using the vehicle. */
  readonly kept: number;
  /** Instalments that are not due yet, and so never will be. */
  readonly forgiven: number;
}

/** A lease on the day on which it is left. */
export interface LeavingDay {
  readonly status: LeaseStatus;
  readonly today: LocalDate;
  readonly position: Position;
  /** As they are booked. */
  readonly lines: readonly ScheduleLine[];
}

/**
 * The agreement's term on leaving: the customer may bring the vehicle back on any day and owes from then on
 * nothing more than what is overdue to that day (lines due before it, or before a pause moved them) and fees that are
 * not paid. What was paid for time that is over stays with the house, since the vehicle was used for it; what was paid
 * of lines that are not due yet is the customer's. That and credit are set against what is owed, and the rest is
 * refunded. Before the handover leaving is withdrawing: everything paid is refunded.
 *
 * @returns null when there is nothing to leave: the lease has ended, or has no agreement yet.
 */
export function leavingOn({ status, today, position, lines }: LeavingDay): Leaving | null {
  const { paid, feesDue, credit, outstanding, depositDue } = position;
  if (status === 'awaiting_deposit' || status === 'awaiting_handover')
    return { amount: 0, refund: paid + credit, kept: 0, forgiven: outstanding };
  if (!isRunning(status)) return null;
  const { overdue, ahead } = splitOn(today, lines);
  const owed = overdue + feesDue + depositDue;
  return {
    amount: Math.max(0, owed - credit - ahead),
    refund: Math.max(0, credit + ahead - owed),
    kept: paid - ahead,
    forgiven: outstanding + ahead - overdue - depositDue,
  };
}

/** What of the lines is owed for time that is over, and what was paid for time that is still to come. Minor units. */
export function splitOn(
  today: LocalDate,
  booked: readonly ScheduleLine[],
): { readonly overdue: number; readonly ahead: number } {
  const sumOf = (amount: (line: ScheduleLine) => number) =>
    levelled(booked).reduce((sum, line) => sum + amount(line), 0);
  return {
    overdue: sumOf((line) =>
      line.dueOn < today
        ? unpaid(line)
        : Math.min(unpaid(line), Math.max(0, usedBy(line, addDays(today, -1)) - line.paid - line.waived)),
    ),
    ahead: sumOf((line) => aheadOf(line, today)),
  };
}

/** What was paid of a line for time that is still to come. Minor units. */
const aheadOf = (line: ScheduleLine, today: LocalDate) => Math.max(0, line.paid - usedBy(line, today));
