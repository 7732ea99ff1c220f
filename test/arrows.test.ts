import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ownersOf } from './audit-trail.ts';
import {
  bothWays,
  exceptions,
  named,
  ownerOfQueries,
  paymentFolders,
  questionOf,
  reachedAbove,
  stillAsked,
  stillReached,
  walls,
  wallThrough,
} from './walls.ts';

/** The linter's own configuration, over a small tree of rooms, must refuse these imports and no others. */
const refused = {
  'domain/leases/a.ts': '#platform/config',
  'domain/leases/b.ts': '../../platform/config.ts',
  'domain/leases/c.ts': 'node:crypto',
  'domain/leases/d.ts': 'fs',
  'domain/leases/e.ts': 'drizzle-orm',
  'domain/leases/g.ts': '#domain/money',
  'use-cases/leases/g.ts': '#use-cases/ledger/post-transfer',
  'workflows/lease/i.ts': '#workflows/kit/run',
  'platform/a.ts': '#db/client',
  'db/queries/a.ts': '#use-cases/context',
  'db/queries/b.ts': '../../use-cases/context.ts',
  'providers/mpesa/a.ts': '#db/client',
  'workflows/lease/a.ts': '#use-cases/leases/offer',
  'workflows/lease/h.ts': '#activities/leases',
  'workflows/lease/b.ts': '#db/client',
  'workflows/lease/c.ts': '#platform/config',
  'workflows/lease/d.ts': 'node:timers/promises',
  'workflows/lease/e.ts': '@temporalio/client',
  'use-cases/leases/a.ts': '#api/app',
  'use-cases/leases/b.ts': '#workflows/lease/lease',
  'use-cases/leases/d.ts': '@temporalio/client',
  'api/leases/a.ts': '#workflows/lease/state',
  'api/leases/b.ts': '#dev/seed',
  'api/leases/c.ts': '../../db/client.ts',
  'api/leases/f.ts': '#activities/leases',
  'api/leases/g.ts': 'drizzle-orm',
  'api/leases/h.ts': '#db/schema/index',
  'api/leases/i.ts': '@temporalio/client',
  'steering/a.ts': '#use-cases/leases/offer',
  'steering/b.ts': '#workflows/index',
  'steering/c.ts': '#workflows/lease/lease',
  'workers/a.ts': '#dev/ports',
  'dev/a.ts': '#test/database',
} as const;

const allowed = {
  'domain/leases/f.ts': '../money.ts',
  'platform/b.ts': '#domain/money',
  'db/schema/a.ts': '../../domain/markets.ts',
  'db/queries/c.ts': '#platform/config',
  'providers/mpesa/b.ts': '#platform/config',
  'workflows/lease/f.ts': '#platform/temporal/search-attributes',
  'workflows/lease/g.ts': '@temporalio/workflow',
  'use-cases/leases/c.ts': '#workflows/lease/messages',
  'api/leases/d.ts': '#workflows/lease/messages',
  'api/leases/e.ts': '#use-cases/leases/offer',
  'workers/b.ts': '#activities/leases',
  'dev/b.ts': '#workers/workflow-bundle',
} as const;

const report = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });
const oxlint = join(import.meta.dirname, '../node_modules/oxlint/bin/oxlint');
let tree: string;
let found: Map<string, string[]>;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'rent-to-own-arrows-'));
  const configuration = await readFile(join(import.meta.dirname, '../.oxlintrc.json'), 'utf8');
  await writeFile(join(tree, '.oxlintrc.json'), configuration.replace('"typeAware": true', '"typeAware": false'));
  for (const [path, specifier] of Object.entries({ ...refused, ...allowed })) {
    await write(path, `import { thing } from '${specifier}';\nexport const used = thing;\n`);
  }
  await write(
    'workflows/lease/types.ts',
    "import type { Thing } from '#activities/leases';\nexport type Used = Thing;\n",
  );
  await write('steering/types.ts', "import type * as all from '#workflows/index';\nexport type Used = typeof all;\n");
  await write(
    'use-cases/leases/client.ts',
    "import type { Client } from '@temporalio/client';\nexport type Used = Client;\n",
  );
  await write('domain/leases/clock.ts', 'export const now = () => Date.now();\n');
  await write('domain/leases/random.ts', 'export const draw = () => Math.random();\n');
  await write('domain/leases/io.ts', "export const get = () => fetch('http://localhost');\n");
  found = await lint();
}, 30_000);

afterAll(() => rm(tree, { recursive: true, force: true }));

