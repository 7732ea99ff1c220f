import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const folder = new URL('./migrations/', import.meta.url);
const journal = z
  .object({ entries: z.array(z.object({ idx: z.number(), when: z.number(), tag: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL('meta/_journal.json', folder), 'utf8'))).entries;

it('migrations are dated in their order: one that is older than the last that was run is left out by the migrator', () => {
  expect(journal.map(({ idx }) => idx)).toEqual(journal.map((_, index) => index));
  const dates = journal.map(({ when }) => when);
  expect(dates).toEqual([...new Set(dates)].toSorted((a, b) => a - b));
});

it('every file is a migration, once', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  expect(files.toSorted()).toEqual(journal.map(({ tag }) => `${tag}.sql`).toSorted());
});
