import type { Context } from '../context.ts';
import { tellToMove } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, startNow, type EpisodeRow } from '../immobilisation/episode-record.ts';
import type { LeaseRecord } from '../leases/lease-record.ts';
import { movesAgain } from '../leases/lift-immobilisation.ts';

/** Whether an emergency restart runs, on the lease's clock. There is none of a stolen vehicle. */
export const isEmergency = ({ at }: Context, { cause, emergencyUntil }: EpisodeRow): boolean =>
  cause !== 'theft' && emergencyUntil !== null && at < emergencyUntil;

/** A vehicle that stands while it may not is told to move. Its immobilisation goes on: the gates are asked again after that. */
export async function moveForNow(context: Context, lease: LeaseRecord | null, before: EpisodeRow): Promise<EpisodeRow> {
  const after = await changeEpisode(context.tx, before, {
    ...startNow(),
    commanded: true,
  });
  await tellToMove(context, after);
  if (lease !== null) await movesAgain(context, lease.row.id, 'in_arrears');
  return after;
}
