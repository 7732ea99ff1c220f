import { is, sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import * as schema from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';

/** Every row that goes out with its version as ETag moves it, whoever changes it: by hand, by the system, by a person. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('sampleDatabaseUrl');
});
afterAll(() => database.close());

/** Whose version is no ETag: of a lease it counts its own changes, of the others it is the schedule's. */
const others = new Set(['leases.leases', 'leases.schedule_lines', 'leases.schedule_changes', 'leases.pauses']);
const versioned = Object.values(schema)
  .filter((one) => is(one, PgTable))
  .map((table) => getTableConfig(table))
  .filter(({ columns }) => columns.some(({ name }) => name === 'version'))
  .map(({ schema: room, name }) => `${room}.${name}`)
  .filter((name) => !others.has(name));

it('the version moves with every change of a table that has one', async () => {
  const rows = await database.db.execute(sql`
    select tgrelid::regclass::text as name from pg_trigger where tgname like '%\_version' and not tgisinternal`);
  const moved = z.array(z.object({ name: z.string() })).parse([...rows]);
  expect(moved.map(({ name }) => name).toSorted()).toEqual(versioned.toSorted());
});

it.each(['identity.users', 'vehicles.vehicles', 'vehicles.plans'])(
  'also where a statement of %s does not say so',
  async (table) => {
    const before = await versionsOf(table);
    await database.db.execute(sql.raw(`update ${table} set updated_at = updated_at`));
    expect(await versionsOf(table)).toEqual(before.map((version) => version + 1));
  },
);

async function versionsOf(table: string): Promise<number[]> {
  const rows = await database.db.execute(sql.raw(`select version from ${table} order by id`));
  expect(rows.length).toBeGreaterThan(0);
  return z
    .array(z.object({ version: z.number() }))
    .parse([...rows])
    .map(({ version }) => version);
}
