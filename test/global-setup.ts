import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '#db/migrate';
import { freePorts } from '#dev/ports';
import { startPostgres } from '#dev/postgres';
import { startTemporal } from '#dev/temporal';
import { searchAttributes } from '#platform/temporal/search-attributes';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a migrated, empty database that every test file clones. */
    templateDatabaseUrl: string;
    temporalAddress: string;
  }
}

/** One Postgres and one Temporal server for the whole run, in a directory of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-test-'));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const [postgresPort, temporalPort, uiPort] = await freePorts(3);
  const [database, temporal] = await Promise.all([
    startPostgres({ dataDir, port: postgresPort, durable: false, log: say }),
    startTemporal({
      dataDir,
      port: temporalPort,
      uiPort,
      namespace: 'default',
      searchAttributes,
      durable: false,
      log: say,
    }),
  ]);
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql.unsafe('create database template_marketplace');
  await sql.end();
  const template = new URL(database.url);
  template.pathname = '/template_marketplace';
  await migrate(template.href);

  project.provide('templateDatabaseUrl', template.href);
  project.provide('temporalAddress', temporal.address);
  return async () => {
    await temporal.stop();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
