import type { Standing } from '#domain/leases/standing';
import type { HoldExtension } from '#domain/leases/wire';
import { recordOnLease, type Context } from '../context.ts';
import { prolongHold } from '../vehicles/prolong-hold.ts';
import { lockLeaseFor, standingOf, updateLease } from './lease-record.ts';

/**
 * An agent has the vehicle held longer for a customer who has not signed yet, or not paid the deposit: the lease does not lapse
 * before.
 *
 * @throws Problem invalid_state for a lease in another status; as `prolongHold`
 */
export async function extendHold(
  context: Context,
  { leaseId, hours, reason, until }: HoldExtension,
): Promise<Standing> {
  const before = await lockLeaseFor('extendHold', context, leaseId);
  const holdExtendedUntil = new Date(until);
  const { vehicleId } = before.row;
  await prolongHold(context, { leaseId, vehicleId, hours, until: holdExtendedUntil });
  const row = await updateLease(context, before.row, { holdExtendedUntil });
  await recordOnLease(context, row, { type: 'lease.hold_extended', detail: { hours, until, reason } });
  return standingOf({ ...before, row }, context.at);
}
