import { uuidv7 } from 'uuidv7';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countDeadLetters } from '#db/queries/dead-letters';
import { unitWords, vehicleCommands } from '#db/schema/index';
import { createEncryption } from '#platform/encryption';
import { testConfig } from '#test/config';
import { createApiWorld, type ApiWorld } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { refuseWrites } from '#test/refusing';
import { system } from '#domain/identity/roles';
import { transact } from '#use-cases/context';
import { registerTracker } from '#use-cases/telematics/tracker-credentials';
import { hearWord } from '#use-cases/telematics/unit-words';

const config = testConfig();
const encryption = createEncryption(config.ENCRYPTION_KEYS);
let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

/** A unit that was told to stop, and a word of it whose work fails each time. */
async function told() {
  const { db } = world.database;
  const { vehicleId } = await (await bookLease(world.database, config, {})).row();
  const { id: trackerId } = await transact(db, system('test'), new Date(), (context) =>
    registerTracker(context, { encryption }, { vehicleId, kind: 'native' }),
  );
  const commandId = uuidv7();
  const issued = { issuedAt: new Date(), expiresAt: new Date(Date.now() + 60_000), sentAt: new Date() };
  const told = { vehicleId, trackerId, type: 'immobilise', state: 'sent', ...issued } as const;
  await db.insert(vehicleCommands).values({ id: commandId, ...told });
  const of = { vehicleId, trackerId, receivedAt: new Date() };
  await db.insert(unitWords).values({ ...of, kind: 'answer', commandId, answer: 'accepted' });
  await db.insert(unitWords).values({ ...of, kind: 'back' });
  const refusing = await refuseWrites(world.database, 'telematics.commands', {
    state: '23514',
    on: 'update',
    where: `new.id = '${commandId}'`,
  });
  const stateOf = async () => (await db.select().from(vehicleCommands).where(eq(vehicleCommands.id, commandId)))[0];
  const words = () => db.select().from(unitWords).where(eq(unitWords.vehicleId, vehicleId)).orderBy(asc(unitWords.id));
  return { vehicleId, refusing, stateOf, words };
}

/** Tries the words of a vehicle as often as the process would in some minutes. */
async function hear(vehicleId: string) {
  let failed = 0;
  for (let tries = 0; tries < 10; tries += 1)
    if (!(await hearWord(world.database.db, vehicleId).catch(() => (failed += 1)))) break;
  return failed;
}

it('a word that fails each time is set aside, those after it are heard, and it is heard again by a person', async () => {
  const { vehicleId, refusing, stateOf, words } = await told();
  expect(await hear(vehicleId)).toBe(6);
  expect((await words()).map(({ kind }) => kind)).toEqual(['answer']);
  const { token } = await world.staff('agent');
  const listed = async () => {
    const { body } = await world.call('GET', '/v1/dead-letters?kind=unit_word', { token });
    return (body as { readonly data: readonly Record<string, unknown>[] }).data;
  };
  const [letter, ...others] = await listed();
  expect(others).toEqual([]);
  expect(letter).toMatchObject({
    reason: 'not_heard',
    redrivable: true,
    detail: { vehicleId, word: 'answer', failedBy: 'PostgresError: the database refuses it: 23514' },
  });
  expect(await countDeadLetters(world.database.db)).toContainEqual({ kind: 'unit_word', value: 1 });
  await refusing.mend();
  const redrive = () => world.call('POST', `/v1/dead-letters/${String(letter?.['id'])}/redrive`, { token, body: {} });
  expect((await redrive()).status).toBe(202);
  expect((await redrive()).status).toBe(202);
  expect(await hear(vehicleId)).toBe(0);
  expect(await stateOf()).toMatchObject({ state: 'acknowledged' });
  expect([await listed(), await words()]).toEqual([[], []]);
});

it('waits as long as it takes while somebody holds its row, or the database is short of something', async () => {
  const { vehicleId, refusing, words, stateOf } = await told();
  await refusing.mend();
  const full = await refuseWrites(world.database, 'telematics.commands', { state: '53100', on: 'update' });
  expect(await hear(vehicleId)).toBe(10);
  expect((await words()).map(({ setAsideAt }) => setAsideAt)).toEqual([null, null]);
  await full.mend();
  expect(await hear(vehicleId)).toBe(0);
  expect(await stateOf()).toMatchObject({ state: 'acknowledged' });
});

it('how an output was is not believed later: the unit says it again', async () => {
  const { vehicleId } = await told();
  const { db } = world.database;
  const [letterId, trackerId] = [uuidv7(), uuidv7()];
  const output = { kind: 'output', stopped: true, ts: new Date(), receivedAt: new Date() } as const;
  await db.insert(unitWords).values({ vehicleId, trackerId, letterId, setAsideAt: new Date(), ...output });
  const { token } = await world.staff('agent');
  const again = await world.call('POST', `/v1/dead-letters/${letterId}/redrive`, { token, body: {} });
  expect(again.body).toMatchObject({ code: 'not_redrivable' });
});
