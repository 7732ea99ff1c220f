import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { recordOnLease, type Context } from '../context.ts';
import { lockLeaseFor, standingOf, updateLease } from './lease-record.ts';

/** The payment method that is charged first from now on. @throws Problem invalid_state once the lease has ended. */
export async function changePaymentMethod(
  context: Context,
  { leaseId, paymentMethodId }: Ordered<'changePaymentMethod'>,
): Promise<Standing> {
  const before = await lockLeaseFor('changePaymentMethod', context, leaseId);
  const row = await updateLease(context, before.row, { paymentMethodId });
  await recordOnLease(context, row, {
    type: 'lease.payment_method_changed',
    detail: { paymentMethodId },
  });
  return standingOf({ ...before, row }, context.at);
}
