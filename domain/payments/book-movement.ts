import type { Movement } from './reconciliation.ts';

/** What we know of a movement, with whose it is. `paymentId` is null for money that waits in suspense. */
export interface BookMovement extends Movement {
  readonly paymentId: string | null;
  readonly leaseId: string | null;
  /** On the wall: when we learnt that it was paid; null while we have not. */
  readonly settledAt: number | null;
  /** Money that waits in suspense, or goes back from there. */
  readonly isSuspended?: boolean;
  /** Of what a customer paid by himself: what is left of it, less what went back in parts. Minor units. */
  readonly waits?: number;
  /** The payment by himself that it is, or that it gives back. */
  readonly inboundId?: string;
  /** Of what its provider took back: the transfer that booked it. */
  readonly transferId?: string;
  /** A charge whose outcome is unknown and that the provider gave no name: only a statement can tell of it. */
  readonly isUnanswered?: boolean;
}
