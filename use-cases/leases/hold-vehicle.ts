import type { Standing } from '#domain/leases/standing';
import type { Hold } from '#domain/leases/wire';
import type { Context } from '../context.ts';
import { askCreditAgain } from '../credit/ask-again.ts';
import { takeHold, tellHeld } from '../vehicles/take-hold.ts';
import { changeStatus } from './change-status.ts';
import { lockLeaseFor, standingOf } from './lease-record.ts';

/**
 * Holds the lease's vehicle for it alone: the lease becomes `reserved`, and its price is frozen. The database lets one lease
 * hold a vehicle at a time, whoever asks at the same moment.
 *
 * `until` is the instant, on the lease's clock, at which the lease gives it back by itself.
 *
 * @throws Problem invalid_state unless the lease is offered; as `askCreditAgain` and `takeHold`
 */
export async function holdVehicle(context: Context, input: Hold): Promise<Standing> {
  const before = await lockLeaseFor('acceptOffer', context, input.leaseId);
  const { row } = before;
  const { customerId, vehicleId } = row;
  await askCreditAgain(context, row);
  await takeHold(context, { customerId, vehicleId, leaseId: row.id, until: new Date(input.until) });
  const reserved = await changeStatus(context, { leaseId: row.id, to: 'reserved' }, { agreedTotal: row.totalPrice });
  await tellHeld(context, { leaseId: row.id, vehicleId });
  return standingOf({ ...before, row: reserved }, context.at);
}
