import { doubleNames, productSources } from './double-names.ts';
import { patchGuards } from './patch-guards.ts';
import { exceptions, stillAsked, stillReached } from './walls.ts';

/** What of the house may only become less, for `npm run check -- house`. `--list` names it. */
const doubles = doubleNames(productSources());
const counts = [
  ['imports against the walls', exceptions.map(([from, to, why]) => `${from} > ${String(to)}: ${why}`)],
  ['rows read through them', Object.entries(stillReached).map(([what, why]) => `${what}: ${why}`)],
  [
    'questions asked through them',
    Object.entries(stillAsked).flatMap(([what, [files, why]]) => Array<string>(files).fill(`${what}: ${why}`)),
  ],
  ['names of two or more files', [...doubles].map(([name, paths]) => `${name}: ${paths.join(', ')}`)],
  ['guards of running workflows', patchGuards().map(({ id, since, lives }) => `${since}  ${id}: runs live ${lives}`)],
] as const;

for (const [what, all] of counts) {
  process.stdout.write(`${what.padEnd(30)} ${all.length}\n`);
  if (process.argv.includes('--list')) for (const one of all) process.stdout.write(`  ${one}\n`);
}
