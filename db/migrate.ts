import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as run } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { surviveLostConnections } from './lost-connections.ts';

/** Brings the schema up to date. Several at once wait for each other; a second run changes nothing. */
export async function migrate(databaseUrl: string): Promise<void> {
  const sql = surviveLostConnections(postgres(databaseUrl, { max: 1, onnotice: () => {} }));
  try {
    await sql`select pg_advisory_lock(hashtext('rent-to-own migrations'))`;
    await run(drizzle(sql), {
      migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)),
      migrationsSchema: 'public',
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
