import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { immobilisations, trackers, vehicleCommands } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { slowestStart } from './figures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);

/** A vehicle whose customer has paid so many seconds ago, and how often its tracker was told to start it. */
async function mayStart(seconds: number, online: boolean, commands: readonly { sent: number; heard?: number }[]) {
  const [vehicleId, trackerId] = [randomUUID(), randomUUID()];
  const { db } = database;
  await db.delete(immobilisations);
  await db.insert(trackers).values({ id: trackerId, vehicleId, kind: 'native', passwordEncrypted: 'none', online });
  await db.insert(immobilisations).values({
    id: randomUUID(),
    vehicleId,
    cause: 'arrears',
    state: 'starting',
    orderedBy: system('immobilisation'),
    startingAt: ago(seconds),
    createdAt: ago(seconds + 86_400),
  });
  for (const { sent, heard } of commands)
    await db.insert(vehicleCommands).values({
      id: randomUUID(),
      vehicleId,
      trackerId,
      type: 'mobilise',
      state: heard === undefined ? 'expired' : 'succeeded',
      issuedAt: ago(sent),
      expiresAt: ago(sent - 60),
      sentAt: ago(sent),
      ...(heard === undefined ? {} : { acknowledgedAt: ago(heard) }),
    });
  const [row] = await slowestStart(db);
  return Math.round(row?.value ?? Number.NaN);
}

it('a vehicle waits to start until its tracker has answered, whatever was sent before', async () => {
  expect(await mayStart(100, true, [{ sent: 99, heard: 98 }])).toBe(2);
  const unheard = [{ sent: 179 }, { sent: 119 }, { sent: 59 }];
  expect(await mayStart(180, true, unheard), 'the broker is away').toBe(180);
  expect(await mayStart(180, false, unheard), 'its own network is away').toBe(0);
  expect(await mayStart(180, false, [...unheard, { sent: 9, heard: 8 }]), 'it was late all the same').toBe(172);
  expect(await mayStart(900, true, [{ sent: 700, heard: 699 }]), 'long over').toBe(0);
});
