export const leaseStatuses = [
  'applied',
  'verifying',
  'assessing',
  'offered',
  'reserved',
  'awaiting_deposit',
  'awaiting_handover',
  'active',
  'in_arrears',
  'immobilised',
  'paused',
  'stolen',
  'completed',
  'settled_early',
  'upgraded',
  'returned',
  'repossessed',
  'written_off',
  'declined',
  'withdrawn',
  'lapsed',
] as const;
export type LeaseStatus = (typeof leaseStatuses)[number];

const ended: ReadonlySet<LeaseStatus> = new Set([
  'completed',
  'settled_early',
  'upgraded',
  'returned',
  'repossessed',
  'written_off',
  'declined',
  'withdrawn',
  'lapsed',
]);

/** True when the life of the lease is over and nothing more is collected. */
export function hasEnded(status: LeaseStatus): boolean {
  return ended.has(status);
}

const running: ReadonlySet<LeaseStatus> = new Set(['active', 'in_arrears', 'immobilised', 'paused', 'stolen']);

/** True from handover on: the customer has the vehicle and owes instalments. */
export function isRunning(status: LeaseStatus): boolean {
  return running.has(status);
}

/** `pay`, cash and pay-bill are taken from `awaiting_deposit` on, until the lease has ended; after a write-off as recovery. */
export function takesPayments(status: LeaseStatus): boolean {
  return (
    status === 'awaiting_deposit' || status === 'awaiting_handover' || status === 'written_off' || isRunning(status)
  );
}
