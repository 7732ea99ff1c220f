import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import type { VehicleRow } from '#db/queries/vehicles';
import { vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { formatMoney, money } from '#domain/money';

/** Vehicles that are named instead of one that is taken. */
const NAMED = 3;

/**
 * The refusal of a vehicle that somebody else has: it names those that are free, of the same type and market, by whose price is
 * nearest, and so by whose instalment is on each plan. Each is the first word of an error of `vehicleId`.
 */
export async function vehicleUnavailable(tx: Queryable, taken: VehicleRow | undefined): Promise<Problem> {
  if (taken === undefined) return new Problem('vehicle_unavailable');
  const { id, type, market, price } = taken;
  const isFree = and(eq(vehicles.status, 'available'), isNull(vehicles.retiredAt), ne(vehicles.id, id));
  const free = await tx
    .select()
    .from(vehicles)
    .where(and(eq(vehicles.market, market), eq(vehicles.type, type), isFree))
    .orderBy(sql`abs(${vehicles.price} - ${price})`, vehicles.id)
    .limit(NAMED);
  const [best] = free;
  if (best === undefined) return new Problem('vehicle_unavailable');
  const named = (one: VehicleRow) =>
    `${one.make} ${one.model} ${one.year}, ${formatMoney(money(one.price, one.currency))}`;
  return new Problem(
    'vehicle_unavailable',
    `The vehicle is not available; the next best is ${best.id}: ${named(best)}`,
    free.map((one) => ({ path: 'vehicleId', message: `${one.id} is available: ${named(one)}` })),
  );
}
