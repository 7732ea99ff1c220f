import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { holds, vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { emit, record, type Context } from '../context.ts';
import { vehicleUnavailable } from './vehicle-unavailable.ts';
import { calledTo, endWaiting } from './end-waiting.ts';
import { setVehicleStatus } from './set-vehicle-status.ts';
import { isHeldFor, refuseHeldBefore } from './who-holds.ts';

/** A customer's wish for a vehicle, for the lease of an id, which may begin later. */
export interface Wish {
  readonly customerId: string;
  readonly vehicleId: string;
  readonly leaseId: string;
  readonly until: Date;
}

/**
 * Holds a vehicle for one lease alone: the database lets one hold it at a time, whoever asks at the same moment. Whoever
 * calls it tells of it (`tellHeld`).
 *
 * @throws Problem vehicle_unavailable when somebody else was first, or has his turn in the queue; held_before while he has to wait (`holdableFrom`).
 */
export async function takeHold(context: Context, { customerId, vehicleId, leaseId, until }: Wish): Promise<void> {
  const { tx, at } = context;
  const [vehicle] = await tx.select().from(vehicles).where(eq(vehicles.id, vehicleId)).for('update');
  const [held] = await tx
    .select()
    .from(holds)
    .where(and(eq(holds.vehicleId, vehicleId), isNull(holds.releasedAt)));
  const called = await calledTo(context, vehicleId);
  const isHisTurn = called?.customerId === customerId && vehicle?.status === 'reserved';
  if (held !== undefined && (await isHeldFor(context, { customerId, vehicleId }))) throw heldAlready(held.expiresAt);
  if (held !== undefined || !(isHisTurn || vehicle?.status === 'available'))
    throw await vehicleUnavailable(tx, vehicle);
  await refuseHeldBefore(context, { customerId, vehicleId }, at);
  await tx.insert(holds).values({ id: uuidv7(), vehicleId, leaseId, expiresAt: until, createdAt: at });
  if (called !== undefined) await endWaiting(context, called, 'taken');
  await setVehicleStatus(context, vehicleId, 'reserved');
}

/** Whoever has it himself is shown no other one. */
function heldAlready(until: Date | null): Problem {
  const end = until === null ? '' : `, until ${until.toISOString()}`;
  return new Problem('vehicle_unavailable', `You hold this vehicle already by another application${end}`);
}

/** As `takeHold`, and tells of it: for a lease that begins later with the vehicle. */
export async function holdForLater(context: Context, hold: Wish): Promise<void> {
  await takeHold(context, hold);
  await tellHeld(context, hold);
}

export async function tellHeld(
  context: Context,
  { leaseId, vehicleId }: Pick<Wish, 'leaseId' | 'vehicleId'>,
): Promise<void> {
  const of = { type: 'vehicle.reserved', subject: vehicleId, leaseId } as const;
  await record(context, { ...of, detail: { leaseId, vehicleId } });
  await emit(context, { ...of, data: { leaseId, vehicleId } });
}
