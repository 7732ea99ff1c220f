import { and, eq, gte, inArray, lte } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { maintenance } from '#db/schema/index';
import { localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { MaintenanceKind } from '#domain/vehicles/maintenance';
import { record, type Context } from '../context.ts';
import { lockVehicle } from './update-vehicle.ts';

export type MaintenanceRow = typeof maintenance.$inferSelect;

/** Which work on which vehicle. */
export interface ItsMaintenance {
  readonly vehicleId: string;
  readonly maintenanceId: string;
}

export interface Booking {
  readonly vehicleId: string;
  readonly kind: MaintenanceKind;
  /** Local days of the vehicle's market; both belong to it. */
  readonly from: LocalDate;
  readonly until: LocalDate;
  readonly reason: string;
}

/**
 * Books work on a vehicle; its state changes when the work begins.
 *
 * @throws Problem not_found; invalid_state for what is sold or retired; unprocessable for days that have passed or end before
 * they begin; already_exists where work is booked on one of them.
 */
export async function bookMaintenance(context: Context, { vehicleId, ...booking }: Booking): Promise<MaintenanceRow> {
  const { tx, at } = context;
  const { status, market } = await lockVehicle(context, vehicleId);
  if (status === 'sold' || status === 'retired') throw new Problem('invalid_state', `The vehicle is ${status}`);
  if (booking.until < booking.from) throw refusal('until', 'must not be before from');
  if (booking.from < localDateAt(at.getTime(), market)) throw refusal('from', 'must not have passed');
  const isOpen = and(eq(maintenance.vehicleId, vehicleId), inArray(maintenance.status, ['booked', 'started']));
  const overlaps = and(isOpen, lte(maintenance.from, booking.until), gte(maintenance.until, booking.from));
  const [other] = await tx.select({ id: maintenance.id }).from(maintenance).where(overlaps);
  if (other !== undefined) throw new Problem('already_exists', `Work ${other.id} is booked on these days`);
  const [row] = await tx
    .insert(maintenance)
    .values({ id: uuidv7(), vehicleId, ...booking, createdAt: at })
    .returning();
  if (row === undefined) throw new Error('the booking was not stored');
  const { kind, from, until } = booking;
  const detail = { maintenanceId: row.id, kind, from, until };
  await record(context, { type: 'vehicle.maintenance.booked', subject: vehicleId, detail });
  return row;
}

/** Work that is not needed, or that somebody else does. @throws Problem not_found; invalid_state once it has begun. */
export async function cancelMaintenance(context: Context, which: ItsMaintenance): Promise<void> {
  await lockVehicle(context, which.vehicleId);
  const { id } = await lockMaintenance(context, which, 'booked');
  await context.tx.update(maintenance).set({ status: 'cancelled', endedAt: context.at }).where(eq(maintenance.id, id));
  const detail = { maintenanceId: id };
  await record(context, { type: 'vehicle.maintenance.cancelled', subject: which.vehicleId, detail });
}

/** Call it with the vehicle locked. @throws Problem not_found, invalid_state */
export async function lockMaintenance(
  { tx }: Context,
  { vehicleId, maintenanceId }: ItsMaintenance,
  wanted: 'booked' | 'started',
): Promise<MaintenanceRow> {
  const isIt = and(eq(maintenance.id, maintenanceId), eq(maintenance.vehicleId, vehicleId));
  const [row] = await tx.select().from(maintenance).where(isIt).for('update');
  if (row === undefined) throw new Problem('not_found');
  if (row.status !== wanted) throw new Problem('invalid_state', `The work is ${row.status}`);
  return row;
}

const refusal = (path: string, message: string) =>
  new Problem('unprocessable', 'work cannot be booked so', [{ path, message }]);
