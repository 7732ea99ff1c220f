import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import mqtt, { type MqttClient } from 'mqtt';
import { uuidv7 } from 'uuidv7';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { createApp } from '#api/app';
import { serveHttp, type HttpServer } from '#api/serve';
import { sessions, users } from '#db/schema/index';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { createTokenIssuer } from '#platform/tokens';
import { startTelematics, type Telematics } from '#workers/telematics/process';
import type { Measurement } from './run.ts';
import { newTrackers, type BenchTracker } from './tracker-fleet.ts';
import { startBenchDatabase, type BenchDatabase } from './world.ts';

/*
 * How long a position takes from a tracker to a WebSocket while a thousand vehicles say one a second: broker, judgement,
 * commit, NOTIFY, the row read again, the socket. The bare limit is the same messages from the same broker to a
 * subscriber of MQTT, which waits for no commit. A larger figure is better, so it is 99th percentiles that fit into a second.
 */
const TRACKERS = 1_000;
const SECONDS = 8;
/** Seconds at the beginning that do not count. */
const WARM = 2;
const STEP_MS = 10;

let database: BenchDatabase | undefined;
let telematics: Telematics | undefined;
let server: HttpServer | undefined;
let connection: Connection | undefined;
let fleet: { readonly trackers: BenchTracker[]; readonly clients: MqttClient[] } | undefined;

export const name = 'live, tracker to WebSocket';

const position = z.object({ ts: z.coerce.date() });

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(6);
  const config = { ...database.config, MQTT_HOST: '127.0.0.1', MQTT_PORT: 0 };
  telematics ??= await startTelematics(config, createLogger('bench', 'fatal'));
  connection ??= Connection.lazy({ address: config.TEMPORAL_ADDRESS });
  server ??= await serveHttp(createBenchApp(database, connection), 0, '127.0.0.1', 100);
  fleet ??= await connectFleet(database, telematics.port ?? 0);
  const { trackers } = fleet;
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/v1/live`, [
    'rto.v1',
    `bearer.${await tokenIn(database)}`,
  ]);
  const [seen, heard]: [number[], number[]] = [[], []];
  const isCounted = since();
  socket.on('message', (data: Buffer) => {
    const { ts } = position.parse(JSON.parse(data.toString()));
    if (isCounted()) seen.push(Date.now() - ts.getTime());
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', vehicleIds: trackers.map(({ vehicleId }) => vehicleId) }));
  const url = `mqtt://127.0.0.1:${telematics.port}`;
  const beside = await mqtt.connectAsync(url, { username: 'platform', password: config.MQTT_PLATFORM_PASSWORD });
  beside.on('message', (_, payload) => {
    const { ts } = position.parse(JSON.parse(payload.toString()));
    if (isCounted()) heard.push(Date.now() - ts.getTime());
  });
  await beside.subscribeAsync('trackers/+/telemetry');
  await drive(fleet);
  socket.terminate();
  await beside.endAsync(true);
  const [ours, bare] = [p99(seen), p99(heard)];
  process.stdout.write(
    `  ${seen.length} positions seen, p99 ${ours} ms; ${heard.length} heard by MQTT, p99 ${bare} ms\n`,
  );
  return { ours: 1_000 / ours, bare: 1_000 / bare, unit: 'p99/s' };
}

function since(): () => boolean {
  const began = Date.now();
  return () => Date.now() - began > WARM * 1_000;
}

const p99 = (all: readonly number[]) =>
  Math.max(1, all.toSorted((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? Number.NaN);

/** Every vehicle once a second, all over it. */
async function drive({ trackers, clients }: NonNullable<typeof fleet>): Promise<void> {
  const began = Date.now();
  for (let said = 0; said < SECONDS * TRACKERS;) {
    const due = Math.min(SECONDS * TRACKERS, Math.floor(((Date.now() - began) / 1_000) * TRACKERS));
    for (; said < due; said += 1) {
      const tracker = trackers[said % TRACKERS];
      const fix = {
        ts: Date.now(),
        lat: 0.3476 + said * 1e-8,
        lon: 32.5825,
        speedKph: 40,
        heading: 90,
        ignition: true,
      };
      clients[said % TRACKERS]?.publish(`trackers/${tracker?.id}/telemetry`, JSON.stringify(fix), { qos: 1 });
    }
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

async function connectFleet(made: BenchDatabase, port: number) {
  const trackers = await newTrackers(made, TRACKERS);
  const clients: MqttClient[] = [];
  for (const { id, password } of trackers)
    clients.push(await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username: id, password, protocolVersion: 4 }));
  return { trackers, clients };
}

function createBenchApp({ config: given, db, sql }: BenchDatabase, to: Connection) {
  const texts = {
    AFRICASTALKING_BASE_URL: 'http://localhost:1',
    AFRICASTALKING_USERNAME: 'b',
    AFRICASTALKING_API_KEY: 'b',
  };
  const config = { ...given, ...texts };
  const temporal = new Client({ connection: to });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  return createApp({ config, log: createLogger('bench', 'fatal'), db, sql, temporal, encryption });
}

async function tokenIn({ config, db }: BenchDatabase): Promise<string> {
  const userId = uuidv7();
  const sessionId = uuidv7();
  await db.insert(users).values({ id: userId, role: 'admin', name: 'Bench', email: `${randomUUID()}@example.com` });
  await db.insert(sessions).values({ id: sessionId, userId, expiresAt: new Date(Date.now() + 3_600_000) });
  return createTokenIssuer(config).issue({ userId, role: 'admin', sessionId });
}

export async function close(): Promise<void> {
  await Promise.all((fleet?.clients ?? []).map((client) => client.endAsync(true)));
  await server?.stop();
  await telematics?.stop();
  await connection?.close();
  await database?.close();
}
