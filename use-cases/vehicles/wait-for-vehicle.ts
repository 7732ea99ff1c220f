import { and, eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { waiting } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { MOST_QUEUES, MOST_WAITING, standing } from '#domain/vehicles/queue';
import { record, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';
import { passOn } from './pass-on.ts';
import { endWaiting, type WaitingRow } from './end-waiting.ts';
import { lockVehicle } from './update-vehicle.ts';
import { isHeld, isHeldFor, refuseHeldBefore } from './who-holds.ts';

/** Who waits for which vehicle. */
export interface VehicleWait {
  readonly vehicleId: string;
  readonly customerId: string;
}

/**
 * A customer waits for a vehicle that somebody holds, behind those who wait already. Again, it is the place that he
 * has. Nobody joins while turns run alone: each hold is followed by the turns of those who waited for it, and then by
 * the market.
 *
 * @throws Problem not_found, also for a customer who was erased; invalid_state for a vehicle that nobody holds;
 * held_before as `takeHold`; conflict for one that he holds himself, for one place too many; unprocessable for one of
 * another market.
 */
export async function waitForVehicle(context: Context, { vehicleId, customerId }: VehicleWait): Promise<WaitingRow> {
  const { tx } = context;
  // Before the vehicle, as an erasure has it: nobody who is being erased begins to wait.
  const customer = await requirePerson(tx, customerId);
  const vehicle = await lockVehicle(context, vehicleId);
  const there = await placeInQueue(context, { vehicleId, customerId });
  if (there !== undefined) return there;
  if (vehicle.status === 'available')
    throw new Problem('invalid_state', 'The vehicle is available: apply for it rather than wait');
  if (vehicle.status !== 'reserved') throw new Problem('invalid_state', `The vehicle is ${vehicle.status}`);
  if (customer.market !== vehicle.market)
    throw new Problem('unprocessable', 'The vehicle is in another market than you');
  if (!(await isHeld(context, vehicleId)))
    throw new Problem(
      'invalid_state',
      'Nobody holds the vehicle: those who waited have their turns, then it is available',
    );
  if (await isHeldFor(context, { customerId, vehicleId }))
    throw new Problem('conflict', 'The vehicle is reserved for you');
  await refuseHeldBefore(context, { customerId, vehicleId }, new Date());
  await refuseTooMany(context, { vehicleId, customerId });
  const [row] = await tx
    .insert(waiting)
    .values({ id: uuidv7(), vehicleId, customerId, status: 'waiting', createdAt: new Date() })
    .returning();
  if (row === undefined) throw new Error('the place was not stored');
  await record(context, { type: 'vehicle.queue.joined', subject: vehicleId, detail: { waitingId: row.id } });
  return row;
}

async function refuseTooMany({ tx }: Context, { vehicleId, customerId }: VehicleWait): Promise<void> {
  const stands = inArray(waiting.status, [...standing]);
  if ((await tx.$count(waiting, and(eq(waiting.vehicleId, vehicleId), stands))) >= MOST_WAITING)
    throw new Problem('conflict', `${MOST_WAITING} customers wait for this vehicle already`);
  if ((await tx.$count(waiting, and(eq(waiting.customerId, customerId), stands))) >= MOST_QUEUES)
    throw new Problem('conflict', `You wait for ${MOST_QUEUES} vehicles already`);
}

/** He waits no longer; where it was his turn it is the next one's. Who does not wait changes nothing. @throws Problem not_found */
export async function stopWaiting(context: Context, { vehicleId, customerId }: VehicleWait): Promise<void> {
  await lockVehicle(context, vehicleId);
  const there = await placeInQueue(context, { vehicleId, customerId });
  if (there === undefined) return;
  await endWaiting(context, there, 'left');
  if (there.status === 'called') await passOn(context, vehicleId);
}

/** Where a customer stands in the queue of a vehicle. */
export async function placeInQueue(
  { tx }: Pick<Context, 'tx'>,
  { vehicleId, customerId }: VehicleWait,
): Promise<WaitingRow | undefined> {
  const isHis = and(eq(waiting.vehicleId, vehicleId), eq(waiting.customerId, customerId));
  const [row] = await tx
    .select()
    .from(waiting)
    .where(and(isHis, inArray(waiting.status, [...standing])));
  return row;
}
