import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { immobilisedVehicles } from '#db/queries/immobilisations';
import { attemptEach } from '#platform/attempt-each';
import type { Logger } from '#platform/log';
import { ensureImmobilisation } from '#steering/wake-immobilisation';

interface Ensuring {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Starts the workflows of immobilisations that were not woken, or were terminated.
 *
 * @param beat is called after each
 */
export async function ensureImmobilisations({ db, temporal, config, log }: Ensuring, beat: () => void): Promise<void> {
  const unwoken = await attemptEach(await immobilisedVehicles(db), async (vehicleId) => {
    await ensureImmobilisation({ temporal, config }, vehicleId);
    beat();
  });
  for (const { item: vehicleId, error } of unwoken)
    log.error({ err: error, vehicleId }, 'the workflow of an immobilisation is not started');
}
