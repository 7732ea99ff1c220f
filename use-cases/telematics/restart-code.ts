import { createHmac } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { trackers } from '#db/schema/index';
import { nextToken, RESTART_DAYS } from '#domain/telematics/immobilisation/restart-code';
import type { Advance } from '#domain/telematics/wire';
import { record, type Context } from '../context.ts';
import { trackerOf } from '../immobilisation/command-vehicle.ts';
import { changeEpisode, type EpisodeRow } from '../immobilisation/lift-episode.ts';
import type { ImmobilisationDependencies } from './dependencies.ts';

/** What a unit makes its codes from, by the password that it shares with us: 16 bytes. */
export const codeKey = (password: string): Uint8Array =>
  createHmac('sha256', password).update('restart-code').digest().subarray(0, 16);

/**
 * Makes the code with which the customer starts a vehicle that no network reaches, once an immobilisation.
 *
 * @returns the text that carries it; null where there is one already, or nobody to send it to.
 */
export async function makeRestartCode(
  context: Context,
  { encryption }: Pick<ImmobilisationDependencies, 'encryption'>,
  episode: EpisodeRow,
): Promise<NonNullable<Advance['text']> | null> {
  const { tx } = context;
  const { id, vehicleId, leaseId } = episode;
  if (episode.codeAt !== null || leaseId === null) return null;
  const tracker = await trackerOf(tx, vehicleId);
  if (tracker === null) return null;
  const token = nextToken(codeKey(encryption.decrypt(tracker.passwordEncrypted)), tracker.codeCount, RESTART_DAYS);
  await tx.update(trackers).set({ codeCount: token.count }).where(eq(trackers.id, tracker.id));
  await changeEpisode(tx, episode, { codeAt: new Date() });
  // Its count, and never the code.
  await record(context, {
    key: `immobilisation:${id}:code`,
    type: 'vehicle.restart_code_made',
    subject: vehicleId,
    leaseId,
    detail: { immobilisationId: id, trackerId: tracker.id, count: token.count },
  });
  const key = `restart-code:${id}:${token.count}`;
  return { key, message: { template: 'restart_code', code: token.digits }, at: context.at.toISOString() };
}
