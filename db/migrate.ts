import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles, type MigrationMeta } from 'drizzle-orm/migrator';
import postgres from 'postgres';
import { sqlStateOf } from '#platform/describe-error';
import { openDriver } from './driver.ts';

/** Milliseconds that a statement waits for a lock: whoever asks for the same table waits behind it, and `LOCK_PATIENCE` at most. */
const LOCK_WAIT = 2_000;
/** Milliseconds between two tries, in which the others get their turn; for two minutes in all. */
const PAUSE = 1_000;
const TRIES = 40;
/** SQLSTATE lock_not_available. */
const LOCKED = '55P03';

interface Options {
  readonly lockWait?: number;
  readonly tries?: number;
  /** The directory of drizzle's migrations. */
  readonly folder?: string;
}

/**
 * Brings the schema up to date. Several at once wait for each other; a second run changes nothing. Each migration is a
 * transaction of its own, so that it holds its locks no longer than it takes, and lets go where somebody holds a table for
 * long: otherwise all who come after it would wait as well.
 *
 * @throws PostgresError 55P03 where a table was held all the time; the migrations before that one are there, the next run goes on
 */
export async function migrate(databaseUrl: string, options: Options = {}): Promise<void> {
  const { lockWait = LOCK_WAIT, tries = TRIES, folder } = options;
  const sql = openDriver(databaseUrl, { max: 1 });
  try {
    await sql`select pg_advisory_lock(hashtext('rent-to-own migrations'))`;
    // As drizzle's migrator keeps it.
    await sql`create table if not exists public.__drizzle_migrations
      (id serial primary key, hash text not null, created_at bigint)`;
    const [last] = await sql<{ at: string }[]>`
      select coalesce(max(created_at), 0)::text as at from public.__drizzle_migrations`;
    const migrationsFolder = folder ?? fileURLToPath(new URL('./migrations', import.meta.url));
    for (const migration of readMigrationFiles({ migrationsFolder })) {
      if (migration.folderMillis > Number(last?.at ?? 0)) await patiently(() => apply(sql, migration, lockWait), tries);
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function apply(sql: postgres.Sql, { sql: statements, hash, folderMillis }: MigrationMeta, lockWait: number) {
  return sql.begin(async (tx) => {
    await tx`select set_config('lock_timeout', ${String(lockWait)}, true)`;
    for (const statement of statements) await tx.unsafe(statement);
    await tx`insert into public.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis})`;
  });
}

async function patiently(work: () => Promise<unknown>, tries: number): Promise<void> {
  for (let left = tries; ; left -= 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (sqlStateOf(error) !== LOCKED || left <= 1) throw error;
      await sleep(PAUSE);
    }
  }
}
