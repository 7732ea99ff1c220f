import { isGivenUp, hasEnded, takesPayments, type LeaseStatus } from './status.ts';

/**
 * After a lease was given up it takes money for so many days of 24 hours: claims on instalments become time-barred, and
 * after this nothing is taken any more, but while its vehicle is kept for whoever redeems it (`db/queries/kept-vehicles.ts`).
 */
export const RECOVERY_DAYS = 3 * 365;

interface Ended {
  readonly status: LeaseStatus;
  readonly endedAt: Date | null;
}

/** True where what was given up is owed no more: money that was paid at `at`, on the lease's clock, is no recovery. */
export function isTimeBarred({ status, endedAt }: Ended, at: Date): boolean {
  return isGivenUp(status) && endedAt !== null && at.getTime() >= endedAt.getTime() + RECOVERY_DAYS * 24 * 3_600_000;
}

/**
 * As `takesPayments`, until what was given up is time-barred; and after the end as long as something is in dispute: what
 * was taken back may be paid again.
 */
export function isPayable(lease: Ended & { readonly disputed: number }, at: Date): boolean {
  const { status, disputed } = lease;
  return (takesPayments(status) && !isTimeBarred(lease, at)) || (hasEnded(status) && disputed > 0);
}
