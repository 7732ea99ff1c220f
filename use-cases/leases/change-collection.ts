import { and, eq, inArray, isNull } from 'drizzle-orm';
import { methods } from '#db/schema/index';
import type { Ordered } from '#domain/leases/commands';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import { hoursLeft } from '#domain/payments/quiet-hours';
import { marketOfPhone } from '#domain/phone';
import { recordOnLease, type Context } from '../context.ts';
import { lockLeaseFor, standingOf, updateLease } from './lease-record.ts';

/** Fewest hours of a day that quiet hours must leave for prompts. */
const HOURS_LEFT = 4;

/**
 * How a lease is collected: payment methods in the order in which they are charged, and local hours in which
 * nobody is prompted.
 *
 * @throws Problem invalid_state once the lease has ended; naming the field when a method is not the customer's or not of the market, or the quiet hours leave too little.
 */
export async function changeCollection(context: Context, input: Ordered<'changeCollection'>): Promise<Standing> {
  const before = await lockLeaseFor('changeCollection', context, input.leaseId);
  const { quietHours, paymentMethodIds } = input;
  const refuse = (path: string, message: string) => new Problem('unprocessable', message, [{ path, message }]);
  if (quietHours !== null && hoursLeft(quietHours) < HOURS_LEFT)
    throw refuse('quietHours', `must leave at least ${HOURS_LEFT} hours between 7 and 21`);
  const own = await context.tx
    .select({ id: methods.id, masked: methods.masked })
    .from(methods)
    .where(
      and(
        eq(methods.userId, before.row.customerId),
        isNull(methods.deletedAt),
        inArray(methods.id, [...paymentMethodIds]),
      ),
    );
  const [first, ...backups] = paymentMethodIds;
  if (first === undefined || own.length !== new Set(paymentMethodIds).size || own.length !== paymentMethodIds.length)
    throw refuse('paymentMethodIds', 'must be payment methods of the customer, each once');
  const { market } = before.row;
  if (own.some(({ masked }) => marketOfPhone(masked) !== market))
    throw refuse('paymentMethodIds', `must be numbers of ${market}, as the lease is`);
  const row = await updateLease(context, before.row, {
    paymentMethodId: first,
    backupMethodIds: backups,
    quietHours,
  });
  await recordOnLease(context, row, {
    type: 'lease.collection_changed',
    detail: { paymentMethodIds, quietHours },
  });
  return standingOf({ ...before, row }, context.at);
}
