import { createServer, type Server, type Socket } from 'node:net';
import { createLogger } from '#platform/log';
import { startTelematics, type Telematics } from '#workers/telematics/process';
import type { Measurement } from './run.ts';
import { newTrackers, publishAll } from './tracker-fleet.ts';
import { startBenchDatabase, type BenchDatabase } from './world.ts';
import { portOf } from '#platform/listen';

/*
 * A record of Codec 8 Extended from the unit's socket to its acknowledgement. Ours: the unit is let in by its IMEI, the
 * frame is checked and read, its records are judged and stored with the latest position in a transaction, and their
 * number is answered after the commit. The bare limit answers each frame at once and reads nothing of it.
 */
const UNITS = 400;
/** Records of a unit, in frames of 20: a unit waits for the answer to each. */
const RECORDS = 200;

let database: BenchDatabase | undefined;
let telematics: Telematics | undefined;
let bare: Server | undefined;

export const name = 'telematics, Teltonika TCP to commit to answer';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(4);
  const config = { ...database.config, MQTT_HOST: '127.0.0.1', MQTT_PORT: 0, TELTONIKA_PORT: 0 };
  telematics ??= await startTelematics(config, createLogger('bench', 'fatal'));
  bare ??= await startBare();
  const fleet = await newTrackers(database, UNITS, 'teltonika');
  const load = new URL('./teltonika-load.ts', import.meta.url);
  const ours = await publishAll(telematics.teltonikaPort ?? 0, fleet, RECORDS, load);
  const limit = await publishAll(portOf(bare), fleet, RECORDS, load);
  return { ours, bare: limit, unit: 'records/s' };
}

/** Lets everybody in, and answers a frame by the number that it says. */
async function startBare(): Promise<Server> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.once('data', () => {
      socket.write(Buffer.from([1]));
      socket.on('data', answering(socket));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function answering(socket: Socket): (chunk: Buffer) => void {
  let bytes = Buffer.alloc(0);
  return (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    // Preamble, length, codec and number; after the data comes a check sum.
    while (bytes.length >= 10) {
      const end = 8 + bytes.readUInt32BE(4) + 4;
      if (bytes.length < end) return;
      const answer = Buffer.alloc(4);
      answer.writeUInt32BE(bytes[9] ?? 0);
      socket.write(answer);
      bytes = bytes.subarray(end);
    }
  };
}

export async function close(): Promise<void> {
  await telematics?.stop();
  bare?.close();
  await database?.close();
}
