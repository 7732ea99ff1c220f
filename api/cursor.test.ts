import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodeCursor, pageOfAll } from './cursor.ts';

/** The checksum is no secret: anybody can make a cursor that carries it. */
const sealed = (text: string) => {
  const body = Buffer.from(text);
  return Buffer.concat([createHash('sha256').update(body).digest().subarray(0, 6), body]).toString('base64url');
};

it.each(['nope', '', '{}', '[1]', '["a","b"]', '[1,2,3]', '["a","b","another list"]'])(
  'what holds %s is no cursor',
  (text) => {
    expect(() => decodeCursor(sealed(text))).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  },
);

it('a list that is read as a whole is answered whole, or page by page', () => {
  const all = ['a', 'b', 'c', 'd', 'e'];
  expect(pageOfAll(all, {}, 'letters')).toEqual({ data: all, nextCursor: null });
  const pages: string[][] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const { data, nextCursor } = pageOfAll(all, { limit: 2, cursor }, 'letters');
    pages.push(data);
    cursor = nextCursor;
  }
  expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  const { nextCursor } = pageOfAll(all, { limit: 2 }, 'letters');
  expect(() => pageOfAll(all, { cursor: nextCursor ?? '' }, 'figures')).toThrow(
    expect.objectContaining({ code: 'invalid_input' }),
  );
});
