import { loadavg } from 'node:os';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trackers } from '#db/schema/index';
import { readRestartCode } from '#domain/telematics/immobilisation/restart-code';
import { createLogger } from '#platform/log';
import { createStopWorld, type Fitted, type StopWorld } from './stop-world.ts';
import { startCommands } from '#workers/telematics/commands';
import { codeKey } from '#use-cases/telematics/restart-code';

/**
 * Vehicles that stand while the broker is down, and are paid for: each is started by the code that its customer gets, once.
 * `RESTARTS=50 TEST_LONG=true npx vitest run test/restarts` is a shorter one.
 */
const VEHICLES = Number(process.env['RESTARTS'] ?? 1_000);
const AT_ONCE = 4;
const HOUR = 3_600_000;

let world: StopWorld;
beforeAll(async () => {
  world = await createStopWorld();
});
afterAll(() => world.close());

it(
  'every paid vehicle starts by its code while the broker is down, and each code is good once',
  async () => {
    const stopped: Awaited<ReturnType<StopWorld['stopped']>>[] = [];
    for (let i = 0; i < VEHICLES; i += 1) stopped.push(await world.stopped());
    const sender = await startCommands({
      ...world.deps,
      sql: world.database.sql,
      log: createLogger('test', 'silent'),
      traccar: null,
      teltonika: null,
      publish: () => Promise.reject(new Error('the broker is down')),
    });
    await each(stopped, ({ lease }) => lease.pays(new Date().toISOString(), 90_000).then(() => {}));
    // After RESTART_CODE_SECONDS.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const codes: string[] = [];
    await each(stopped, async (one) => {
      const code = await codeOf(one);
      codes.push(code);
      const key = await keyOf(one);
      const typed = readRestartCode(key, 0, code);
      expect(typed).toMatchObject({ days: 30 });
      expect(readRestartCode(key, typed?.count ?? 0, code)).toBeNull();
      // Asked again it is the same one.
      expect(await codeOf(one)).toBe(code);
    });
    await sender.stop();
    // Nobody's starts another's.
    const [first] = stopped;
    const key = first === undefined ? null : await keyOf(first);
    const good = codes.filter((code) => key !== null && readRestartCode(key, 0, code) !== null);
    expect([codes.length, good.length]).toEqual([VEHICLES, 1]);
    // The broker is back: each is seen to move, and is over.
    await each(stopped, async (one) => {
      await world.sees(one, false);
      expect(await world.episode(one.vehicleId)).toMatchObject({ state: 'ended', endReason: 'paid' });
    });
  },
  HOUR,
);

it(
  'a payment has its vehicle told to move within a second of its commit',
  async () => {
    const stopped: Awaited<ReturnType<StopWorld['stopped']>>[] = [];
    for (let i = 0; i < VEHICLES / 5; i += 1) stopped.push(await world.stopped());
    const told = new Map<string, (at: number) => void>();
    const sender = await startCommands({
      ...world.deps,
      sql: world.database.sql,
      log: createLogger('test', 'silent'),
      traccar: null,
      teltonika: null,
      publish: (topic) => Promise.resolve(told.get(topic.split('/')[1] ?? '')?.(performance.now())),
    });
    const [paid, moved, after]: [number[], number[], number[]] = [[], [], []];
    await each(stopped, async ({ lease, trackerId }) => {
      const command = new Promise<number>((resolve) => told.set(trackerId, resolve));
      const began = performance.now();
      await lease.pays(new Date().toISOString(), 90_000);
      const committed = performance.now();
      paid.push(committed - began);
      moved.push((await command) - began);
      after.push((await command) - committed);
    });
    await sender.stop();
    const load = loadavg().map((one) => one.toFixed(1));
    process.stdout.write(
      `${VEHICLES / 5} payments, ${AT_ONCE} at once, load ${load.join(' ')}: ` +
        `p99 ${p99(moved)} ms to the command; ${p99(paid)} ms to the commit alone, ${p99(after)} ms from there\n`,
    );
    // What a commit takes is the database's, which others may be busy with.
    expect(p99(after)).toBeLessThan(1_000);
  },
  HOUR,
);

function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN);
}

async function codeOf({ vehicleId }: Fitted): Promise<string> {
  const { text } = await world.advance(vehicleId);
  return text?.message.template === 'restart_code' ? text.message.code : '';
}

async function keyOf({ trackerId }: Fitted): Promise<Uint8Array> {
  const [row] = await world.deps.db.select().from(trackers).where(eq(trackers.id, trackerId));
  return codeKey(world.encryption.decrypt(row?.passwordEncrypted ?? ''));
}

/** A few at a time. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
