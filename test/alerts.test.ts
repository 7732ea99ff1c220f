import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { figures } from '#platform/metrics/catalogue';
import { createTestDatabase } from './database.ts';
import { ownDirectory } from './directory.ts';

const rules = readFileSync('deploy/prometheus/rules.yml', 'utf8');
const testFiles = ['rules.test.yml', 'rules.days.test.yml'];
const tests = testFiles.map((name) => readFileSync(`deploy/prometheus/${name}`, 'utf8')).join('\n');
const runbooks = readFileSync('docs/runbooks.md', 'utf8');
const openapi = z
  .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
  .parse(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

const names = new Set(Object.keys(figures));
const recorded = new Set([...rules.matchAll(/- record: (\S+)/g)].map(([, name = '']) => name));
/** Figures that an expression asks for and no process shows. */
function unknownIn(expression: string): string[] {
  const bare = expression.replaceAll(
    /\{[^}]*\}|by \([^)]*\)|histogram_quantile|label_replace|clamp_min|max_over_time/g,
    ' ',
  );
  return [...bare.matchAll(/\b[a-z][a-z0-9]*(?:[_:][a-z0-9_:]+)+\b/g)]
    .map(([name]) => name)
    .filter(
      (name) =>
        !names.has(name.replace(/_(bucket|count|sum)$/, '')) &&
        !recorded.has(name) &&
        !/^(nodejs|process|temporal)_/.test(name),
    );
}

it('goes by figures that some process shows', () => {
  const expressions = [...rules.matchAll(/expr: (?:\|\n)?(.*(?:\n {10,}.*)*)/g)].map(([, text = '']) => text);
  expect(expressions.length).toBeGreaterThan(30);
  expect(expressions.flatMap(unknownIn)).toEqual([]);
});

const pages = [...runbooks.matchAll(/^### (\w+)\n\n([^#]*)/gm)].map(([, name = '', text = '']) => ({ name, text }));
/** What an operator types, by the preamble of the runbooks. */
const commands = pages.flatMap(({ text }) =>
  [
    ...text.matchAll(
      /`((?:docker|curl|api|post|ask|figures|db|temporal|npm|iptables|VERSION=|WORKERS=|TEXTS_HOUR=)[^`]*)`/g,
    ),
  ].map(([, command = '']) => command),
);

it('has a runbook for each alert, with a command to look, to mend and to verify, and none for others', () => {
  expect(pages.map(({ name }) => name).toSorted()).toEqual(alerts.toSorted());
  for (const { name, text } of pages)
    for (const part of ['Look', 'Mend', 'Verify']) {
      const line = new RegExp(`^- \\*\\*${part}\\*\\*: (.*)$`, 'm').exec(text)?.[1] ?? '';
      expect(
        commands.some((command) => line.includes(`\`${command}\``)),
        `${name}: ${part}: ${line}`,
      ).toBe(true);
    }
});

it('says in each alert where its runbook is', () => {
  const named = [...rules.matchAll(/runbook: docs\/runbooks\.md#(\w+)/g)].map(([, name = '']) => name);
  expect(named).toEqual(alerts.map((name) => name.toLowerCase()));
});

it('its commands ask for routes, tables and figures that there are', async () => {
  const argumentsOf = (verb: string, quoted: RegExp) =>
    commands.filter((command) => command.startsWith(verb)).map((command) => quoted.exec(command)?.[1] ?? command);

  const requests = commands.filter((command) => /^(?:api|post|curl)\b/.test(command));
  expect(requests.length).toBeGreaterThan(20);
  for (const request of requests) {
    const [, path = ''] = /\$API([^\s"?]*)/.exec(request) ?? [];
    const method = request.startsWith('post') ? 'post' : (/-X (\w+)/.exec(request)?.[1] ?? 'get').toLowerCase();
    expect(Object.keys(openapi.paths[path.replaceAll('<id>', '{id}')] ?? {}), request).toContain(method);
  }

  const database = await createTestDatabase();
  for (const statement of argumentsOf('db', /-c "(.*)"$/))
    await expect(database.sql.unsafe(statement.replaceAll('<pid>', '0')), statement).resolves.toBeDefined();
  await database.close();

  const asked = argumentsOf('ask', /^ask '(.*)'$/);
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.flatMap(unknownIn)).toEqual([]);
  const directory = await ownDirectory('runbooks');
  const file = join(directory, 'rules.json');
  const group = { name: 'asked', rules: asked.map((expr, i) => ({ record: `asked:${i}`, expr })) };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [group] }));
  expect(execFileSync(promtool(), ['check', 'rules', file], { encoding: 'utf8' })).toContain('SUCCESS');
  await rm(directory, { recursive: true });
});

it('is fired by its fault and silent without it', () => {
  for (const name of alerts) {
    const mine = tests.split('- eval_time:').filter((one) => one.includes(`alertname: ${name}\n`));
    expect(
      // The dead man's switch is never silent.
      mine.some((one) => one.includes('exp_alerts: []')) || name === 'Watchdog',
      `${name} silent`,
    ).toBe(true);
    expect(
      mine.some((one) => one.includes('exp_labels')),
      `${name} fired`,
    ).toBe(true);
  }
  const run = (...args: string[]) => execFileSync(promtool(), args, { cwd: 'deploy/prometheus', encoding: 'utf8' });
  expect(run('check', 'rules', 'rules.yml')).toContain('SUCCESS');
  for (const file of testFiles) expect(run('test', 'rules', file)).toContain('SUCCESS');
  expect(run('check', 'config', '--syntax-only', 'prometheus.yml')).toContain('SUCCESS');
  // Half a minute of a processor, which others may share.
}, 400_000);

/** @throws Error telling how to install it where it is missing; root of a Debian machine gets it installed. */
function promtool(): string {
  const isThere = () => spawnSync('promtool', ['--version']).error === undefined;
  if (!isThere() && process.getuid?.() === 0)
    spawnSync('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', 'prometheus']);
  if (!isThere())
    throw new Error('install Prometheus (Debian: apt-get install prometheus; macOS: brew install prometheus)');
  return 'promtool';
}
