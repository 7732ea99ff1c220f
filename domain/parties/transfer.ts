import { moves } from '../moves.ts';

/**
 * Where it stands that a lease is made over to somebody else. `proposed`: its customer has to agree where an agent proposed
 * it, and the other person to accept. `accepted`: an admin confirms it. A lease is made over with `completed` alone.
 */
export const transferStatuses = [
  'proposed',
  'accepted',
  'completed',
  'declined',
  'refused',
  'withdrawn',
  'rejected',
  'lapsed',
] as const;
export type TransferStatus = (typeof transferStatuses)[number];

/** `refused` by the other person, `withdrawn` by the customer or an agent, `rejected` by an admin, `declined` by the credit. */
export const { mayFollow, isOver } = moves<TransferStatus>({
  proposed: ['accepted', 'declined', 'refused', 'withdrawn', 'rejected', 'lapsed'],
  accepted: ['completed', 'refused', 'withdrawn', 'rejected', 'lapsed'],
  completed: [],
  declined: [],
  refused: [],
  withdrawn: [],
  rejected: [],
  lapsed: [],
});

/** Days until a proposal lapses, and then until one that was accepted does. */
export const TRANSFER_DAYS = 7;

export const lapsesAt = (at: Date): Date => new Date(at.getTime() + TRANSFER_DAYS * 86_400_000);

/** What of a lease is looked at before it is made over; minor units. */
export interface TransferReadiness {
  readonly overdue: number;
  readonly feesDue: number;
  readonly disputed: number;
  readonly credit: number;
  readonly outstanding: number;
  readonly openCases: number;
}

/** Why a lease is not made over now, or null: what is wrong with it is settled by whoever it has been of. */
export function refuseReadiness(facts: TransferReadiness): string | null {
  const { overdue, feesDue, disputed, credit, outstanding, openCases } = facts;
  if (outstanding === 0) return 'nothing is owed on it any more: the vehicle is the customer’s';
  if (overdue > 0) return 'what is overdue has to be paid first';
  if (feesDue > 0) return 'late fees have to be paid or waived first';
  if (disputed > 0) return 'what is in dispute has to be paid first';
  if (credit > 0) return 'it has credit, which is its customer’s: it has to be used first';
  if (openCases > 0) return 'a case of it is open: an agent closes it first';
  return null;
}
