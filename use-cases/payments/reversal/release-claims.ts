import type { TakenBack } from '#db/queries/reversals';
import type { Context } from '../../context.ts';
import { lockLease, type LeaseRecord } from '../../leases/lease-record.ts';
import { closeClaim, standingIn } from './former-claim.ts';
import { takeOut } from './take-out.ts';

/**
 * What these transfers took of whoever had the lease before is the lease's money again, or nobody's of the lease: what stands in for it
 * goes, and he owes it no more. Call it with the lease locked.
 *
 * @param of.isBookedNext the money itself is booked again next, in the same transaction
 */
export async function releaseClaims(
  context: Context,
  found: LeaseRecord,
  of: { readonly taken: readonly TakenBack[]; readonly reason: string; readonly isBookedNext: boolean },
): Promise<LeaseRecord> {
  const { taken, reason, isBookedNext } = of;
  const leaseId = found.row.id;
  const ids = taken.map(({ id }) => id);
  const standIns = await standingIn(context.tx, leaseId, ids);
  for (const one of standIns) {
    const its = { leaseId, attemptId: one.id, reason, isBookedNext };
    await takeOut(context, await lockLease(context.tx, leaseId), one, its);
    await closeClaim(context, one);
  }
  return standIns.length === 0 ? found : lockLease(context.tx, leaseId);
}
