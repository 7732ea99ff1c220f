import { and, eq, inArray, ne } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import { immobilisations, leases, vehicles } from '#db/schema/index';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import type { Actor } from '#domain/identity/roles';
import { transact, type Context } from '../context.ts';
import { lockEpisode, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { lockLease, type LeaseRecord } from '../leases/lease-record.ts';

/** A vehicle as what is to be done to it holds it: the lease that has it and its open immobilisation, both locked. */
export interface HeldVehicle {
  readonly vehicleId: string;
  readonly lease: LeaseRecord | null;
  readonly episode: EpisodeRow | null;
}

/**
 * Does something to a vehicle in one transaction, on the clock of the lease that has it. Leases are locked before vehicles, and
 * these before immobilisations, everywhere, so that a payment and whoever stops the vehicle happen in turn.
 *
 * @param before what is done before anything is locked
 */
export async function onVehicle<T>(
  db: Database,
  actor: Actor,
  vehicleId: string,
  work: (context: Context, held: HeldVehicle) => Promise<T>,
  before: (context: Context) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const [running] = await db
    .select()
    .from(leases)
    .where(and(eq(leases.vehicleId, vehicleId), inArray(leases.status, leaseStatuses.filter(isRunning))))
    .limit(1);
  const over = await leaseOfEpisode(db, vehicleId);
  const clock = running ?? over;
  return transact(db, actor, clock === undefined ? new Date() : leaseClock(clock), async (context) => {
    await before(context);
    // Of one that is over only the row is freed.
    if (over !== undefined && over.id !== running?.id) await lockLease(context.tx, over.id);
    const lease = running === undefined ? null : await lockLease(context.tx, running.id);
    const isThere = lease !== null && isRunning(lease.row.status);
    // Of a vehicle that nobody has there may be nothing else to lock yet.
    await context.tx.select({ id: vehicles.id }).from(vehicles).where(eq(vehicles.id, vehicleId)).for('no key update');
    return work(context, {
      vehicleId,
      lease: isThere ? lease : null,
      episode: await lockEpisode(context.tx, vehicleId),
    });
  });
}

async function leaseOfEpisode(db: Database, vehicleId: string): Promise<LeaseRow | undefined> {
  const [found] = await db
    .select({ lease: leases })
    .from(immobilisations)
    .innerJoin(leases, eq(leases.id, immobilisations.leaseId))
    .where(and(eq(immobilisations.vehicleId, vehicleId), ne(immobilisations.state, 'ended')));
  return found?.lease;
}
