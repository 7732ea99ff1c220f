import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { standing } from '#domain/vehicles/queue';
import type { Queryable } from '../client.ts';
import { waiting } from '../schema/index.ts';
import { outer } from './outer.ts';

const stands = inArray(waiting.status, [...standing]);

/** Which in its queue a row is, from 1; whoever has his turn is the first. */
const place = sql<number>`(
  select count(*)::int from vehicles.waiting w
  where w.vehicle_id = ${outer(waiting.vehicleId)} and w.status in ('waiting', 'called')
    and (w.created_at, w.id) <= (${outer(waiting.createdAt)}, ${outer(waiting.id)}))`;

const shown = {
  id: waiting.id,
  vehicleId: waiting.vehicleId,
  customerId: waiting.customerId,
  status: waiting.status,
  place,
  createdAt: waiting.createdAt,
  until: waiting.until,
};

/** Who stands in the queue of a vehicle, the first first. */
export const queueOf = (db: Queryable, vehicleId: string) =>
  db
    .select(shown)
    .from(waiting)
    .where(and(eq(waiting.vehicleId, vehicleId), stands))
    .orderBy(asc(waiting.createdAt), asc(waiting.id));
