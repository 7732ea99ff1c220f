import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { leases, locationViews } from '#db/schema/index';
import type { Role } from '#domain/identity/roles';
import { ONE_LOOK, type Looked } from '#domain/telematics/look';
import type { Context } from '../context.ts';

/** A look of staff at where a vehicle is or was. */
export interface Look {
  readonly viewerId: string;
  readonly role: Role;
  readonly vehicleId: string;
  readonly what: Looked;
  /** The time that was looked at. */
  readonly from: Date;
  readonly to: Date;
  /** Null where none was given. */
  readonly reason: string | null;
}

/**
 * Keeps a look on record for each customer who had the vehicle in the time that was looked at; where nobody had, it is
 * nobody's. The same look again, within minutes, is one.
 */
export async function recordLook({ tx, at }: Context, look: Look): Promise<void> {
  const { viewerId, role, vehicleId, what, from, to, reason } = look;
  // A lease's own clock may be ahead in development.
  const ahead = sql`${leases.clockOffsetMs} * interval '1 millisecond'`;
  const had = await tx
    .select({ id: leases.id })
    .from(leases)
    .where(
      and(
        eq(leases.vehicleId, vehicleId),
        sql`${leases.handedOverAt} - ${ahead} <= ${to.toISOString()}::timestamptz`,
        sql`coalesce(${leases.completedAt}, ${leases.endedAt}, 'infinity') - ${ahead} >= ${from.toISOString()}::timestamptz`,
      ),
    );
  for (const { id: leaseId } of had) {
    const same = [
      eq(locationViews.leaseId, leaseId),
      eq(locationViews.viewerId, viewerId),
      eq(locationViews.what, what),
      reason === null ? isNull(locationViews.reason) : eq(locationViews.reason, reason),
      gt(locationViews.at, new Date(at.getTime() - ONE_LOOK)),
    ];
    // Looks of one person at one lease one after the other, so that two at once are one.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`look:${leaseId}:${viewerId}`}, 0))`);
    const [before] = await tx
      .select({ id: locationViews.id })
      .from(locationViews)
      .where(and(...same))
      .limit(1);
    if (before !== undefined) continue;
    await tx.insert(locationViews).values({ id: uuidv7(), vehicleId, leaseId, viewerId, role, what, reason, at });
  }
}
