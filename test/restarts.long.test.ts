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
