import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { migrate } from '#db/migrate';
import { freePorts } from './ports.ts';
import { startPostgres } from './postgres.ts';

/** Fails when the schema says more than the migrations do, or when they cannot be applied one after the other. */
const migrations = 'db/migrations';

const [missing, broken] = await Promise.all([missingMigration(), applicationError()]);
if (missing !== undefined) {
  process.stderr.write(`${missing}\nrun: npx drizzle-kit generate --name <what-changed>\n`);
}
if (broken !== undefined) process.stderr.write(`the migrations do not apply to an empty database: ${broken}\n`);
const older = (await readdir(join(migrations, 'meta')))
  .filter((name) => name.endsWith('_snapshot.json'))
  .toSorted()
  .slice(0, -1);
if (older.length > 0) {
  const names = older.map((name) => join(migrations, 'meta', name)).join(' ');
  process.stderr.write(
    `only the newest snapshot is compared with, each of them has the whole schema: git rm ${names}\n`,
  );
}
process.exitCode = missing === undefined && broken === undefined && older.length === 0 ? 0 : 1;

/** Lets drizzle-kit generate into a copy. It ends with 0 in every case, so that only its word for "no change" counts. */
async function missingMigration(): Promise<string | undefined> {
  const parent = join('node_modules', '.cache', 'rent-to-own');
  await mkdir(parent, { recursive: true });
  const copy = await mkdtemp(join(parent, 'migrations-'));
  try {
    await cp(migrations, copy, { recursive: true });
    // drizzle-kit puts "./" before the folder, so it has to be relative.
    const output = await drizzleKit([
      'generate',
      '--dialect=postgresql',
      '--schema=./db/schema/index.ts',
      `--out=${relative('.', copy)}`,
    ]);
    return output.includes('No schema changes') ? undefined : 'db/schema says something that no migration does';
  } catch (error) {
    return `drizzle-kit could not compare the schema with the migrations: ${messageOf(error)}`;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function applicationError(): Promise<string | undefined> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-migrations-'));
  const [port] = await freePorts(1);
  try {
    const server = await startPostgres({ dataDir, port, log: () => {} });
    try {
      await migrate(server.url);
      await migrate(server.url);
      return undefined;
    } finally {
      await server.stop();
    }
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function drizzleKit(args: readonly string[]): Promise<string> {
  const bin = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
  const running = promisify(execFile)(process.execPath, [bin, ...args]);
  // It asks whether a column was renamed; nobody is there to answer.
  running.child.stdin?.end();
  return (await running).stdout;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
