import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLease } from '#db/queries/leases';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { takeMoney } from '#use-cases/payments/take-money';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

/** A file on the way, and what it is reached by where none before it imports it. */
interface Station {
  readonly path: string;
  readonly by: string | null;
}

/** The walk that begins with these words in docs/architecture.md. */
function walk(title: string): Station[] {
  const [, after = ''] = textOf('docs/architecture.md').split(`**${title}**`);
  const [, list = ''] = /((?:^\d+\. .*\n)+)/m.exec(after) ?? [];
  return [...list.matchAll(/^\d+\. `([^`]+)`[^\n]*?(?:by `([^`]+)`|$)/gm)].map(([, path = '', by]) => ({
    path,
    by: by ?? null,
  }));
}

/** What a file imports of ours; of a list that only names others, what that imports as well. */
function importsOf(path: string): string[] {
  const named = [...textOf(path).matchAll(/ from '([#.][^']+)';/g)].map(([, name = '']) =>
    name.startsWith('#') ? `${name.slice(1)}.ts` : normalize(join(dirname(path), name)),
  );
  return named.flatMap((one) => (/\/(registry|index)\.ts$/.test(one) ? [one, ...importsOf(one)] : [one]));
}

describe.each([
  ['A payment from the route to the books', 16, 16],
  ['A callback to the books', 11, 8],
  ['A position to its lease', 14, 13],
])('%s', (title, most, long) => {
  const stations = walk(title);
  it(`is of at most ${most} files, each once`, () => {
    const paths = stations.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(paths.length).toBe(long);
    expect(paths.length).toBeLessThanOrEqual(most);
  });

  it.each(stations.slice(1))('goes on to $path', ({ path, by }) => {
    const before = stations
      .slice(
        0,
        stations.findIndex((one) => one.path === path),
      )
      .map((one) => one.path);
    if (by === null) expect(before.flatMap(importsOf)).toContain(path);
    else for (const texts of [before.map(textOf).join('\n'), textOf(path)]) expect(texts).toContain(by);
  });
});

it('every file that a document names is there', () => {
  const rooms =
    'activities|api|bench|db|dev|deploy|domain|platform|providers|steering|test|use-cases|workers|workflows';
  const named = new RegExp(`(?<![\\w/.-])(?:${rooms})/[\\w./-]+\\.\\w+`, 'g');
  const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
  const lost = documents
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => [...textOf(path).matchAll(named)].map(([file]) => `${path}: ${file}`))
    .filter((one) => !existsSync(join(root, one.split(': ')[1] ?? '')));
  expect(lost).toEqual([]);
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Files of use cases that have a function called meanwhile. */
async function enteredBy(work: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ functions }) =>
      functions.some(({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0),
    )
    .map(({ url }) => relative(root, url.replace(/^file:\/\//, '')))
    .filter((path) => path.startsWith('use-cases/') || path.startsWith('domain/payments/'))
    .toSorted();
}

it('cash walks through the stations that are listed, and through nothing else that decides or writes', async () => {
  const config = testConfig(unreachedMobileMoney);
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const row = await findLease(database.db, lease.id);
  if (row === undefined) throw new Error('the lease is gone');
  const agentId = randomUUID();
  const cash = { kind: 'cash', paymentId: randomUUID(), amount: 5_000, agentId, receiptNumber: 'A 1' } as const;
  const entered = await enteredBy(() => takeMoney({ ...database, config }, row, { role: 'agent', id: agentId }, cash));
  const stations = walk('A payment from the route to the books').map(({ path }) => path);
  const isHelp = /\/(lease-record|attempt-record|receipt-number)\.ts$/;
  expect(entered.filter((path) => !isHelp.test(path))).toEqual(stations.slice(1).toSorted());
});
