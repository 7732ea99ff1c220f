import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyOfTheProduct } from './copy.ts';
import { recipes, type Recipe } from './recipes.ts';

/**
 * How many files of the product each recipe of CONTRIBUTING.md touches, and at how many places, counted by following
 * it in a copy; how many of the tests beside them. Simulators, migrations and made documents are not counted. Fails where a count has grown; where
 * it has shrunk, its limit shrinks with it.
 */
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
/** What the deployment is told of variables. */
const deployment = ['.env.example', 'docker-compose.yml'];
const isProduct = (path: string) =>
  rooms.includes(path.split('/')[0] ?? '') && path.endsWith('.ts') && !path.endsWith('.test.ts');
const isTest = (path: string) => path.startsWith('test/') || path.endsWith('.test.ts');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...rooms], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => isProduct(path) && !path.startsWith('db/migrations/'));

const copy = copyOfTheProduct();
process.on('exit', () => copy.remove());
const begun = new Map<string, ReadonlyMap<string, string>>();
for (const [name, recipe] of Object.entries<Recipe>(recipes)) {
  begun.set(name, copy.texts());
  await recipe.walk(copy);
  const touched = touchedBetween(begun.get(recipe.since ?? name) ?? new Map(), copy.texts());
  const shared = touched.files.filter((path) => recipe.own?.test(path) !== true);
  const now = { files: shared.length, places: touched.places - (touched.files.length - shared.length) };
  const [was, is] = [begun.get(recipe.since ?? name), copy.texts()];
  const deployed = deployment.filter((path) => was?.get(path) !== is.get(path)).length;
  const tests = [...is.keys()].filter((path) => isTest(path) && was?.get(path) !== is.get(path)).length;
  const besides = [beside(deployed, 'deployment'), beside(tests, 'tests')].join('');
  const before = recipe.before === null ? '' : `, before ${told(recipe.before)}`;
  const asked = recipe.asked === null ? '' : `, asked ${recipe.asked}`;
  process.stdout.write(`${recipe.adds.padEnd(30)} ${told(now)}${besides}${before}${asked}\n`);
  if (process.argv.includes('--list')) for (const path of touched.files) process.stdout.write(`  ${path}\n`);
  if (now.files <= recipe.limit) continue;
  process.stderr.write(`${recipe.adds} touches more files than ${recipe.limit}:\n  ${shared.join('\n  ')}\n`);
  process.exitCode = 1;
}

const routed = files.filter((path) => path.startsWith('api/') && /\bdefineRoute\(/.test(code(path)));
const apart = routed.filter((path) => shapesElsewhere(path).length > 0);
process.stdout.write(
  `what only one file of routes takes stands in it: in ${routed.length - apart.length} of ${routed.length}\n`,
);
if (apart.length > 0) {
  process.stderr.write(
    `what only one file of routes takes stands elsewhere:\n${apart.flatMap(shapesElsewhere).join('\n')}\n`,
  );
  process.exitCode = 1;
}

interface Touched {
  readonly files: string[];
  /** Runs of lines that follow each other, a file of its own being one. */
  readonly places: number;
}

/** Files of the product that differ. */
function touchedBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Touched {
  const files = [...after.keys()].filter((path) => isProduct(path) && before.get(path) !== after.get(path)).toSorted();
  const changed = files.map((path) =>
    placesBetween(before.get(path)?.split('\n') ?? [], after.get(path)?.split('\n') ?? []),
  );
  return { files, places: changed.reduce((sum, places) => sum + places, 0) };
}

/** How often lines were put between those that were there, or in place of one of them. */
function placesBetween(before: readonly string[], after: readonly string[]): number {
  let [places, next, isNew] = [0, 0, false];
  for (const line of after) {
    const isOld = line === before[next];
    if (!isOld && !isNew) places += 1;
    isNew = !isOld;
    // Where the old line does not come any more, this one stands in its place.
    if (isOld || !after.includes(before[next] ?? line)) next += 1;
  }
  return places;
}

function beside(many: number, of: string): string {
  return many === 0 ? '' : `, and ${many} of the ${of}`;
}

function told({ files, places }: { readonly files: number; readonly places?: number }): string {
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  return places === undefined ? many(files, 'file') : `${many(files, 'file')} at ${many(places, 'place')}`;
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
