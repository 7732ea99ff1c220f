import { randomUUID } from 'node:crypto';
import { openDriver } from '#db/driver';
import { inject } from 'vitest';
import { connectDatabase, type DatabaseConnection } from '#db/client';

export interface TestDatabase extends DatabaseConnection {
  readonly url: string;
}

/**
 * A database of its own, cloned from a migrated template, empty or with the sample data. `close` drops it. Its files are
 * copied, which takes half the work of a log of every page.
 */
export async function createTestDatabase(
  from: 'templateDatabaseUrl' | 'sampleDatabaseUrl' = 'templateDatabaseUrl',
): Promise<TestDatabase> {
  const template = new URL(inject(from));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = new URL(template);
  admin.pathname = '/postgres';
  const url = new URL(template);
  url.pathname = `/${name}`;

  await onAdmin(admin.href, `create database ${name} template ${template.pathname.slice(1)} strategy file_copy`);
  const connection = connectDatabase(url.href, { pool: 10, name, travels: true });
  return {
    ...connection,
    url: url.href,
    close: async () => {
      await connection.close();
      await onAdmin(admin.href, `drop database ${name} with (force)`);
    },
  };
}

/** Cloning needs the template to itself for a moment; files that start together take turns. */
async function onAdmin(url: string, statement: string): Promise<void> {
  const sql = openDriver(url, { max: 1 });
  try {
    await sql`select pg_advisory_lock(hashtext('clone template'))`;
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}
