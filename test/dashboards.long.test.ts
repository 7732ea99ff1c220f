import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '#dev/client';
import { freePorts, portVariables, type PortVariable } from '#dev/ports';
import { queries } from '../deploy/grafana/dashboards.ts';
import { npmStart, type NpmStart } from './npm-start.ts';

/** A real Prometheus that asks a real platform, while the demo's two leases live on it. */
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

it('answers every query of every dashboard with something', { timeout: 600_000 }, async () => {
  const { NODE_ENV: _environment, VITEST: _vitest, ...own } = process.env;
  const demo = spawn('npm', ['run', '--silent', 'demo', '--', '--join'], {
    env: { ...own, ...ports },
    stdio: 'ignore',
  });
  expect(await new Promise<number | null>((resolve) => demo.once('exit', resolve))).toBe(0);
  const unanswered = async () => {
    const counts = await Promise.all(queries.map(async (query) => [query, await resultsOf(query)] as const));
    return counts.filter(([, count]) => count === 0).map(([query]) => query);
  };
  const all = async () => ((await unanswered()).length === 0 ? true : undefined);
  await eventually('an answer to every query', all, 60_000).catch(() => {});
  expect(await unanswered()).toEqual([]);
});
