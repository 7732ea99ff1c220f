import { and, eq, sql } from 'drizzle-orm';
import { leases } from '#db/schema/index';
import { lifted, type EndReason } from '#domain/telematics/immobilisation/episode';
import { closeCaseAbout } from '../cases/close-case.ts';
import { record, type Context } from '../context.ts';
import { notifyImmobilisation, tellToMove } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, startNow, type EpisodeRow } from '../immobilisation/episode-record.ts';

/**
 * The reason to stop a vehicle is gone: what may be stopped is told to move in this very transaction, what was not told
 * to stop is over. Call it with the lease and the immobilisation locked. Again it changes nothing.
 */
export async function liftEpisode(context: Context, before: EpisodeRow, reason: EndReason): Promise<EpisodeRow> {
  const { tx } = context;
  if (before.endReason !== null) return before;
  const { vehicleId, leaseId, id: immobilisationId } = before;
  await record(context, {
    key: `immobilisation:${immobilisationId}:lifted`,
    type: 'vehicle.immobilisation_lifted',
    subject: vehicleId,
    leaseId,
    detail: { immobilisationId, reason, was: before.state },
  });
  if (lifted(before.state, before.commanded) === 'ended')
    return endEpisode(context, await changeEpisode(tx, before, { endReason: reason }));
  const after = await changeEpisode(tx, before, {
    ...(before.state === 'starting' ? {} : startNow()),
    endReason: reason,
  });
  await tellToMove(context, after);
  return after;
}

/** It is over, and its lease free for another. Its reason stands in it already. */
export async function endEpisode(context: Context, before: EpisodeRow): Promise<EpisodeRow> {
  const { tx } = context;
  const after = await changeEpisode(tx, before, { state: 'ended', endedAt: new Date(), commanded: false });
  if (before.leaseId !== null)
    await tx
      .update(leases)
      .set({ immobilisationId: null, version: sql`${leases.version} + 1` })
      .where(and(eq(leases.id, before.leaseId), eq(leases.immobilisationId, before.id)));
  await closeCaseAbout(context, 'vehicle_not_started', before.id, 'the vehicle moves');
  await closeCaseAbout(context, 'warning_unconfirmed', before.id, 'nobody is to be stopped any more');
  await notifyImmobilisation(context.tx, before.vehicleId);
  return after;
}
