import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { positions } from '#db/schema/index';
import { eventually } from '#dev/client';
import { answerFrame, frameOf, type AvlRecord } from '#dev/trackers/dialects/codec8';
import { createLogger } from '#platform/log';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';
import { Connections } from './connections.ts';
import { createIngest } from './ingest.ts';
import { TrackerRegistry } from './registry.ts';
import { startTeltonika } from './teltonika.ts';
import { Watches } from './watches.ts';

let world: TelematicsWorld;
beforeAll(async () => {
  world = await createTelematicsWorld();
});
afterAll(() => world.close());

const [locate, start] = ['01a209b6-d691-7e95-9f0a-5a770bab73a2', '01a209b6-d691-7e95-9f0a-5a770bab73a3'];
const place = (second: number): AvlRecord => ({
  ts: Math.floor(Date.now() / 1_000) * 1_000 - 60_000 + second * 1_000,
  lat: 0.3205,
  lon: 32.5796,
});

/** A unit that is logged in at a door of its own, and what that heard it answer. */
async function enter(imei: string) {
  const { sql } = world.database;
  const log = createLogger('test', 'silent');
  const registry = new TrackerRegistry(sql);
  const answers: unknown[] = [];
  const heard = (words: readonly { readonly kind: string }[]) =>
    Promise.resolve(void answers.push(...words.filter(({ kind }) => kind === 'answer')));
  const ingest = createIngest({ sql, log, registry, watches: new Watches(sql), heard });
  const deps = { host: '127.0.0.1', port: 0, log, ingest, connections: new Connections(() => {}), registry };
  const door = await startTeltonika({ ...deps, patience: 1_000 });
  const { id } = await world.newTracker({ kind: 'teltonika', serial: imei });
  const socket = createConnection({ host: '127.0.0.1', port: door.port });
  const ended = { is: false };
  socket.on('close', () => (ended.is = true)).on('error', () => {});
  await once(socket, 'connect');
  socket.write(Buffer.concat([Buffer.from([0, imei.length]), Buffer.from(imei)]));
  await once(socket, 'data');
  const close = async () => {
    await door.stop();
    await ingest.stop();
  };
  return { id, door, socket, ended, answers, close };
}

it('that answers `locate` by its position alone is not hung up on', async () => {
  const { id, door, socket, ended, close } = await enter('352093081240101');
  expect(door.tell(id, { id: locate, text: 'on_demand_tracking2' })).toBe(true);
  for (let n = 0; n < 8; n += 1) {
    socket.write(frameOf([place(n)]));
    await sleep(300);
  }
  const kept = await world.database.db.select().from(positions).where(eq(positions.trackerId, id));
  expect({ ended: ended.is, kept: kept.length }).toEqual({ ended: false, kept: 8 });
  await close();
});

it('answers about its output to the command that sets it, whatever was asked before and is not answered', async () => {
  const { id, door, socket, ended, answers, close } = await enter('352093081240102');
  expect(door.tell(id, { id: locate, text: 'on_demand_tracking2' })).toBe(true);
  expect(door.tell(id, { id: start, text: 'setdigout 0' })).toBe(true);
  socket.write(answerFrame('DOUT1:0 Timeout:INFINITY'));
  await eventually('the answer', () => Promise.resolve(answers.length === 1 ? true : undefined));
  expect(answers).toMatchObject([{ commandId: start, answer: 'accepted' }]);
  await sleep(1_200);
  expect(ended.is).toBe(false);
  await close();
});
