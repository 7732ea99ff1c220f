import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownDirectory } from '../directory.ts';
import { KeptReport } from './kept-report.ts';
import { cells } from './matrix.ts';

it('keeps what was seen of each cell last, over runs that come to some, and has the next begin with the others', async () => {
  const directory = await ownDirectory('chaos-report');
  const path = join(directory, 'report.md');
  const all = cells();
  const [first, second, third] = all;
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are no cells');
  const seen = { held: 'yes', works: '1.5', rest: '30', on: '2026-11-30', commit: 'abc1234' };

  const run = new KeptReport(path, all);
  expect(run.oldestFirst(all)).toEqual(all);
  run.keep(first, seen);
  run.keep(second, { ...seen, on: '2026-11-29', held: '**no**: it works again: a | b' });

  const next = new KeptReport(path, all);
  expect(next.oldestFirst(all)).toEqual([...all.slice(2), second, first]);
  next.keep(third, { ...seen, on: '2026-12-01' });
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(`3 of ${all.length} cells were tried; everything held in 2.`);
  const rows = text.split('\n').filter((line) => line.includes('abc1234'));
  expect(rows).toHaveLength(3);
  expect(rows[1]).toContain('**no**: it works again: a \\| b');
  await rm(directory, { recursive: true });
});
