import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { immobilisations, trackers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { closedGate } from '#domain/telematics/immobilisation/gates';
import { record } from '../context.ts';
import { notifyImmobilisation } from '../immobilisation/command-vehicle.ts';
import type { EpisodeRow } from '../immobilisation/episode-record.ts';
import type { ImmobilisationDependencies } from './dependencies.ts';
import { gateFacts } from './gate-facts.ts';
import { onVehicle } from './on-vehicle.ts';

/**
 * The relay of a fitted vehicle is to be seen to stop and start it, before anybody may be stopped by it. Whoever asks stands
 * beside the vehicle: a gate that is closed refuses at once.
 *
 * @throws Problem immobilisation_under_way, or the code of the gate that is closed
 */
export async function testRelay(
  deps: ImmobilisationDependencies,
  actor: Actor,
  trackerId: string,
): Promise<EpisodeRow> {
  const [tracker] = await deps.db.select().from(trackers).where(eq(trackers.id, trackerId));
  if (tracker === undefined || tracker.revokedAt !== null) throw new Problem('not_found');
  const { vehicleId } = tracker;
  return onVehicle(deps.db, actor, vehicleId, async (context, { episode: open, lease }) => {
    if (open !== null) throw new Problem('immobilisation_under_way');
    const facts = await gateFacts(context, deps.config, { vehicleId, cause: 'relay_test', episode: null }, lease);
    const closed = closedGate(facts);
    if (closed !== null) throw new Problem(closed.code);
    const values = { vehicleId, cause: 'relay_test', state: 'waiting', orderedBy: actor } as const;
    const [episode] = await context.tx
      .insert(immobilisations)
      .values({ id: uuidv7(), ...values, createdAt: new Date() })
      .returning();
    if (episode === undefined) throw new Error('an immobilisation vanished');
    await record(context, {
      key: `immobilisation:${episode.id}:test`,
      type: 'tracker.relay_test',
      subject: vehicleId,
      detail: { immobilisationId: episode.id, trackerId },
    });
    await notifyImmobilisation(context.tx, vehicleId);
    return episode;
  });
}
