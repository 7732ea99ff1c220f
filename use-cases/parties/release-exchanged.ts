import type { Context } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';
import { releaseGuarantors } from './guarantee-record.ts';

/** Who answers for a lease that was left for another one answers for nothing any more, unless he consents to that. Repeated, it changes nothing. */
export async function releaseExchanged(context: Context, leaseId: string): Promise<void> {
  const left = await lockLease(context.tx, leaseId);
  if (left.row.status === 'upgraded') await releaseGuarantors(context, left, 'the vehicle was exchanged');
}
