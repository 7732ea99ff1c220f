import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { freePorts, portVariables, type PortVariable } from '#dev/ports';
import { connectDatabase } from '#db/client';
import { embeddedEnvironment } from '#dev/environment';
import { loadConfig } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { fastForward } from '#platform/temporal/fast-forward';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { asked } from '../deploy/grafana/dashboards.ts';
import { createFleet, startFleet, type Payer } from './fleet.ts';
import { npmStart, type NpmStart } from './npm-start.ts';

/**
 * A real Prometheus that asks a real platform under load: the demo's two leases live on it, a fleet comes due, and trackers
 * drive. At its end it prints the table of docs/dashboards.md.
 */
const LEASES = 60;
const TRACKERS = 40;
const DAY = 86_400_000;
let directory: string;
let platform: NpmStart;
let prometheus: ChildProcess | undefined;
let url: string;
let ports: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rent-to-own-dashboards-'));
  const names = Object.keys(portVariables) as PortVariable[];
  const [port, ...others] = await freePorts(9);
  ports = Object.fromEntries(names.map((name, index) => [name, String(others[index])]));
  platform = await npmStart(join(directory, 'data'), ports);
  const shown = platform.lines.find((line) => line.startsWith('Metrics')) ?? '';
  const targets = [...shown.matchAll(/localhost:\d+/g)].map(([target]) => target);
  expect(targets).toHaveLength(4);
  url = `http://127.0.0.1:${port}`;
  const rules = join(import.meta.dirname, '../deploy/prometheus/rules.yml');
  const config = {
    global: { scrape_interval: '2s', evaluation_interval: '2s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'rent-to-own', static_configs: [{ targets }] }],
  };
  const file = join(directory, 'prometheus.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const flags = [`--storage.tsdb.path=${join(directory, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`];
  prometheus = spawn('prometheus', [`--config.file=${file}`, ...flags], { stdio: 'ignore' });
}, 300_000);

afterAll(async () => {
  prometheus?.kill();
  platform.signalGroup('SIGTERM');
  await platform.exited;
  await rm(directory, { recursive: true, force: true });
}, 60_000);

const answer = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()) }) });

async function resultsOf(query: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  return answer.parse(await response.json()).data.result.length;
}

/** Ends with its exit code. */
function npmRun(...args: readonly string[]): Promise<number | null> {
  const { NODE_ENV: _environment, VITEST: _vitest, ...own } = process.env;
  const child = spawn('npm', ['run', '--silent', ...args], { env: { ...own, ...ports }, stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Everybody pays what comes due in a week, and some have nothing. */
async function comesDue(): Promise<void> {
  const { env } = await embeddedEnvironment(join(directory, 'data'), ports);
  const config = loadConfig(env);
  const database = connectDatabase(config.DATABASE_URL, { pool: 8, name: 'load', travels: true });
  const temporal = await connectTemporal(config);
  const payers = Array.from({ length: LEASES }, (_, i): Payer => {
    const phone = `+25677${4_000 + i}${i % 6 === 0 ? '010' : '100'}`;
    return { provider: 'mtn', market: 'UG', phone };
  });
  const fleet = await createFleet(database.db, config, payers, undefined, 'LOAD');
  await startFleet(temporal, config, fleet);
  const week = fleet.map(({ state }) => fastForward(temporal, leaseWorkflowId(state.application.leaseId), 8 * DAY));
  expect((await Promise.all(week)).map(({ outcome }) => outcome)).toEqual(fleet.map(() => 'reached'));
  await temporal.connection.close();
  await database.close();
}

it('answers every query of every dashboard with something', { timeout: 900_000 }, async () => {
  const [demo, trackers] = await Promise.all([
    npmRun('demo', '--', '--join'),
    npmRun('trackers', '--', '--count', String(TRACKERS), '--interval', '1', '--seconds', '60'),
    comesDue(),
  ]);
  expect([demo, trackers]).toEqual([0, 0]);
  const answers = () => Promise.all(asked.map(async (one) => ({ ...one, series: await resultsOf(one.query) })));
  const all = async () => {
    const found = await answers();
    return found.every(({ series }) => series > 0) ? found : undefined;
  };
  const found = await eventually('an answer to every query', all, 60_000).catch(answers);
  expect(found.filter(({ series }) => series === 0)).toEqual([]);
  const cell = (text: string) => text.replaceAll('|', String.raw`\|`);
  for (const { dashboard, title, query, series } of found)
    process.stderr.write(`| ${dashboard} | ${title} | \`${cell(query)}\` | ${series} |\n`);
});
