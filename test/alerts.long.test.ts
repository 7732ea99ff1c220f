import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, MarketplaceClient } from '#dev/client';
import { faults, unstruck } from './alerts/faults.ts';
import { deployed, hurried, Prometheus } from './alerts/prometheus.ts';
import { startWorld, type World } from './alerts/world.ts';

/**
 * Every alert is fired by its real fault, and by none in a rolling restart: a real Prometheus asks a real platform of
 * separate processes. The restart goes by the rules as they are deployed; the faults by a copy that waits for seconds where
 * those wait for minutes, and for ages of seconds (`alerts/prometheus.ts`).
 * `ALERTS=ProviderSlow,ApiSlow TEST_LONG=true npx vitest run test/alerts.long` tries some.
 */
const ONLY = process.env['ALERTS']?.split(',');
const PATIENCE = 150_000;
const say = (line: string) => process.stderr.write(`alerts: ${line}\n`);

let directory: string;
let world: World;
let prometheus: Prometheus;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rent-to-own-alerts-'));
  world = await startWorld(join(directory, 'platform'));
  prometheus = await Prometheus.start(directory, world.stage.targets, world.stage.targetOf('worker'));
}, 1_200_000);

afterAll(async () => {
  await prometheus.stop();
  await world.stop();
  await rm(directory, { recursive: true, force: true });
}, 120_000);

it('names a fault for every alert', () => {
  const alerts = [...deployed().matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  expect([...faults.flatMap(({ fires }) => fires), ...Object.keys(unstruck)].toSorted()).toEqual(alerts.toSorted());
});

it('is silent in a rolling restart', async () => {
  prometheus.goesBy(deployed());
  const fired = new Set<string>();
  let over = false;
  const watching = (async () => {
    for (; !over; await sleep(1_000)) for (const name of await prometheus.firing()) fired.add(name);
  })();
  const visitor = new MarketplaceClient(world.stage.api);
  const asking = (async () => {
    for (; !over; await sleep(100)) await visitor.get('/v1/vehicles', { query: { limit: 1 } }).catch(() => {});
  })();
  for (const name of ['worker', 'telematics', 'relay', 'api'] as const) await world.stage.again(name);
  await sleep(20_000);
  over = true;
  await Promise.all([watching, asking]);
  expect([...fired]).toEqual([]);
}, 600_000);

it('each alert is fired by its fault, and is silent when that is mended', async () => {
  prometheus.goesBy(hurried());
  const tried = faults.filter(({ fires }) => ONLY === undefined || fires.some((name) => ONLY.includes(name)));
  await world.hurriesLooks();
  const rows = new Map<string, Row>();
  const silent: string[] = [];
  const watch = watchSilence(rows);
  for (const { fires, by, strike } of tried) {
    const before = new Set(await prometheus.firing());
    const enough = new AbortController();
    const began = Date.now();
    const mend = await strike(world, enough.signal).catch((error: unknown) => {
      say(`${fires.join()}: the fault was not done: ${String(error)}`);
      return () => world.stage.proxies.mend();
    });
    const left = new Set(fires);
    const all = async () => {
      for (const name of await prometheus.firing()) {
        if (!left.delete(name)) continue;
        const fired = before.has(name) ? 'before' : String(Math.round((Date.now() - began) / 1_000));
        rows.set(name, { by, fired, mended: null, silent: null });
        say(`${name} fired after ${fired}: ${by}`);
      }
      return left.size === 0 ? true : undefined;
    };
    await eventually(fires.join(), all, PATIENCE).catch(() => silent.push(...left));
    for (const name of left) say(`${name} is **silent**: ${by}`);
    enough.abort();
    await mend();
    for (const name of fires) if (rows.has(name)) Object.assign(rows.get(name) ?? {}, { mended: Date.now() });
  }
  const quiet = async () => ((await prometheus.firing()).every((name) => forPeople.has(name)) ? true : undefined);
  // What the books count of five minutes is over after them.
  await eventually('every alert to be silent', quiet, 420_000).catch(() => {});
  await watch.stop();
  for (const [name, row] of rows) say(`| ${name} | ${row.by} | ${row.fired} | ${row.silent ?? 'not yet'} |`);
  expect(silent, 'alerts that their fault did not fire').toEqual([]);
  expect((await prometheus.firing()).filter((name) => !forPeople.has(name))).toEqual([]);
}, 3_600_000);

/** What needs a person, and gets none here. */
const forPeople: ReadonlySet<string> = new Set(['PaymentUnknown', 'CaseOfMoney', 'SuspenseOld', 'DeadLetters']);

interface Row {
  readonly by: string;
  /** Seconds after the fault; `before` where an earlier fault still had it fire. */
  readonly fired: string;
  /** When its fault was mended. */
  readonly mended: number | null;
  /** Seconds after that. */
  readonly silent: number | null;
}

/** Notes when each alert is silent again, while other faults go on. */
function watchSilence(rows: ReadonlyMap<string, Row>): { stop(): Promise<void> } {
  let over = false;
  const watching = (async () => {
    for (; !over; await sleep(1_000)) {
      const firing = new Set(await prometheus.firing().catch(() => [...rows.keys()]));
      for (const [name, row] of rows)
        if (row.mended !== null && row.silent === null && !firing.has(name)) {
          Object.assign(row, { silent: Math.round((Date.now() - row.mended) / 1_000) });
          say(`${name} is silent ${row.silent} s after it was mended`);
        }
    }
  })();
  return {
    async stop() {
      over = true;
      await watching;
    },
  };
}
