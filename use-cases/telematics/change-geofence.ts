import { isDeepStrictEqual } from 'node:util';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { GeofenceRow } from '#db/queries/geofences';
import { geofences, riskEvents } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';
import { matchVersion } from '../match-version.ts';
import { announceGeofences, inForceFrom, marketsOf, refuseAbroad, type NewGeofence } from './make-geofence.ts';

export type GeofenceChanges = { readonly [Field in keyof NewGeofence]?: NewGeofence[Field] | undefined };

/**
 * Changes a fence. With another area, rule or vehicles it is another one: what went on by it ends, and a vehicle that
 * is where it now forbids is told of anew. What changes nothing is no change.
 *
 * @param versions what If-Match accepts
 * @throws Problem not_found, precondition_failed, unprocessable for vehicles and area as `makeGeofence`.
 */
export async function changeGeofence(
  context: Context,
  id: string,
  changes: GeofenceChanges,
  versions?: readonly number[],
): Promise<GeofenceRow> {
  const { tx, at } = context;
  const before = await lockGeofence(context, id, versions);
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const after: GeofenceRow = { ...before, ...given };
  if (isDeepStrictEqual(before, after)) return before;
  const concerned = await marketsOf(context, after.vehicleIds, after.market);
  const isAnother = !isDeepStrictEqual({ ...before, name: '' }, { ...after, name: '' });
  if (isAnother) refuseAbroad(after.polygon, concerned);
  const { name, polygon, rule, vehicleIds, market } = after;
  const another = isAnother ? { revision: before.revision + 1, inForceFrom: inForceFrom(at) } : {};
  const [row] = await tx
    .update(geofences)
    .set({ name, polygon, rule, vehicleIds, market, ...another, updatedAt: at })
    .where(eq(geofences.id, id))
    .returning();
  if (row === undefined) throw new Problem('not_found');
  if (isAnother) await endEpisodes(context, id);
  await record(context, { type: 'geofence.updated', subject: id, detail: { fields: Object.keys(given) } });
  await announceGeofences(context);
  return row;
}

/** Takes a fence away; what went on by it ends. @throws Problem not_found, precondition_failed */
export async function removeGeofence(context: Context, id: string, versions?: readonly number[]): Promise<void> {
  await lockGeofence(context, id, versions);
  await context.tx.delete(geofences).where(eq(geofences.id, id));
  await endEpisodes(context, id);
  await record(context, { type: 'geofence.removed', subject: id });
  await announceGeofences(context);
}

async function lockGeofence(
  { tx }: Context,
  id: string,
  versions: readonly number[] | undefined,
): Promise<GeofenceRow> {
  const [row] = await tx.select().from(geofences).where(eq(geofences.id, id)).for('update');
  if (row === undefined) throw new Problem('not_found');
  matchVersion(row.version, versions);
  return row;
}

async function endEpisodes({ tx, at }: Context, id: string): Promise<void> {
  const ofFence = sql`${riskEvents.details} ->> 'geofenceId' = ${id} and ${riskEvents.details} ? 'geofenceId'`;
  await tx
    .update(riskEvents)
    .set({ endedAt: sql`greatest(${riskEvents.occurredAt}, ${at.toISOString()}::timestamptz)` })
    .where(and(ofFence, isNull(riskEvents.endedAt)));
}
