import type { Ordered } from '#domain/leases/commands';
import { Problem } from '#domain/errors';
import type { Collected } from '#domain/leases/wire';
import { hoursLeft } from '#domain/quiet-hours';
import { recordOnLease, type Context } from '../context.ts';
import { chosenMethods } from './chosen-methods.ts';
import { lockLeaseFor, standingOf, updateLease } from './lease-record.ts';

/** Fewest hours of a day that quiet hours must leave for prompts. */
const HOURS_LEFT = 4;

/**
 * How a lease is collected: payment methods in the order in which they are charged, and local hours in which nobody is
 * prompted.
 *
 * @throws Problem invalid_state once the lease has ended; naming the field when a method is not the customer's or not
 * of the market, or the quiet hours leave too little.
 */
export async function changeCollection(context: Context, input: Ordered<'changeCollection'>): Promise<Collected> {
  const before = await lockLeaseFor('changeCollection', context, input.leaseId);
  const { quietHours, paymentMethodIds } = input;
  const refuse = (path: string, message: string) => new Problem('unprocessable', message, [{ path, message }]);
  if (quietHours !== null && hoursLeft(quietHours) < HOURS_LEFT)
    throw refuse('quietHours', `must leave at least ${HOURS_LEFT} hours between 7 and 21`);
  await chosenMethods(context, { ...before.row, ids: paymentMethodIds, path: 'paymentMethodIds' });
  const [first = before.row.paymentMethodId, ...backups] = paymentMethodIds;
  const row = await updateLease(context, before.row, {
    paymentMethodId: first,
    backupMethodIds: backups,
    quietHours,
  });
  await recordOnLease(context, row, {
    type: 'lease.collection_changed',
    detail: { paymentMethodIds, quietHours },
  });
  const isOtherPayer = row.paymentMethodId !== before.row.paymentMethodId;
  return { ...standingOf({ ...before, row }, context.at), isOtherPayer };
}
