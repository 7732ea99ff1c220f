import type { Position } from './position.ts';
import { isRunning, type LeaseStatus } from './status.ts';

/** What giving the vehicle back today costs. Minor units. */
export interface Leaving {
  /** Still to be paid: what is overdue, and fees, less credit. */
  readonly amount: number;
  /** Given back to the customer: credit beyond that; before the handover everything that was paid. */
  readonly refund: number;
  /** Paid so far and not given back: it was the price of using the vehicle. */
  readonly kept: number;
  /** Instalments that are not due yet, and so never will be. */
  readonly forgiven: number;
}

/**
 * The agreement's term on leaving: the customer may bring the vehicle back on any day and owes from then on
 * nothing more than what is overdue to that day (lines due before it) and fees that are not paid. What was
 * paid stays with the house, since the vehicle was used for it; credit is set against what is owed, the rest
 * of it is refunded. Before the handover leaving is withdrawing: everything paid is refunded.
 *
 * @param position on the day of leaving
 * @returns null when there is nothing to leave: the lease has ended, or has no agreement yet.
 */
export function leavingOn(status: LeaseStatus, position: Position): Leaving | null {
  const { paid, overdue, feesDue, credit, outstanding } = position;
  if (status === 'awaiting_deposit' || status === 'awaiting_handover')
    return { amount: 0, refund: paid + credit, kept: 0, forgiven: outstanding };
  if (!isRunning(status)) return null;
  const owed = overdue + feesDue + position.depositDue;
  return {
    amount: Math.max(0, owed - credit),
    refund: Math.max(0, credit - owed),
    kept: paid,
    forgiven: outstanding - overdue - position.depositDue,
  };
}
