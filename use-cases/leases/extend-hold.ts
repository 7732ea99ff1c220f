import type { Standing } from '#domain/leases/standing';
import type { HoldExtension } from '#domain/leases/wire';
import { recordOnLease, type Context } from '../context.ts';
import { prolongHold } from '../vehicles/prolong-hold.ts';
import { lockLeaseFor, standingOf, updateLease } from './lease-record.ts';

const HOUR = 3_600_000;

/**
 * An agent has the vehicle held longer for a customer who has not signed yet, or not paid the deposit: the lease does not lapse
 * before. It is longer by these hours than it is when the lease is locked: another agent may have extended it meanwhile.
 *
 * @param input.until to when that is as the lease's workflow knows it, ISO 8601 UTC
 * @throws Problem invalid_state for a lease in another status; as `prolongHold`
 */
export async function extendHold(
  context: Context,
  { leaseId, hours, reason, until: known }: HoldExtension,
): Promise<Standing> {
  const before = await lockLeaseFor('extendHold', context, leaseId);
  const { vehicleId } = before.row;
  const ends = Math.max(Date.parse(known) - hours * HOUR, before.row.holdExtendedUntil?.getTime() ?? 0);
  const until = new Date(ends + hours * HOUR);
  await prolongHold(context, { leaseId, vehicleId, hours, until });
  const row = await updateLease(context, before.row, { holdExtendedUntil: until });
  await recordOnLease(context, row, {
    type: 'lease.hold_extended',
    detail: { hours, until: until.toISOString(), reason },
  });
  return standingOf({ ...before, row }, context.at);
}
