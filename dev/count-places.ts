import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capabilityLines } from './scaffold/capability.ts';

/**
 * How many files of the product something that was added touches, counted at one that is there: the files that name it,
 * its own included. Tests, simulators, migrations and made documents are not counted. Fails where a count has grown;
 * where it has shrunk, its limit here shrinks with it.
 */
const recipes = [
  { recipe: 'a lease command', counted: /\bwaiveFees\b/, aim: 3, limit: 3 },
  { recipe: 'an event', counted: /\bvehicle\.reserved\b/, aim: 2, limit: 2 },
  { recipe: 'a risk rule', counted: /\bharsh_?[bB]raking\b|harsh-braking/, aim: 2, limit: 2 },
  // A provider is as many files as it needs beside each other; they count as one.
  { recipe: 'a provider', counted: /airtel/i, own: /mobile-money\/(airtel|test-adapters)/, aim: 5, limit: 5 },
] as const;

const rooms = [
  'activities',
  'api',
  'db',
  'domain',
  'platform',
  'providers',
  'steering',
  'use-cases',
  'workers',
  'workflows',
];
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...rooms], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('db/migrations/'));

for (const { recipe, counted, aim, limit, ...rest } of recipes) {
  const naming = files.filter((path) => counted.test(code(path)));
  const shared = naming.filter((path) => !('own' in rest && rest.own.test(path)));
  const count = shared.length + (shared.length < naming.length ? 1 : 0);
  tell(recipe, `${count} files, aim ${aim}`, naming);
  if (count <= limit) continue;
  process.stderr.write(
    `${recipe} touches ${count} files; it was ${limit}:\n${naming.map((path) => `  ${path}\n`).join('')}`,
  );
  process.exitCode = 1;
}

// Of the product alone, as above: the sample of a test is none of it.
const lines = capabilityLines('inspections', 'inspection').filter(({ path }) => !path.startsWith('test/'));
const tables = new Set(lines.map(({ path }) => path));
tell('a capability with a workflow', `${tables.size} files beside its own, aim 7`, [...tables]);
if (tables.size > 7) process.exitCode = 1;

const routed = files.filter((path) => path.startsWith('api/') && /\bdefineRoute\(/.test(code(path)));
const apart = routed.filter((path) => shapesElsewhere(path).length > 0);
tell(
  'a route',
  `1 file, aim 1; more in ${apart.length} of ${routed.length} files of routes`,
  apart.flatMap((path) => [path, ...shapesElsewhere(path)]),
);
if (apart.length > 0) {
  process.stderr.write(
    `what only one file of routes takes stands elsewhere:\n${apart.flatMap(shapesElsewhere).join('\n')}\n`,
  );
  process.exitCode = 1;
}

function tell(recipe: string, count: string, paths: readonly string[]): void {
  process.stdout.write(`${recipe.padEnd(30)} ${count}\n`);
  if (process.argv.includes('--list')) for (const path of paths) process.stdout.write(`  ${path}\n`);
}

/** Schemas and presenters that stand in another file of a capability, though only this one takes them: `path: name`. */
function shapesElsewhere(path: string): string[] {
  return takenBy(path)
    .filter(({ from, name }) => /^api\/[\w-]+\//.test(from) && isShape(from, name) && !usesItself(from, name))
    .filter(({ from, name }) => !files.some((other) => other !== path && other !== from && takes(other, from, name)))
    .map(({ from, name }) => `${from}: ${name}`);
}

function isShape(path: string, name: string): boolean {
  const isPresenter = /^(present|shown|view)[A-Z]/.test(name);
  return isPresenter || new RegExp(`export const ${name} = z\\b`).test(code(path));
}

function usesItself(path: string, name: string): boolean {
  return (code(path).match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1;
}

function takes(path: string, from: string, name: string): boolean {
  return path.startsWith('api/') && takenBy(path).some((one) => one.from === from && one.name === name);
}

/** What a file imports by relative paths, by name. */
function takenBy(path: string): { readonly from: string; readonly name: string }[] {
  const text = code(path);
  return [...text.matchAll(/import (?:type )?(?:\{([^}]*)\}|\* as (\w+)) from '(\.[^']*)';/g)].flatMap(
    ([, named, all, relative = '']) => {
      const from = join(dirname(path), relative);
      const names =
        named === undefined
          ? [...text.matchAll(new RegExp(`\\b${all}\\.(\\w+)`, 'g'))].map(([, name = '']) => name)
          : named.split(',').map((one) => one.trim().replace('type ', ''));
      return names.filter((name) => name !== '').map((name) => ({ from, name }));
    },
  );
}

/** A file without its comments. */
function code(path: string): string {
  return readFileSync(path, 'utf8').replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/[^\n]*/g, '');
}
