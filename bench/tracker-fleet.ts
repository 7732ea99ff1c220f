import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { trackers, vehicles } from '#db/schema/index';
import { imeiOf } from '#dev/trackers/dialects/avl';
import { createEncryption } from '#platform/encryption';
import type { BenchDatabase } from './world.ts';

export interface BenchTracker {
  readonly id: string;
  readonly vehicleId: string;
  readonly password: string;
  /** IMEI of a unit that logs in by it. */
  readonly serial: string | null;
}

/** New vehicles with trackers: those of an earlier round have used up what they may send at once. */
export async function newTrackers(
  { db, config }: BenchDatabase,
  count: number,
  kind: 'native' | 'teltonika' = 'native',
): Promise<BenchTracker[]> {
  const passwordEncrypted = createEncryption(config.ENCRYPTION_KEYS).encrypt('bench');
  const made = Array.from({ length: count }, () => {
    const vehicleId = uuidv7();
    return { id: uuidv7(), vehicleId, password: 'bench', serial: kind === 'native' ? null : imeiOf(vehicleId) };
  });
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
    .values(made.map(({ id, vehicleId, serial }) => ({ id, vehicleId, kind, serial, passwordEncrypted })));
  return made;
}

/** Lets every tracker say so many messages, as `load` has it. @returns messages acknowledged a second */
export async function publishAll(
  port: number,
  fleet: readonly BenchTracker[],
  messages: number,
  load = new URL('./tracker-load.ts', import.meta.url),
): Promise<number> {
  const child = fork(fileURLToPath(load), { execArgv: ['--import', 'tsx'] });
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
