import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import { standing } from '#domain/vehicles/queue';
import type { Queryable } from '../client.ts';
import { waiting } from '../schema/index.ts';
import type { Page } from './page.ts';
import { olderThan } from './page.ts';

const stands = inArray(waiting.status, [...standing]);

/** Which in its queue a row is, from 1; whoever has his turn is the first. */
const place = sql<number>`(
  select count(*)::int from vehicles.waiting w
  where w.vehicle_id = ${waiting.vehicleId} and w.status in ('waiting', 'called')
    and (w.created_at, w.id) <= (${waiting.createdAt}, ${waiting.id}))`;

const shown = {
  id: waiting.id,
  vehicleId: waiting.vehicleId,
  customerId: waiting.customerId,
  status: waiting.status,
  place,
  createdAt: waiting.createdAt,
  until: waiting.until,
};

export type Place = Awaited<ReturnType<typeof queueOf>>[number];

/** Who stands in the queue of a vehicle, the first first. */
export const queueOf = (db: Queryable, vehicleId: string) =>
  db
    .select(shown)
    .from(waiting)
    .where(and(eq(waiting.vehicleId, vehicleId), stands))
    .orderBy(asc(waiting.createdAt), asc(waiting.id));

/** The queues in which a customer stands, the last that he joined first. */
export const placesOf = (db: Queryable, customerId: string, { limit, before }: Page) =>
  db
    .select(shown)
    .from(waiting)
    .where(and(eq(waiting.customerId, customerId), stands, olderThan(before, waiting.createdAt, waiting.id)))
    .orderBy(desc(waiting.createdAt), desc(waiting.id))
    .limit(limit);
