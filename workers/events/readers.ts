import type { Running } from '#platform/lifecycle';
import { erasureReader } from '#use-cases/kyc/erasure-reader';
import { leaseReader } from '#use-cases/leases/lease-reader';
import type { WorkerDependencies } from '../create-workers.ts';
import { startReader } from './reader.ts';

/** Starts what tells the workflows of the capabilities that this process works for what happened beside them. */
export async function startReaders({ config, log, db, sql, temporal }: WorkerDependencies): Promise<Running> {
  const readers = {
    leases: () => leaseReader({ db, temporal, config }),
    kyc: () => erasureReader(temporal),
  };
  const wanted = (['leases', 'kyc'] as const).filter((kind) => config.WORKERS.includes(kind));
  const running = await Promise.all(wanted.map((kind) => startReader({ database: { db, sql }, log }, readers[kind]())));
  return {
    async stop() {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}
