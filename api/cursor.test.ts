import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodeCursor } from './cursor.ts';

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
