import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { trackers, vehicles } from '#db/schema/index';
import { createEncryption } from '#platform/encryption';
import type { BenchDatabase } from './world.ts';

export interface BenchTracker {
  readonly id: string;
  readonly vehicleId: string;
  readonly password: string;
}

/** New vehicles with trackers: those of an earlier round have used up what they may send at once. */
export async function newTrackers({ db, config }: BenchDatabase, count: number): Promise<BenchTracker[]> {
  const passwordEncrypted = createEncryption(config.ENCRYPTION_KEYS).encrypt('bench');
  const made = Array.from({ length: count }, () => ({ id: uuidv7(), vehicleId: uuidv7(), password: 'bench' }));
  await db.insert(vehicles).values(
    made.map(({ vehicleId }) => ({
      id: vehicleId,
      type: 'motorcycle' as const,
      make: 'Bajaj',
      model: 'Boxer',
      year: 2025,
      market: 'UG' as const,
      price: 5_000_000,
      currency: 'UGX' as const,
      registration: vehicleId.slice(-12),
      vin: vehicleId,
    })),
  );
  await db
    .insert(trackers)
    .values(made.map(({ id, vehicleId }) => ({ id, vehicleId, kind: 'native' as const, passwordEncrypted })));
  return made;
}

/** Lets every tracker publish so many messages at the broker. @returns messages acknowledged a second */
export async function publishAll(port: number, fleet: readonly BenchTracker[], messages: number): Promise<number> {
  const child = fork(fileURLToPath(new URL('./tracker-load.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  try {
    child.send({ port, messages, trackers: fleet });
    await answerOf(child);
    child.send('go');
    const { seconds } = z.object({ seconds: z.number() }).parse(await answerOf(child));
    return (fleet.length * messages) / seconds;
  } finally {
    child.kill();
  }
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the trackers have ended with ${code}`)));
  });
}
