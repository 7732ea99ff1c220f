import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { leases, locationViews } from '#db/schema/index';
import type { Role } from '#domain/identity/roles';
import { ONE_LOOK, type Looked } from '#domain/telematics/look';
import type { Context } from '../context.ts';

/** Who of the staff looks, at what, and why. */
interface Looking {
  readonly viewerId: string;
  readonly role: Role;
  readonly what: Looked;
  /** Null where none was given. */
  readonly reason: string | null;
}

/** A look of staff at where vehicles are or were. */
export interface Look extends Looking {
  readonly vehicleIds: readonly string[];
  /** The time that was looked at. */
  readonly from: Date;
  readonly to: Date;
}

/** Whose vehicle was where. */
interface Had {
  readonly leaseId: string;
  readonly vehicleId: string;
}

/**
 * Keeps a look on record for each customer who had one of the vehicles in the time that was looked at; where nobody had,
 * it is nobody's. The same look again, within minutes, is one. A map of a fleet takes as many statements as one vehicle.
 */
export async function recordLook(context: Context, look: Look): Promise<void> {
  const { vehicleIds, from, to } = look;
  // A lease's own clock may be ahead in development.
  const ahead = sql`${leases.clockOffsetMs} * interval '1 millisecond'`;
  const had = await context.tx
    .select({ leaseId: leases.id, vehicleId: leases.vehicleId })
    .from(leases)
    .where(
      and(
        inArray(leases.vehicleId, [...vehicleIds]),
        sql`${leases.handedOverAt} - ${ahead} <= ${to.toISOString()}::timestamptz`,
        sql`coalesce(${leases.completedAt}, ${leases.endedAt}, 'infinity') - ${ahead} >= ${from.toISOString()}::timestamptz`,
      ),
    );
  await recordSeen(context, look, had);
}

/** Keeps a look on record for the customers of these leases; the same again, within minutes, is one. */
export async function recordSeen(
  { tx, at }: Context,
  { viewerId, role, what, reason }: Looking,
  had: readonly Had[],
): Promise<void> {
  if (had.length === 0) return;
  // Looks of one person one after the other, so that two at once are one.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`look:${viewerId}`}, 0))`);
  const same = await tx
    .select({ leaseId: locationViews.leaseId })
    .from(locationViews)
    .where(
      and(
        inArray(
          locationViews.leaseId,
          had.map(({ leaseId }) => leaseId),
        ),
        eq(locationViews.viewerId, viewerId),
        eq(locationViews.what, what),
        reason === null ? isNull(locationViews.reason) : eq(locationViews.reason, reason),
        gt(locationViews.at, new Date(at.getTime() - ONE_LOOK)),
      ),
    );
  const known = new Set(same.map(({ leaseId }) => leaseId));
  const seen = new Map(had.filter(({ leaseId }) => !known.has(leaseId)).map((one) => [one.leaseId, one]));
  if (seen.size === 0) return;
  await tx.insert(locationViews).values(
    Array.from(seen.values(), ({ leaseId, vehicleId }) => ({
      id: uuidv7(),
      leaseId,
      vehicleId,
      viewerId,
      role,
      what,
      reason,
      at,
    })),
  );
}
