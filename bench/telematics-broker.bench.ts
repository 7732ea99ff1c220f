import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { createLogger } from '#platform/log';
import { startTelematics, type Telematics } from '#workers/telematics/process';
import { newTrackers, publishAll } from './tracker-fleet.ts';
import { startBenchDatabase, type BenchDatabase } from './world.ts';
import type { Measurement } from './run.ts';
import { portOf } from '#platform/listen';

/*
 * A position from the tracker's socket to its PUBACK. Ours: the embedded broker lets the tracker in, checks its
 * topic, reads and judges the position, stores it with the latest one in a transaction, and acknowledges after
 * the commit. The bare limit is the same broker library that acknowledges at once and keeps nothing.
 */
const TRACKERS = 400;
/** Below the 120 that a tracker may send at once. */
const MESSAGES = 100;

let database: BenchDatabase | undefined;
let telematics: Telematics | undefined;
let bare: { readonly aedes: Aedes; readonly server: Server } | undefined;

export const name = 'telematics, socket to commit to PUBACK';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(4);
  const config = { ...database.config, MQTT_HOST: '127.0.0.1', MQTT_PORT: 0 };
  telematics ??= await startTelematics(config, createLogger('bench', 'fatal'));
  bare ??= await startBare();
  const fleet = await newTrackers(database, TRACKERS);
  const ours = await publishAll(telematics.port ?? 0, fleet, MESSAGES);
  const limit = await publishAll(portOf(bare.server), fleet, MESSAGES);
  return { ours, bare: limit, unit: 'messages/s' };
}

async function startBare() {
  const aedes = await Aedes.createBroker({ concurrency: 1_000 });
  aedes.authorizePublish = (_client, _packet, callback) => callback(null);
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { aedes, server };
}

export async function close(): Promise<void> {
  await telematics?.stop();
  const { aedes, server } = bare ?? {};
  server?.close();
  await new Promise<void>((resolve) => (aedes === undefined ? resolve() : aedes.close(resolve)));
  await database?.close();
}
