import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { ownDirectory } from '#test/directory';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let folder: string;
/** Later than all that the database has. */
const LATER = Date.UTC(2100, 0, 1);

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await ownDirectory('migrations');
  mkdirSync(join(folder, 'meta'));
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a migration does not wait for a long reader with everybody behind it, and those before it are kept', async () => {
  const { sql, url } = database;
  await sql`create table public.read_for_long (n int)`;
  const migrations = ['create table public.made (n int)', 'alter table public.read_for_long add column m int'];
  const entries = migrations.map((statement, idx) => {
    writeFileSync(join(folder, `${idx}.sql`), statement);
    return { idx, version: '7', when: LATER + idx, tag: String(idx), breakpoints: true };
  });
  writeFileSync(
    join(folder, 'meta', '_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  const columns = async (table: string) =>
    (
      await sql<
        { name: string }[]
      >`select column_name as name from information_schema.columns where table_name = ${table}`
    ).map(({ name }) => name);

  await sql.begin(async (reader) => {
    await reader`select from public.read_for_long`;
    await expect(migrate(url, { folder, lockWait: 50, tries: 1 })).rejects.toMatchObject({ code: '55P03' });
    expect(await columns('made')).toEqual(['n']);
    expect(await columns('read_for_long')).toEqual(['n']);
  });
  await migrate(url, { folder, lockWait: 50, tries: 1 });
  expect(await columns('read_for_long')).toEqual(['n', 'm']);
  await migrate(url, { folder, lockWait: 50, tries: 1 });
});
