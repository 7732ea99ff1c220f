import { inject, expect, it, afterAll, beforeAll } from 'vitest';
import { sql as statement } from 'drizzle-orm';
import { startCuttable, type Cuttable } from '#test/cuttable';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { connectDatabase, type DatabaseConnection } from './client.ts';
import { openDriver } from './driver.ts';

let way: Cuttable;
let own: TestDatabase;
let database: DatabaseConnection;
beforeAll(async () => {
  const { hostname, port } = new URL(inject('templateDatabaseUrl'));
  way = await startCuttable(hostname, Number(port));
  own = await createTestDatabase();
  const url = new URL(own.url);
  url.host = `127.0.0.1:${way.port}`;
  database = connectDatabase(url.href, { pool: 2 });
});
afterAll(async () => {
  await database.close();
  await own.close();
  await way.stop();
});

/** A database that lets nobody in, while the work is done. */
async function refusing(work: () => Promise<void>): Promise<void> {
  const admin = openDriver(Object.assign(new URL(own.url), { pathname: '/postgres' }).href, { max: 1 });
  const allow = (allowed: boolean) =>
    admin.unsafe(`alter database ${new URL(own.url).pathname.slice(1)} with allow_connections ${allowed}`);
  try {
    await allow(false);
    await work();
  } finally {
    await allow(true);
    await admin.end();
  }
}

/** The connection is gone, and what the driver still had to write has been tried. */
async function lose(): Promise<void> {
  way.cut();
  await new Promise((resolve) => setTimeout(resolve, 50));
  way.mend();
}

it('a transaction whose connection ends is rejected, the process lives on, and the next one works', async () => {
  const { sql, db } = database;
  await expect(sql.begin((tx) => Promise.all([tx`select pg_sleep(5)`, lose()]))).rejects.toThrow();
  // Between two statements: the next one, the commit, or the rollback finds nobody.
  await expect(sql.begin((tx) => lose().then(() => tx`select 1`))).rejects.toThrow(/CONNECTION_CLOSED/);
  await expect(sql.begin(() => lose())).rejects.toThrow(/CONNECTION_CLOSED/);
  await expect(
    sql.begin(async () => {
      await lose();
      throw new Error('something else');
    }),
  ).rejects.toThrow(/CONNECTION_CLOSED/);
  await expect(db.transaction((tx) => lose().then(() => tx.execute(statement`select 1`)))).rejects.toThrow();
  expect(await sql.begin((tx) => tx`select 1 as one`)).toMatchObject([{ one: 1 }]);
});

it('a transaction is refused in time by a server that lets nobody in, after a statement was lost', async () => {
  const { host } = new URL(`http://127.0.0.1:${way.port}`);
  const sql = openDriver(Object.assign(new URL(own.url), { host }).href, { max: 1 }, 1_000);
  const lost = expect(sql.begin((tx) => tx`select pg_sleep(5)`)).rejects.toThrow(/CONNECTION_CLOSED|ECONNRESET/);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await lose();
  await lost;
  let begun = 0;
  await refusing(() => expect(sql.begin(() => (begun += 1))).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' }));
  // What the server said meanwhile may still be told of the first one.
  const works = () => sql.begin((tx) => tx`select 1 as one`).catch(() => undefined);
  await expect.poll(works, { timeout: 60_000 }).toMatchObject([{ one: 1 }]);
  expect(begun).toBe(0);
  await sql.end({ timeout: 1 });
});

it('asks nothing of its own when it connects: no answer of that can be lost', async () => {
  const sql = openDriver(Object.assign(new URL(own.url), { host: `127.0.0.1:${way.port}` }).href, { max: 1 });
  void way.cutAt('pg_catalog.pg_type', 'before', 0, 'reset');
  expect(await sql.begin((tx) => tx`select ${['one']}::text[] as many`)).toMatchObject([{ many: ['one'] }]);
  await sql.end({ timeout: 1 });
});

it('a connection is reserved on a pool that has none yet, and as many as are asked for', async () => {
  const sql = openDriver(own.url, { max: 1 });
  const [one, other] = await Promise.all([sql.reserve(), sql.reserve()]);
  await one`begin`;
  await one`create temporary table mine ()`;
  expect(await one`select to_regclass('mine') is not null as there`).toEqual([{ there: true }]);
  expect(await other`select to_regclass('mine') is not null as there`).toEqual([{ there: false }]);
  await one`rollback`;
  one.release();
  other.release();
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  await sql.end({ timeout: 1 });
});

it('an error of the work itself rolls back and is the one that is told', async () => {
  const { sql } = database;
  const failing = (error: Error) =>
    sql.begin(async (tx) => {
      await tx`create table never_made ()`;
      throw error;
    });
  await expect(failing(new Error('mine'))).rejects.toThrow('mine');
  const file = Object.assign(new Error('no such file'), { code: 'ENOENT' });
  await expect(failing(file)).rejects.toThrow('no such file');
  expect(await sql`select to_regclass('never_made') as made`).toMatchObject([{ made: null }]);
});
