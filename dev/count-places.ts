import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * How many files of the product something that was added touches, counted at one that is there: the files that name it,
 * its own included. Tests, simulators, migrations and made documents are not counted. Fails where a count has grown;
 * where it has shrunk, its limit here shrinks with it.
 */
const recipes = [
  // Its file, with what it answers, and the routes that it stands among; one among others in their file takes only that.
  {
    recipe: 'a route',
    counted: /\bownershipRoute\b|'\/leases\/\{id\}\/ownership'|\('Ownership'\)|\breadOwnership\b/,
    aim: 1,
    limit: 2,
  },
  { recipe: 'a lease command', counted: /\bwaiveFees\b/, aim: 3, limit: 3 },
  { recipe: 'an event', counted: /\bvehicle\.reserved\b/, aim: 2, limit: 2 },
  { recipe: 'a risk rule', counted: /\bharsh_?[bB]raking\b|harsh-braking/, aim: 2, limit: 2 },
  // A provider is as many files as it needs beside each other; they count as one.
  { recipe: 'a provider', counted: /airtel/i, own: /mobile-money\/(airtel|test-adapters)/, aim: 5, limit: 5 },
  // Where its routes, activities, queue, tables, workflow, personal data and events are listed; not who makes use of it.
  {
    recipe: 'a capability with a workflow',
    counted: /\bkyc(?:Routes|Data)\b|createKycActivities|'kyc'|'kyc\.|'\.\/kyc(?:\/kyc)?\.ts'/,
    own: /(^|\/)kyc(\/|\.ts$)/,
    aim: 7,
    limit: 7,
  },
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
  const isOwn = (path: string) => 'own' in rest && rest.own.test(path);
  const naming = files.filter((path) => counted.test(code(path)));
  const shared = naming.filter((path) => !isOwn(path));
  const count = shared.length + (recipe === 'a provider' && shared.length < naming.length ? 1 : 0);
  process.stdout.write(`${recipe.padEnd(30)} ${count} files, aim ${aim}\n`);
  if (process.argv.includes('--list'))
    for (const path of naming) process.stdout.write(`  ${path}${isOwn(path) ? ' (its own)' : ''}\n`);
  if (count <= limit) continue;
  process.stderr.write(
    `${recipe} touches ${count} files; it was ${limit}:\n${naming.map((path) => `  ${path}\n`).join('')}`,
  );
  process.exitCode = 1;
}

/** A file without its comments. */
function code(path: string): string {
  return readFileSync(path, 'utf8').replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/[^\n]*/g, '');
}
