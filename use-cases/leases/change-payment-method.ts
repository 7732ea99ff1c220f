import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { recordOnLease, type Context } from '../context.ts';
import { chosenMethods } from './chosen-methods.ts';
import { lockLeaseFor, standingOf, updateLease } from './lease-record.ts';

/**
 * The payment method that is charged first from now on, in the place of the one before; with one that was charged after it,
 * it changes places.
 *
 * @throws Problem invalid_state once the lease has ended; as `chosenMethods`.
 */
export async function changePaymentMethod(
  context: Context,
  { leaseId, paymentMethodId }: Ordered<'changePaymentMethod'>,
): Promise<Standing> {
  const before = await lockLeaseFor('changePaymentMethod', context, leaseId);
  await chosenMethods(context, { ...before.row, ids: [paymentMethodId], path: 'paymentMethodId' });
  const { paymentMethodId: first, backupMethodIds: backups } = before.row;
  const row = await updateLease(context, before.row, {
    paymentMethodId,
    backupMethodIds: backups.map((id) => (id === paymentMethodId ? first : id)),
  });
  await recordOnLease(context, row, {
    type: 'lease.payment_method_changed',
    detail: { paymentMethodId },
  });
  return standingOf({ ...before, row }, context.at);
}
