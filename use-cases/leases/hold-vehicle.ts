import { and, eq, isNull, or } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { holds, leases, upgrades, vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import type { Hold } from '#domain/leases/wire';
import { holdableFrom } from '#domain/vehicles/holds';
import { emit, record, type Context } from '../context.ts';
import { askCreditAgain } from '../credit/ask-again.ts';
import { vehicleUnavailable } from '../vehicles/next-best.ts';
import { setVehicleStatus } from '../vehicles/set-vehicle-status.ts';
import { changeStatus } from './change-status.ts';
import { lockLeaseFor, standingOf, type LeaseRow } from './lease-record.ts';

/**
 * Holds the lease's vehicle for it alone: the lease becomes `reserved`. The database lets one lease
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
  const reserved = await changeStatus(context, { leaseId: row.id, to: 'reserved' });
  await tell(context, 'vehicle.reserved', row.id, vehicleId);
  return standingOf({ ...before, row: reserved }, context.at);
}

/** A customer's wish for a vehicle, for the lease of an id, which may begin later. */
interface Wish {
  readonly customerId: string;
  readonly vehicleId: string;
  readonly leaseId: string;
  readonly until: Date;
}

/**
 * Whoever calls it tells of it.
 *
 * @throws Problem vehicle_unavailable when somebody else was first; held_before while he has to wait (`holdableFrom`).
 */
async function takeHold(context: Context, { customerId, vehicleId, leaseId, until }: Wish): Promise<void> {
  const { tx, at } = context;
  const [vehicle] = await tx.select().from(vehicles).where(eq(vehicles.id, vehicleId)).for('update');
  const [held] = await tx
    .select()
    .from(holds)
    .where(and(eq(holds.vehicleId, vehicleId), isNull(holds.releasedAt)));
  if (held !== undefined || vehicle?.status !== 'available') throw await vehicleUnavailable(tx, vehicle);
  const from = holdableFrom(await letGoBy(context, customerId, vehicleId), at);
  if (from !== null)
    throw new Problem('held_before', `it was held and let go: it can be held again from ${from.toISOString()} on`);
  await tx.insert(holds).values({ id: uuidv7(), vehicleId, leaseId, expiresAt: until, createdAt: at });
  await setVehicleStatus(context, vehicleId, 'reserved');
}

/** When a customer's holds of a vehicle ended that brought him none, by an application or an exchange. */
async function letGoBy({ tx }: Context, customerId: string, vehicleId: string): Promise<Date[]> {
  const rows = await tx
    .select({ at: holds.releasedAt })
    .from(holds)
    .leftJoin(leases, eq(leases.id, holds.leaseId))
    .leftJoin(upgrades, eq(upgrades.newLeaseId, holds.leaseId))
    .where(
      and(
        eq(holds.vehicleId, vehicleId),
        isNull(leases.handedOverAt),
        or(eq(leases.customerId, customerId), eq(upgrades.customerId, customerId)),
      ),
    );
  return rows.flatMap(({ at }) => (at === null ? [] : [at]));
}

/** As `holdVehicle`, for a lease that begins later with the vehicle. @throws Problem as `takeHold` */
export async function holdForLater(context: Context, hold: Wish): Promise<void> {
  await takeHold(context, hold);
  await tell(context, 'vehicle.reserved', hold.leaseId, hold.vehicleId);
}

/**
 * Gives the vehicle of an application that ends back to the market. A lease that holds none changes nothing.
 * Call it with the lease locked, in the transaction that ends it: once handed over the vehicle stays the customer's.
 */
export async function releaseVehicle(
  context: Context,
  { id, vehicleId }: Pick<LeaseRow, 'id' | 'vehicleId'>,
  reason: string,
): Promise<void> {
  const released = await context.tx
    .update(holds)
    .set({ releasedAt: context.at, releaseReason: reason })
    .where(and(eq(holds.leaseId, id), isNull(holds.releasedAt)))
    .returning({ id: holds.id });
  if (released.length === 0) return;
  await setVehicleStatus(context, vehicleId, 'available');
  await tell(context, 'vehicle.released', id, vehicleId, reason);
}

async function tell(
  context: Context,
  type: 'vehicle.reserved' | 'vehicle.released',
  leaseId: string,
  vehicleId: string,
  reason?: string,
) {
  const data = { leaseId, vehicleId, ...(reason === undefined ? {} : { reason }) };
  await record(context, { type, subject: vehicleId, leaseId, detail: data });
  await emit(context, { type, subject: vehicleId, leaseId, data });
}
