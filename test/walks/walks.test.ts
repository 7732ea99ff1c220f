import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { receiveCallback } from '#use-cases/payments/outcomes/receive-callback';
import { takeCash } from '#use-cases/payments/cash/take-cash';
import { enteredBy } from './entered.ts';

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
  ['A payment from the route to the books', 12],
  ['A prompt from the route to the provider', 12],
  ['A callback to the books', 12],
  ['A position to its lease', 14],
])('%s', (title, long) => {
  const stations = walk(title);
  it(`is of ${long} files, each once`, () => {
    const paths = stations.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(paths.length).toBe(long);
    expect(textOf('docs/architecture.md')).toMatch(new RegExp(`^\\| ${title} +\\| ${long} +\\|`, 'm'));
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
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    'test/README.md',
    ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  ];
  const lost = documents
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => [...textOf(path).matchAll(named)].map(([file]) => `${path}: ${file}`))
    .filter((one) => !existsSync(join(root, one.split(': ')[1] ?? '')));
  expect(lost).toEqual([]);
});

it('every door of the test kit that its page names is there', () => {
  const doors = [...textOf('test/README.md').matchAll(/((?:`\w+`, )*`\w+`) \(`([\w/-]+\.ts)`\)/g)].flatMap(
    ([, names = '', path = '']) => [...names.matchAll(/\w+/g)].map(([name]) => ({ name, path })),
  );
  expect(doors.length).toBeGreaterThan(15);
  const isThere = ({ name, path }: (typeof doors)[number]) =>
    new RegExp(`^export (?:async )?(?:function|const) ${name}\\b`, 'm').test(textOf(path));
  expect(doors.filter((door) => !isThere(door))).toEqual([]);
});

it('every quotation of a document stands in it', () => {
  const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)) && !path.startsWith('test/walks/'));
  const texts = new Map(sources.map((path) => [path, textOf(path).replaceAll(/\n\s*(?:\*|\/\/) /g, ' ')]));
  const quoted = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/(docs\/[\w-]+\.md)[^"'`)]{0,20}, "([^"]+)"/g)].map(([, page = '', words = '']) => ({
      path,
      page,
      words,
    })),
  );
  expect(quoted.length).toBeGreaterThan(5);
  expect(quoted.filter(({ page, words }) => !existsSync(join(root, page)) || !textOf(page).includes(words))).toEqual(
    [],
  );
  // What is promised to clients is docs/openapi.json, and what workflows are told has its messages.
  const nameless = /\(contract\)|Source: contract\b|\bthe contract(?:'s\b| calls| shows| says)/i;
  expect([...texts].filter(([, text]) => nameless.test(text)).map(([path]) => path)).toEqual([]);
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Use cases, rules and providers among them, but for what tells of it when it is booked. */
const decidingIn = (entered: readonly string[]) =>
  entered.filter((path) => /^(?:use-cases|domain|providers)\//.test(path) && !path.endsWith('/tell-outcome.ts'));

/** Expects that a walk enters its stations, and beside them as many files as the page says. */
async function expectWalk(title: string, work: () => Promise<unknown>): Promise<void> {
  const entered = decidingIn(await enteredBy(work));
  const stations = walk(title).map(({ path }) => path);
  const inCode = new Set(stations.slice(1).filter((path) => !path.startsWith('db/')));
  const asked = entered.filter((path) => !inCode.has(path));
  expect(entered.length - asked.length).toBe(inCode.size);
  const counted = `${stations.length} stations and ${asked.length} files`;
  expect(textOf('docs/architecture.md'), asked.join('\n')).toContain(counted);
}

it('cash enters its stations, and asks as many files on the way as the page says', async () => {
  const config = testConfig(unreachedMobileMoney);
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const agent = { role: 'agent', id: randomUUID() } as const;
  const amount = { amount: 5_000, currency: 'UGX' } as const;
  const cash = { paymentId: randomUUID(), leaseId: lease.id, amount, receiptNumber: 'A 1' };
  await expectWalk('A payment from the route to the books', () => takeCash({ ...database, config }, agent, cash));
});

it('a callback enters its stations, and asks as many files on the way as the page says', async () => {
  const provider = await startTestServer();
  const config = testConfig({ ...unreachedMobileMoney, MTN_BASE_URL: provider.url });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const temporal = await connectTemporal(config);
  const log = createLogger('test', 'silent');
  const deps = { ...database, config, encryption, mobileMoney: createMobileMoney(config), temporal, log };
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const id = randomUUID();
  await confirmedPayments(
    database.db,
    [{ leaseId: lease.id, paymentMethodId: lease.methodId, attemptId: id }],
    5_000,
    new Date(),
  );
  const secret = callbackSecret(encryption, id);
  const asked = { status: 'pending', providerReference: null, settledAt: null } as const;
  const pending = { ...asked, callbackHash: callbackHash(encryption, secret) };
  await database.db.update(attempts).set(pending).where(eq(attempts.id, id));
  const said = { status: 'SUCCESSFUL', amount: '5000', currency: 'UGX', financialTransactionId: id, externalId: id };
  provider.reply = ({ path }) =>
    path.includes('token')
      ? { status: 200, body: { access_token: 'token', token_type: 'access_token', expires_in: 3600 } }
      : { status: 200, body: said };
  const callback = { secret, body: JSON.stringify(said), headers: new Headers(), isTimeOut: false };
  await expectWalk('A callback to the books', async () =>
    (await receiveCallback(deps, { ...callback, provider: 'mtn' }))(),
  );
  const [booked] = await database.db.select().from(attempts).where(eq(attempts.id, id));
  expect(booked?.transferId).not.toBeNull();
  await temporal.connection.close();
  await provider.close();
});