describe('the arrows between the rooms', () => {
  it.each(Object.entries(refused))('%s may not import %s', (path) => {
    expect(found.get(path)).toContain('eslint(no-restricted-imports)');
  });

  it.each(Object.entries(allowed))('%s may import %s', (path) => {
    expect(found.get(path)).toBeUndefined();
  });

  it('use cases know the client by its type alone', () => {
    expect(found.get('use-cases/leases/client.ts')).toBeUndefined();
  });

  it('steering knows workflows by their types alone', () => {
    expect(found.get('steering/types.ts')).toBeUndefined();
  });

  it('workflows know no types of activities: what goes there and back is named in the domain', () => {
    expect(found.get('workflows/lease/types.ts')).toContain('eslint(no-restricted-imports)');
  });

  it.each([
    ['domain/leases/clock.ts', 'eslint(no-restricted-properties)'],
    ['domain/leases/random.ts', 'eslint(no-restricted-properties)'],
    ['domain/leases/io.ts', 'eslint(no-restricted-globals)'],
  ])('keeps clock, randomness and I/O out of the domain: %s', (path, rule) => {
    expect(found.get(path)).toContain(rule);
  });
});

describe('the walls between the capabilities', async () => {
  const root = join(import.meta.dirname, '..');
  const imports = (
    await Promise.all(['use-cases', 'domain'].map((room) => readdir(join(root, room), { recursive: true })))
  )
    .flatMap((paths, i) => paths.map((path) => join(i === 0 ? 'use-cases' : 'domain', path)))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/\b(?:from|import)\s*\(?'([#.][^']+)'/g)].map(
        ([, specifier = '']) => ({ path, specifier }),
      ),
    );

  it('stand on each other, and none in a circle', () => {
    const names = Object.keys(walls);
    for (const [i, [name, may]] of Object.entries(walls).entries())
      for (const other of may) expect(names.slice(0, i), `${name} may import ${other}`).toContain(other);
  });

  it('are gone through by no import', () => {
    expect(imports.length).toBeGreaterThan(1_000);
    const through = imports.flatMap(({ path, specifier }) => {
      const wall = wallThrough(path, specifier);
      return wall === null ? [] : [`${path}: ${wall}`];
    });
    expect(through).toEqual([]);
  });

  it('stand between the folders of payments too: each imports only those before it', () => {
    const [begin, order] = ['use-cases/payments/', ['', ...paymentFolders]];
    const placeOf = (path: string) => order.indexOf(/^([\w-]+)\//.exec(path.slice(begin.length))?.[1] ?? '');
    const within = imports.flatMap(({ path, specifier }) => {
      const to = named(path, specifier) ?? '';
      return path.startsWith(begin) && to.startsWith(begin) ? [{ path, to, places: [placeOf(path), placeOf(to)] }] : [];
    });
    expect(within.length).toBeGreaterThan(200);
    const upwards = within.filter(({ places: [from = -1, to = -1] }) => from < 0 || to < 0 || to > from);
    expect(upwards.map(({ path, to }) => `${path} > ${to}`)).toEqual([]);
  });

  it('have no door that nobody goes through', () => {
    const of = (path: string) => path.split('/')[1] ?? '';
    const edges = imports.map(({ path, specifier }) => ({ from: of(path), to: named(path, specifier) ?? '' }));
    const isTaken = (from: string, to: (path: string) => boolean) =>
      edges.some((edge) => edge.from === from && to(edge.to));
    const unused = Object.entries(walls).flatMap(([from, may]) =>
      may.filter((to) => !isTaken(from, (path) => of(path) === to)).map((to) => `${from} > ${to}`),
    );
    const gone = exceptions.filter(([from, to]) => !isTaken(from, (path) => to.test(path)));
    expect([unused, gone]).toEqual([[], []]);
  });

  it('are open to both sides only where an exception is, and where that is known', () => {
    const of = (path: string) => path.split('/')[1] ?? '';
    const may: Readonly<Record<string, readonly string[]>> = walls;
    const doors = imports.flatMap(({ path, specifier }) => {
      const to = named(path, specifier) ?? '';
      const isExcepted = exceptions.some(([from, what]) => from === of(path) && what.test(to));
      return isExcepted && may[of(to)]?.includes(of(path)) ? [`${of(path)} and ${of(to)}`] : [];
    });
    expect([...new Set(doors)].toSorted()).toEqual(bothWays);
  });

  it('are not gone through by rows: no more is known of those above than is listed, and the list shrinks', () => {
    const sources = new Map(
      ['db/schema', 'use-cases']
        .flatMap((room) =>
          readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)),
        )
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
        .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
    );
    const reached = reachedAbove(sources);
    const isAsked = (one: string) => questionOf(one) in stillAsked;
    expect(reached.filter((one) => !isAsked(one))).toEqual(Object.keys(stillReached).toSorted());
    for (const [what, [files]] of Object.entries(stillAsked))
      expect(
        reached.filter((one) => questionOf(one) === what),
        what,
      ).toHaveLength(files);
    const reasons = [...Object.values(stillReached), ...Object.values(stillAsked).map(([, why]) => why)];
    for (const why of reasons) expect(why.length, why).toBeGreaterThan(20);
    const made = (path: string, text: string) =>
      reachedAbove(new Map([...sources].filter(([one]) => one.startsWith('db/')).concat([[path, text]])));
    const attempts = "import { attempts } from '#db/schema/index';";
    expect(made('use-cases/leases/a.ts', attempts)).toEqual(["leases/a.ts: payments's attempts"]);
    expect(made('use-cases/ledger/a.ts', 'sql`select from leases.leases`')).toEqual([
      "ledger/a.ts: leases's leases.leases",
    ]);
    expect(made('use-cases/vehicles/a.ts', "import { findUser } from '#db/queries/identity';")).toHaveLength(1);
    const asks = (capability: string, file: string) =>
      made(`use-cases/${capability}/a.ts`, `import { one } from '#db/queries/${file}';`);
    expect(asks('leases', 'doubts')).toEqual(["leases/a.ts: payments's db/queries/doubts"]);
    for (const file of ['payment-states', 'said-gone']) expect(asks('cases', file)).toHaveLength(1);
    expect(() => asks('cases', 'unheard-of')).toThrow('whose is db/queries/unheard-of?');
    const files = readdirSync(join(root, 'db/queries')).filter((file) => !file.endsWith('.test.ts'));
    const owners = new Set(ownersOf(sources).values());
    expect(files.map((file) => ownerOfQueries(file.replace('.ts', ''), owners))).toContain('payments');
    // One that is not listed yet stands on top, by its rows too.
    const fresh = "const own = pgSchema('surveys');\nexport const surveys = own.table('surveys', {});\n";
    const known = [...sources, ['db/schema/surveys.ts', fresh]] as const;
    const asking = (path: string) =>
      reachedAbove(new Map([...known, [path, "import { one } from '#db/queries/surveys';"]]));
    expect(asking('use-cases/surveys/a.ts')).toEqual(reached);
    expect(asking('use-cases/upkeep/a.ts')).toContain("upkeep/a.ts: surveys's db/queries/surveys");
    expect(made('use-cases/payments/a.ts', attempts)).toEqual([]);
  });

  it.each([
    ['use-cases/leases/a.ts', '#use-cases/payments/post-payment'],
    ['use-cases/leases/a.ts', '../payments/post-payment.ts'],
    ['use-cases/leases/a.ts', '../upgrades/complete-upgrade.ts'],
    ['use-cases/leases/a.ts', '../support/open-ticket.ts'],
    ['use-cases/leases/a.ts', '#domain/payments/reconciliation'],
    ['use-cases/ledger/a.ts', '../upgrades/complete-upgrade.ts'],
    ['use-cases/ledger/a.ts', '#use-cases/leases/lease-record'],
    ['use-cases/vehicles/a.ts', '../leases/lease-record.ts'],
    ['use-cases/cases/a.ts', '#domain/leases/status'],
    ['use-cases/payments/inbound/a.ts', '../../upgrades/complete-upgrade.ts'],
    ['domain/leases/a.ts', '../ussd/menu.ts'],
    ['domain/leases/a.ts', '#domain/payments/payment'],
    ['domain/ledger/a.ts', '../payments/payment.ts'],
    ['domain/telematics/rules/a.ts', '../../payments/payment.ts'],
    ['use-cases/leases/a.ts', '../inspections/begin-inspection.ts'],
  ])('refuse that %s imports %s', (path, specifier) => {
    expect(wallThrough(path, specifier)).not.toBeNull();
  });

  it.each([
    ['use-cases/payments/a.ts', '../leases/lease-record.ts'],
    ['use-cases/leases/a.ts', '#domain/ledger/ledger'],
    ['use-cases/cases/a.ts', '#domain/identity/roles'],
    ['domain/leases/a.ts', './status.ts'],
    ['use-cases/inspections/a.ts', '../payments/post-payment.ts'],
  ])('let %s import %s', (path, specifier) => {
    expect(wallThrough(path, specifier)).toBeNull();
  });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), text);
}

/** Finding something is exit code 1, so only the report counts. */
async function lint(): Promise<Map<string, string[]>> {
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [oxlint, '--format=json', '.'], { cwd: tree }, (_error, stdout) => resolve(stdout));
  });
  const codes = new Map<string, string[]>();
  for (const { code, filename } of report.parse(JSON.parse(output)).diagnostics) {
    codes.set(filename, [...(codes.get(filename) ?? []), code]);
  }
  return codes;
}
