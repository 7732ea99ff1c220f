import { and, arrayContains, desc, eq, isNull, or } from 'drizzle-orm';
import type postgres from 'postgres';
import type { Queryable } from '../client.ts';
import { geofences } from '../schema/index.ts';
import type { Market } from '#domain/markets';
import type { Area } from '#domain/telematics/area';
import type { Fence } from '#domain/telematics/fence';
import { olderThan, type PagePlace } from './page.ts';

export type GeofenceRow = typeof geofences.$inferSelect;

/** Fences, newest first, one more than `limit` where there are more. */
export function listGeofences(
  db: Queryable,
  { after, limit }: { readonly after?: PagePlace | undefined; readonly limit: number },
): Promise<GeofenceRow[]> {
  const beyond = olderThan(after, geofences.createdAt, geofences.id);
  return db
    .select()
    .from(geofences)
    .where(beyond)
    .orderBy(desc(geofences.createdAt), desc(geofences.id))
    .limit(limit + 1);
}

export async function findGeofence(db: Queryable, id: string): Promise<GeofenceRow | null> {
  const [row] = await db.select().from(geofences).where(eq(geofences.id, id));
  return row ?? null;
}

/** Another text whenever anything about any fence is another. */
export async function fencesVersion(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ version: string }[]>`
    select coalesce(md5(string_agg(id || ':' || version, ',' order by id)), '') as version from telematics.geofences`;
  return row?.version ?? '';
}

/** Every fence that a vehicle can be on the wrong side of, for those who judge by them. */
export async function loadFences(sql: postgres.Sql): Promise<Fence[]> {
  const rows = await sql<(Omit<Fence, 'inForceFrom'> & { readonly inForceFrom: Date })[]>`
    select id, name, polygon, rule, vehicle_ids as "vehicleIds", market, revision, in_force_from as "inForceFrom"
    from telematics.geofences where rule <> 'protected' order by id`;
  return rows.map((row) => ({ ...row, inForceFrom: row.inForceFrom.getTime() }));
}

/** Where a vehicle of a market is not to be stopped. */
export async function protectedAreas(
  db: Queryable,
  { vehicleId, market }: { readonly vehicleId: string; readonly market: Market },
): Promise<Area[]> {
  const { polygon, rule, vehicleIds, market: its } = geofences;
  const isFor = and(or(isNull(its), eq(its, market)), or(isNull(vehicleIds), arrayContains(vehicleIds, [vehicleId])));
  const rows = await db
    .select({ polygon })
    .from(geofences)
    .where(and(eq(rule, 'protected'), isFor));
  return rows.map((row) => row.polygon);
}
