import { and, asc, eq, gt, inArray, isNotNull, lte, ne, or, sql } from 'drizzle-orm';
import { publicEvents } from '#domain/events/audience';
import type { StoredEvent } from '#domain/events/cloud-event';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import type { Queryable } from '../client.ts';
import { latestPositions, leases, outbox, vehicles } from '../schema/index.ts';
import { storedEvent } from './events.ts';
import { seenSince, tenuresAt, whileHeldBy } from './tenures.ts';

/** Where a vehicle is, and who has it. */
export interface LiveWhereabouts {
  readonly vehicleId: string;
  /** The customer of the lease that runs; null where nobody has it. */
  readonly customerId: string | null;
  /** Since when he may know where it was. */
  readonly since: Date | null;
  /** Null where none is known yet, or it is its customer's own. */
  readonly position: Pick<
    typeof latestPositions.$inferSelect,
    'lat' | 'lon' | 'speedKph' | 'heading' | 'ignition' | 'ts' | 'stateTs'
  > | null;
}

/** The whereabouts of these vehicles; one that is missing does not exist. */
export async function whereaboutsOf(db: Queryable, vehicleIds: readonly string[]): Promise<LiveWhereabouts[]> {
  if (vehicleIds.length === 0) return [];
  const rows = await db
    .select({
      vehicleId: vehicles.id,
      customerId: leases.customerId,
      since: seenSince,
      position: latestPositions,
    })
    .from(vehicles)
    .leftJoin(leases, and(eq(leases.vehicleId, vehicles.id), inArray(leases.status, leaseStatuses.filter(isRunning))))
    .leftJoin(latestPositions, and(eq(latestPositions.vehicleId, vehicles.id), ne(vehicles.status, 'sold')))
    .where(inArray(vehicles.id, [...vehicleIds]));
  return rows;
}

/** An event, and who had its lease then, where there is one. */
export type OwnedEvent = StoredEvent & { readonly customerId: string | null };

/**
 * Events after a position and up to another, in their order.
 *
 * @param of only those of this customer and his leases, and what everybody may know
 */
export function eventsBetween(
  db: Queryable,
  {
    after,
    upTo,
    limit,
    of,
  }: { readonly after: number; readonly upTo: number; readonly limit: number; readonly of?: string },
): Promise<OwnedEvent[]> {
  const own =
    of === undefined
      ? undefined
      : or(
          whileHeldBy(of, outbox.leaseId, outbox.time),
          eq(outbox.subject, of),
          inArray(outbox.type, [...publicEvents]),
        );
  return db
    .select({ ...storedEvent, customerId: sql<string | null>`(${tenuresAt(outbox.leaseId, outbox.time)} limit 1)` })
    .from(outbox)
    .where(and(isNotNull(outbox.position), gt(outbox.position, after), lte(outbox.position, upTo), own))
    .orderBy(asc(outbox.position))
    .limit(limit);
}
