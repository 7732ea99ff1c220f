import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commands } from '#domain/leases/commands';

it('every command of the table has its handler, once', async () => {
  const files = ['handlers.ts', 'book-handlers.ts'].map((name) => readFile(join(import.meta.dirname, name), 'utf8'));
  const source = (await Promise.all(files)).join('\n');
  const handled = [...source.matchAll(/\b(?:takes|obeys|updateOf)\(\s*(?:lease,\s*)?'(\w+)'/g)].map(([, name]) => name);
  expect(handled.toSorted()).toEqual(Object.keys(commands).toSorted());
});
