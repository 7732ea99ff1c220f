import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { figures } from '#platform/metrics/catalogue';

const rules = readFileSync('deploy/prometheus/rules.yml', 'utf8');
const tests = readFileSync('deploy/prometheus/rules.test.yml', 'utf8');
const runbooks = readFileSync('docs/runbooks.md', 'utf8');
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

it('goes by figures that some process shows', () => {
  const names = new Set(Object.keys(figures));
  const recorded = new Set([...rules.matchAll(/- record: (\S+)/g)].map(([, name = '']) => name));
  const expressions = [...rules.matchAll(/expr: (?:\|\n)?(.*(?:\n {10,}.*)*)/g)].map(([, text = '']) => text);
  const asked = expressions.flatMap((text) =>
    [...text.replaceAll(/\{[^}]*\}|by \([^)]*\)/g, ' ').matchAll(/\b[a-z][a-z0-9]*(?:[_:][a-z0-9_:]+)+\b/g)].map(
      ([name]) => name,
    ),
  );
  expect(asked.length).toBeGreaterThan(50);
  const known = (name: string) =>
    names.has(name.replace(/_(bucket|count|sum)$/, '')) ||
    recorded.has(name) ||
    /^(nodejs|process|temporal)_/.test(name);
  expect(asked.filter((name) => !known(name) && name !== 'histogram_quantile')).toEqual([]);
});

it('has a runbook for each alert, that says how to look, to mend and to verify, and none for others', () => {
  const pages = [...runbooks.matchAll(/^### (\w+)\n\n([^#]*)/gm)];
  expect(pages.map(([, name]) => name).toSorted()).toEqual(alerts.toSorted());
  for (const [, name, text] of pages)
    for (const part of ['**Look**', '**Mend**', '**Verify**']) expect(text, `${name} ${part}`).toContain(part);
});

it('is fired by its fault and silent without it', () => {
  for (const name of alerts) {
    const mine = tests.split('- eval_time:').filter((one) => one.includes(`alertname: ${name}\n`));
    expect(
      mine.some((one) => one.includes('exp_alerts: []')),
      `${name} silent`,
    ).toBe(true);
    expect(
      mine.some((one) => one.includes('exp_labels')),
      `${name} fired`,
    ).toBe(true);
  }
  const run = (...args: string[]) => execFileSync(promtool(), args, { cwd: 'deploy/prometheus', encoding: 'utf8' });
  expect(run('check', 'rules', 'rules.yml')).toContain('SUCCESS');
  expect(run('test', 'rules', 'rules.test.yml')).toContain('SUCCESS');
  expect(run('check', 'config', '--syntax-only', 'prometheus.yml')).toContain('SUCCESS');
});

/** @throws Error telling how to install it where it is missing; root of a Debian machine gets it installed. */
function promtool(): string {
  const isThere = () => spawnSync('promtool', ['--version']).error === undefined;
  if (!isThere() && process.getuid?.() === 0)
    spawnSync('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', 'prometheus']);
  if (!isThere())
    throw new Error('install Prometheus (Debian: apt-get install prometheus; macOS: brew install prometheus)');
  return 'promtool';
}
