import type { Running } from '#platform/running';
import { outboxReaders, type WorkerDependencies } from '../create-workers.ts';
import { startReader } from './reader.ts';
import { wakeImmobilisations } from './wake-immobilisations.ts';

/** Starts the readers of the capabilities that this process works for, and what wakes workflows. */
export async function startReaders(deps: WorkerDependencies): Promise<Running> {
  const { config, log, db, sql } = deps;
  const readers = outboxReaders(deps);
  const wanted = [...new Set(config.WORKERS)].flatMap((kind) => readers[kind] ?? []);
  const running = await Promise.all([
    ...wanted.map((reader) => startReader({ database: { db, sql }, log }, reader)),
    ...(config.WORKERS.includes('telematics') ? [wakeImmobilisations(deps)] : []),
  ]);
  return {
    async stop() {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}
