import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openDriver } from '#db/driver';
import { sql as raw } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, immobilisations, reconciliations, trackers, vehicleCommands } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { connectDatabase } from '../client.ts';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { archiveFailing, connections, goodDays, lastBackup, oldestTransaction, slowestStart } from './figures.ts';

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

it('counts the connections of other databases, which share the limit', async () => {
  const other = new URL(database.url);
  other.pathname = '/postgres';
  const application_name = `beside-${randomUUID()}`;
  const beside = openDriver(other.href, { max: 3, connection: { application_name } });
  await Promise.all([1, 2, 3].map(() => beside`select pg_sleep(0.2)`));
  const counted = (await connections(database.db)).filter(({ application }) => application === application_name);
  expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(3);
  await beside.end();
});

it('the age of the oldest transaction is of all roles, by what a new cluster grants to the platform', async () => {
  const [, right = ''] =
    /^grant (\w+) to marketplace;$/m.exec(readFileSync('deploy/postgres/databases.sh', 'utf8')) ?? [];
  const { sql, db } = database;
  const role = `role_${randomUUID().replaceAll('-', '')}`;
  await sql`create role ${sql(role)}`;
  const others = await sql.reserve();
  await others`begin`;
  await others`select pg_sleep(0.1)`;
  const age = () =>
    db.transaction(async (tx) => {
      await tx.execute(raw`set local role ${raw.identifier(role)}`);
      return (await oldestTransaction(tx))[0]?.value;
    });
  expect(await age()).toBe(0);
  await sql`grant ${sql(right)} to ${sql(role)}`;
  expect(await age()).toBeGreaterThan(0.09);
  await others`rollback`;
  others.release();
  await sql`drop role ${sql(role)}`;
});

it('a process opens twice its pool, as the arithmetic of capacity says', async () => {
  const name = `pools-${randomUUID()}`;
  const process = connectDatabase(database.url, { pool: 2, name });
  const sleeps = Array.from({ length: 4 }, () => raw`select pg_sleep(0.1)`);
  await Promise.all(sleeps.flatMap((sleep) => [process.db.execute(sleep), process.sql`select pg_sleep(0.1)`]));
  const counted = (await connections(database.db)).filter(({ application }) => application === name);
  expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(4);
  await process.close();
});

it('an archive that does not fail is 0, and without an archive nobody expects a base backup', async () => {
  expect([...(await archiveFailing(database.db))]).toEqual([{ value: 0 }]);
  expect([...(await lastBackup(database.db))]).toEqual([]);
});

it('a provider that was not good yet is as old as its first payment, and one that nobody pays by is none', async () => {
  const { id: leaseId } = await bookLease(database, testConfig());
  const createdAt = new Date('2026-11-20T10:00:00Z');
  await database.db.insert(attempts).values({
    id: randomUUID(),
    leaseId,
    kind: 'instalment',
    due: 'pay-first',
    provider: 'airtel',
    payerMasked: 'nobody',
    amount: 1_000,
    currency: 'UGX',
    status: 'failed',
    requestedAt: createdAt,
    createdAt,
  });
  const days = async () => [...(await goodDays(database.db))];
  expect(await days()).toEqual([{ provider: 'airtel', value: createdAt.getTime() / 1_000 }]);
  const good = { provider: 'airtel', market: 'UG', status: 'balanced', startedAt: createdAt } as const;
  await database.db.insert(reconciliations).values({ id: randomUUID(), date: '2026-11-22', ...good });
  expect(await days()).toEqual([{ provider: 'airtel', value: Date.parse('2026-11-22T00:00:00Z') / 1_000 }]);
});
