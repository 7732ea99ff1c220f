import { uuidv7 } from 'uuidv7';
import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { immobilisations, leases } from '#db/schema/index';
import { isOwned, isRunning } from '#domain/leases/status';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { EMERGENCY_HOURS, isDebt, type StopCause, type EndReason } from '#domain/telematics/immobilisation/episode';
import { record, type Context } from '../context.ts';
import { commandVehicle, notifyImmobilisation, tellToMove } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, startNow, type EpisodeRow } from '../immobilisation/episode-record.ts';
import { liftEpisode } from '../leases/lift-episode.ts';
import { movesAgain } from '../leases/lift-immobilisation.ts';
import type { ImmobilisationDependencies } from './dependencies.ts';
import { onVehicle } from './on-vehicle.ts';

/**
 * A member of staff has a vehicle moved, whatever it does and owes: always allowed and always told, and it outranks. What is
 * under way ends with it; a stop for the same debt takes another warning.
 */
export function mobiliseVehicle(
  { db }: Pick<ImmobilisationDependencies, 'db'>,
  actor: Actor,
  vehicleId: string,
): Promise<EpisodeRow> {
  return onVehicle(db, actor, vehicleId, async (context, { episode, lease }) => {
    const after = episode === null ? null : await liftEpisode(context, episode, 'order_withdrawn');
    if (lease !== null && lease.row.status === 'immobilised') await movesAgain(context, lease.row.id, 'in_arrears');
    if (after === null || after.state === 'ended')
      return startVehicle(context, { vehicleId, cause: 'staff', reason: 'order_withdrawn' });
    // Whoever stands beside it is not to wait for the next try.
    await tellToMove(context, after);
    return after;
  });
}

/** Begins an immobilisation with its end: the vehicle is told to move until it is seen to. Call it where none is open. */
export async function startVehicle(
  context: Context,
  { vehicleId, cause, reason }: { readonly vehicleId: string; readonly cause: StopCause; readonly reason: EndReason },
): Promise<EpisodeRow> {
  const { tx, at, actor } = context;
  const leaseId = await leaseOf(context, vehicleId);
  const values = { vehicleId, leaseId, cause, state: 'starting', endReason: reason, orderedBy: actor } as const;
  const [episode] = await tx
    .insert(immobilisations)
    .values({ id: uuidv7(), ...values, commanded: true, startingAt: new Date(), createdAt: at })
    .returning();
  if (episode === undefined) throw new Error('an immobilisation vanished');
  const { id: immobilisationId } = episode;
  await record(context, {
    key: `immobilisation:${immobilisationId}:starting`,
    type: 'vehicle.start_ordered',
    subject: vehicleId,
    detail: { immobilisationId, cause },
  });
  await tellToMove(context, episode);
  return episode;
}

/** The lease by which somebody has the vehicle, or by which it is his: who is to have the code where no network reaches it. */
async function leaseOf({ tx }: Context, vehicleId: string): Promise<string | null> {
  const [newest] = await tx
    .select({ id: leases.id, status: leases.status })
    .from(leases)
    .where(and(eq(leases.vehicleId, vehicleId), isNotNull(leases.handedOverAt)))
    .orderBy(desc(leases.handedOverAt))
    .limit(1);
  return newest !== undefined && (isRunning(newest.status) || isOwned(newest.status)) ? newest.id : null;
}

/**
 * A stopped vehicle moves for 48 hours on the lease's clock, once an immobilisation, whatever is owed: somebody is ill, or
 * has to fetch the money. The gates are asked again after that.
 *
 * @throws Problem emergency_restart_used where it was granted before; vehicle_not_stopped where no debt stops it, or is about to;
 * invalid_state while it is reported stolen
 */
export function emergencyRestart(
  { db }: Pick<ImmobilisationDependencies, 'db'>,
  actor: Actor,
  vehicleId: string,
): Promise<EpisodeRow> {
  return onVehicle(db, actor, vehicleId, async (context, { episode, lease }) => {
    if (episode === null || lease === null || !isDebt(episode.cause)) throw new Problem('vehicle_not_stopped');
    if (episode.emergencyUntil !== null) throw new Problem('emergency_restart_used');
    if (!['waiting', 'stopping', 'stopped'].includes(episode.state)) throw new Problem('vehicle_not_stopped');
    // Whoever has it now is not who leases it.
    if (lease.row.status === 'stolen')
      throw new Problem(
        'invalid_state',
        'the vehicle was reported stolen: it moves again when it is found, or by an order of staff',
      );
    const { id: immobilisationId } = episode;
    const emergencyUntil = new Date(context.at.getTime() + EMERGENCY_HOURS * 3_600_000);
    const after = await changeEpisode(context.tx, episode, {
      emergencyUntil,
      ...(episode.commanded ? startNow() : { state: 'waiting' }),
    });
    await record(context, {
      key: `immobilisation:${immobilisationId}:emergency`,
      type: 'vehicle.emergency_restart',
      subject: vehicleId,
      leaseId: lease.row.id,
      leaseStatus: lease.row.status,
      detail: { immobilisationId, until: emergencyUntil.toISOString() },
    });
    if (after.state === 'starting')
      await commandVehicle(context, { vehicleId, type: 'mobilise', immobilisationId, leaseId: lease.row.id });
    await movesAgain(context, lease.row.id, 'in_arrears');
    await notifyImmobilisation(context.tx, vehicleId);
    return after;
  });
}
