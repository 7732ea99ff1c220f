import { createHmac } from 'node:crypto';
import { and, desc, eq } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import type { TrackerRow } from '#db/queries/telematics';
import { leases, notifications, trackers, vehicleCommands } from '#db/schema/index';
import { isOwned, isRunning } from '#domain/leases/status';
import { nextToken, RESTART_DAYS } from '#domain/telematics/immobilisation/restart-code';
import type { Advance } from '#domain/telematics/wire';
import { record, type Context } from '../context.ts';
import { trackerOf } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, type EpisodeRow } from '../immobilisation/episode-record.ts';
import type { ImmobilisationDependencies } from './dependencies.ts';

/** What a unit makes its codes from, by the password that it shares with us: 16 bytes. */
export const codeKey = (password: string): Uint8Array =>
  createHmac('sha256', password).update('restart-code').digest().subarray(0, 16);

/**
 * Makes the code with which the customer starts a vehicle that no network reaches, one for each reason to start it. Asked
 * again it is the same, until the text that carries it is on record: it is not lost with whoever was to send it.
 *
 * @returns the text; null where it is on record, or nobody is to have it: a vehicle that was taken back is not started.
 */
export async function makeRestartCode(
  context: Context,
  { encryption }: Pick<ImmobilisationDependencies, 'encryption'>,
  episode: EpisodeRow,
): Promise<NonNullable<Advance['text']> | null> {
  const { tx } = context;
  const { id, vehicleId, leaseId } = episode;
  const tracker = await stoppedTracker(tx, episode);
  // Only a native unit has a keypad.
  if (leaseId === null || tracker?.kind !== 'native' || !(await isTheirs(tx, leaseId))) return null;
  const isGiven = episode.codeAt !== null && episode.startingAt !== null && episode.codeAt >= episode.startingAt;
  const isMade = isGiven && tracker.codeCount > 0;
  const last = isMade ? tracker.codeCount - 1 : tracker.codeCount;
  const token = nextToken(codeKey(encryption.decrypt(tracker.passwordEncrypted)), last, RESTART_DAYS);
  // Each unit counts its own, and may be changed for another while the vehicle moves for now.
  const key = `restart-code:${id}:${tracker.id}:${token.count}`;
  if (isMade && (await tx.$count(notifications, eq(notifications.key, key))) > 0) return null;
  if (!isMade) {
    await tx.update(trackers).set({ codeCount: token.count }).where(eq(trackers.id, tracker.id));
    await changeEpisode(tx, episode, { codeAt: new Date() });
    // Its count, and never the code.
    await record(context, {
      key: `immobilisation:${id}:code:${tracker.id}:${token.count}`,
      type: 'vehicle.restart_code_made',
      subject: vehicleId,
      leaseId,
      detail: { immobilisationId: id, trackerId: tracker.id, count: token.count },
    });
  }
  // Without a time: it waits for no morning.
  return { key, message: { template: 'restart_code', code: token.digits } };
}

async function isTheirs(tx: Transaction, leaseId: string): Promise<boolean> {
  const [lease] = await tx.select({ status: leases.status }).from(leases).where(eq(leases.id, leaseId));
  if (lease === undefined) return false;
  // Who has a stolen vehicle is not who leases it.
  return isOwned(lease.status) || (isRunning(lease.status) && lease.status !== 'stolen');
}

/** The unit that holds the vehicle: the one that was told to stop last, also where it is out of use; else the one in use. */
async function stoppedTracker(tx: Transaction, { id, vehicleId }: EpisodeRow): Promise<TrackerRow | null> {
  const isStop = and(eq(vehicleCommands.immobilisationId, id), eq(vehicleCommands.type, 'immobilise'));
  const [stopped] = await tx
    .select({ tracker: trackers })
    .from(vehicleCommands)
    .innerJoin(trackers, eq(trackers.id, vehicleCommands.trackerId))
    .where(isStop)
    .orderBy(desc(vehicleCommands.issuedAt))
    .limit(1);
  return stopped?.tracker ?? trackerOf(tx, vehicleId);
}
