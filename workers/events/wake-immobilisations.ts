import type { DatabaseConnection } from '#db/client';
import type { Running } from '#platform/running';
import { wakeImmobilisation } from '#steering/wake-immobilisation';
import type { WorkerDependencies } from '../create-workers.ts';

/**
 * Wakes the workflow of a vehicle as soon as something of its immobilisation is committed, and starts it where it does not
 * run. What is lost on the way, as while the database restarts, the workflow and the lease find by themselves at their next look.
 */
export async function wakeImmobilisations(
  deps: Pick<WorkerDependencies, 'config' | 'log' | 'temporal'> & { readonly sql: DatabaseConnection['sql'] },
): Promise<Running> {
  const underWay = new Set<Promise<void>>();
  const wake = (vehicleId: string) => {
    const waking = wakeImmobilisation(deps, vehicleId)
      .catch((error: unknown) => deps.log.warn({ err: error, vehicleId }, 'an immobilisation is not woken'))
      .finally(() => underWay.delete(waking));
    underWay.add(waking);
  };
  const subscription = await deps.sql.listen('telematics_immobilisations', wake);
  return {
    async stop() {
      await subscription.unlisten();
      await Promise.all(underWay);
    },
  };
}
