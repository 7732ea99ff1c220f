import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '#platform/log';
import { createStopWorld, type StopWorld } from '#test/stop-world';
import { createIngest } from './ingest.ts';
import { TrackerRegistry } from './registry.ts';
import { Watches } from './watches.ts';

/** What a tracker says that cannot be kept as a position counts against a stop all the same. */
let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

async function hears(topic: string, ...messages: readonly (string | object)[]): Promise<void> {
  const { sql } = world.database;
  const log = createLogger('test', 'silent');
  const ingest = createIngest({ sql, log, registry: new TrackerRegistry(sql), watches: new Watches(sql) });
  await Promise.all(
    messages.map((message) => {
      const payload = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
      return new Promise<void>((resolve, reject) =>
        ingest.add({ topic, payload, receivedAt: Date.now() }, (refused) =>
          refused === undefined ? resolve() : reject(refused),
        ),
      );
    }),
  );
  await ingest.stop();
}

const says = (trackerId: string, ...messages: readonly (string | object)[]) =>
  hears(`trackers/${trackerId}/telemetry`, ...messages);

const DAY = 86_400_000;
/** The clock of a unit that lost its power. */
const RESET = 946_684_800_000;
const drives = { lat: 0.3, lon: 32.5, speedKph: 45, ignition: true };
const stands = { lat: 0.3, lon: 32.5, speedKph: 0, ignition: false };
const nowhere = { lat: null, lon: null };

it.each([
  ['at a good time', () => ({ ...drives, ts: Date.now() })],
  ['by a clock that was reset', () => ({ ...drives, ts: RESET })],
  ['by a clock that is ahead', () => ({ ...drives, ts: Date.now() + 125_000 })],
  ['at a time that cannot be read', () => ({ ...drives, ts: 'now' })],
  ['by a clock two days back', () => ({ ...drives, ts: Date.now() - 2 * DAY })],
  ['by a clock seven days back', () => ({ ...drives, ts: Date.now() - 7 * DAY + 60_000 })],
  ['in over 4 KB', () => ({ ...drives, ts: Date.now(), extra: 'x'.repeat(5_000) })],
  ['in what is no JSON', () => '{"speedKph": 45,'],
  ['of a sender that cannot be compared', () => ({ ...drives, ts: Date.now(), imei: {} })],
  ['of another sender, on its own topic', () => ({ ...drives, ts: Date.now(), imei: '1', trackerId: 'another' })],
  ['with a speed that cannot be read', () => ({ ...nowhere, ts: Date.now(), speedKph: 1_001, ignition: false })],
  ['with an ignition that cannot be read', () => ({ ...nowhere, ts: Date.now(), speedKph: 0, ignition: 1 })],
  ['by a reset clock, of its ignition alone', () => ({ ...stands, ts: RESET, ignition: true })],
  ['by a reset clock, not whether it moves', () => ({ ...nowhere, ts: RESET, externalMv: 12_000 })],
])('stops no vehicle that may move: it says so %s', async (_, message) => {
  const one = await world.waiting();
  await says(one.trackerId, message());
  expect((await world.advance(one.vehicleId)).state).toBe('waiting');
  expect(await world.commands(one.vehicleId)).toEqual([]);
});

it('asks for it again when the order to stop is sent', async () => {
  const one = await world.waiting();
  expect((await world.advance(one.vehicleId)).state).toBe('stopping');
  await says(one.trackerId, { ...drives, ts: RESET });
  expect((await world.send(one.vehicleId)).type).toBeNull();
  expect((await world.commands(one.vehicleId))[0]).toMatchObject({ state: 'expired', reason: 'fix_suspect' });
});

it('takes what was said before for news where it is said again', async () => {
  const one = await world.waiting();
  const same = { ...drives, ts: RESET };
  await says(one.trackerId, same);
  await world.parks(one);
  expect((await world.advance(one.vehicleId)).state).toBe('stopping');
  await says(one.trackerId, same, same);
  expect((await world.send(one.vehicleId)).type).toBeNull();
});

it.each([
  ['by a clock that was reset', () => ({ ...stands, ts: RESET })],
  ['at a time that cannot be read', () => ({ ...stands, ts: 'now' })],
  ['with a heading that cannot be read', () => ({ ...stands, ts: Date.now(), heading: 'north' })],
])('stops a vehicle that says that it stands: %s', async (_, message) => {
  const one = await world.waiting();
  await says(one.trackerId, message());
  expect((await world.advance(one.vehicleId)).state).toBe('stopping');
  expect((await world.send(one.vehicleId)).type).toBe('immobilise');
});

it('is held off until the next believed place, and by nothing that another says in its name', async () => {
  const one = await world.waiting();
  await says(one.trackerId, { ...drives, ts: RESET });
  expect((await world.advance(one.vehicleId)).gate).toBe('fix_suspect');
  await says(one.trackerId, { ...stands, ts: Date.now() + 1_000 });
  const device = { uniqueId: one.trackerId };
  const position = { deviceTime: new Date(RESET).toISOString(), latitude: 0.3, longitude: 32.5, speed: 30 };
  await hears('traccar/positions', { device, position });
  const [forged] = await world.database.sql`
    select reason from telematics.quarantine where tracker_id = ${one.trackerId} and topic = 'traccar/positions'`;
  expect(forged).toEqual({ reason: 'identity_mismatch' });
  expect((await world.advance(one.vehicleId)).state).toBe('stopping');
});
