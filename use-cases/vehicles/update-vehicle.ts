import { isDeepStrictEqual } from 'node:util';
import { eq } from 'drizzle-orm';
import type { VehicleRow } from '#db/queries/vehicles';
import { vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Money } from '#domain/money';
import { record, type Context } from '../context.ts';
import { placeColumns, refusePrice, type Place } from './create-vehicle.ts';
import { matchVersion, unique } from './unique.ts';

export interface VehicleChanges {
  readonly make?: string | undefined;
  readonly model?: string | undefined;
  readonly year?: number | undefined;
  readonly price?: Money | undefined;
  readonly registration?: string | undefined;
  readonly odometerKm?: number | undefined;
  readonly speedLimitKph?: number | null | undefined;
  readonly location?: Place | null | undefined;
  readonly photos?: readonly string[] | undefined;
  /** The other states are a lease's to decide. */
  readonly status?: 'available' | 'maintenance' | undefined;
}

/**
 * Changes what is said of a vehicle. A lease that exists keeps its price. What changes nothing is no change.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed, currency_mismatch, unprocessable, already_exists, invalid_state for the
 * status of a vehicle that a lease holds.
 */
export async function updateVehicle(
  context: Context,
  id: string,
  changes: VehicleChanges,
  versions?: readonly number[],
): Promise<VehicleRow> {
  const { tx, at } = context;
  const before = await lockVehicle(context, id);
  matchVersion(before.version, versions);
  if (before.status === 'retired') throw new Problem('invalid_state', 'The vehicle is retired');
  if (changes.status !== undefined && before.status !== 'available' && before.status !== 'maintenance') {
    throw new Problem('invalid_state', `The vehicle is ${before.status}`);
  }
  if (changes.price !== undefined) refusePrice(before.market, changes.price);
  const columns = columnsOf(changes);
  if (isAsItWas(before, columns)) return before;
  const [row] = await unique(
    tx
      .update(vehicles)
      .set({ ...columns, version: before.version + 1, updatedAt: at })
      .where(eq(vehicles.id, id))
      .returning(),
  );
  if (row === undefined) throw new Problem('not_found');
  await record(context, { type: 'vehicle.updated', subject: id, detail: { fields: Object.keys(changes) } });
  return row;
}

/** True when every column is what it was. */
function isAsItWas(before: VehicleRow, columns: Readonly<Record<string, unknown>>): boolean {
  const known: Readonly<Record<string, unknown>> = { ...before };
  return Object.entries(columns).every(([name, value]) => isDeepStrictEqual(known[name], value));
}

/** Drizzle leaves out what is undefined. */
function columnsOf({
  price,
  location,
  photos,
  make,
  model,
  year,
  registration,
  odometerKm,
  speedLimitKph,
  status,
}: VehicleChanges) {
  const given = Object.entries({ make, model, year, registration, odometerKm, speedLimitKph, status }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...Object.fromEntries(given),
    ...(price === undefined ? {} : { price: price.amount }),
    ...(location === undefined ? {} : placeColumns(location)),
    ...(photos === undefined ? {} : { photos: [...photos] }),
  };
}

/** @throws Problem not_found */
export async function lockVehicle({ tx }: Context, id: string): Promise<VehicleRow> {
  const [row] = await tx.select().from(vehicles).where(eq(vehicles.id, id)).for('update');
  if (row === undefined) throw new Problem('not_found');
  return row;
}
