import { mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDriver } from '#db/driver';
import type { TestProject } from 'vitest/node';
import { connectDatabase } from '#db/client';
import { migrate } from '#db/migrate';
import { freePorts } from '#dev/ports';
import { startPostgres } from '#dev/postgres';
import { seed } from '#dev/seed';
import { startTemporal } from '#dev/temporal';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { cpuSeconds } from './cpu.ts';
import { unpublished } from './published-events.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a migrated, empty database that test files clone. */
    templateDatabaseUrl: string;
    /** URL of one with the sample vehicles, plans and staff besides. */
    sampleDatabaseUrl: string;
    temporalAddress: string;
    /** Where the run keeps its data. */
    directory: string;
    /** A file that says for each platform of the run which types of events it has published. */
    publishedEvents: string;
  }
}

/** One Postgres and one Temporal server for the whole run, in a directory of its own; none for rules alone, which need none. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const wanted = process.argv.slice(2).filter((word) => word !== 'run' && !word.startsWith('-'));
  if (wanted.length > 0 && wanted.every((path) => /^domain(?:\/|$)/.test(path))) return undefined;
  const directory = await placeOfData();
  const dataDir = await mkdtemp(join(directory, 'rent-to-own-test-'));
  // The server collects its garbage less often: memory is cheaper here than time. It is one thread of a run that keeps all
  // cores busy, and its stacks begin as large as they become: together that is a sixth less of its work.
  process.env['GOGC'] ??= '400';
  process.env['GOMAXPROCS'] ??= '1';
  process.env['GODEBUG'] ??= 'adaptivestackstart=1';
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`random data from TEST_SEED=${process.env['TEST_SEED']}`);
  const [postgresPort, temporalPort, uiPort] = await freePorts(3);
  const [database, temporal] = await Promise.all([
    startPostgres({ dataDir, port: postgresPort, durable: false, log: say }),
    startTemporal({
      dataDir,
      port: temporalPort,
      uiPort,
      namespace: 'default',
      searchAttributes: Object.values(searchAttributes),
      durable: false,
      log: say,
    }),
  ]);
  const url = (name: string) => Object.assign(new URL(database.url), { pathname: `/${name}` }).href;
  const [empty, sample] = ['template_empty', 'template_sample'] as const;
  const sql = openDriver(database.url, { max: 1 });
  await sql.unsafe(`create database ${empty}`);
  await migrate(url(empty));
  await sql.unsafe(`create database ${sample} template ${empty}`);
  await sql.end();
  const filling = connectDatabase(url(sample), { pool: 1, name: 'seed' });
  await seed(filling.db, 'rent-to-own').finally(() => filling.close());

  project.provide('templateDatabaseUrl', url(empty));
  project.provide('sampleDatabaseUrl', url(sample));
  project.provide('temporalAddress', temporal.address);
  project.provide('directory', directory);
  const publishedEvents = join(dataDir, 'published-events');
  await writeFile(publishedEvents, '');
  project.provide('publishedEvents', publishedEvents);
  return async () => {
    const missing = unpublished(await readFile(publishedEvents, 'utf8'));
    if (missing !== null) say(`types of events that no test has published: ${missing.join(', ') || 'none'}`);
    await temporal.stop();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
    say(`${(cpuSeconds() / 60).toFixed(1)} minutes of CPU`);
  };
}

/** Bytes that a run's data does not come near. */
const ROOM = 4 * 1024 ** 3;
const MEMORY = '/dev/shm';

/**
 * Where there is room it is memory: each test file's database is hundreds of small files, and to make them on a disk
 * takes ten times the work.
 */
async function placeOfData(): Promise<string> {
  const memory = await statfs(MEMORY).catch(() => undefined);
  const room = memory === undefined ? 0 : Math.min(memory.bavail * memory.bsize, freemem());
  return room > ROOM ? MEMORY : tmpdir();
}
