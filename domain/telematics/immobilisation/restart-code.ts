/**
 * OpenPAYGO tokens, by which a unit that no network reaches can be started: nine digits that are typed into it. The
 * reference is the Python package `openpaygo` 0.6.3; `restart-code.test.ts` holds its vectors. A token is made of a
 * secret that unit and platform share and of a count that only grows, so that each is good once.
 */

/** Days that the token lets the unit run without hearing from us; any command that comes later outranks it. */
export const RESTART_DAYS = 30;
/** How far a unit looks ahead for the count of a token (`MAX_TOKEN_JUMP` of the reference). */
const JUMP = 64;
/** Values above mean something else than days. */
const MOST = 995;

/** A token that sets the days, and its count, which is the last one from then on. */
export interface Token {
  readonly digits: string;
  readonly count: number;
}

/**
 * Makes the next token that sets the days left.
 *
 * @param key 16 bytes
 * @param last the count of the token before; 0 for the first
 * @throws RangeError for more than 995 days, or a key of another length
 */
export function nextToken(key: Uint8Array, last: number, days: number): Token {
  if (!Number.isInteger(days) || days < 0 || days > MOST) throw new RangeError(`a token cannot set ${days} days`);
  const start = startingCode(key);
  // Odd counts set the days; even ones, which nobody makes here, add some.
  const count = last % 2 === 1 ? last + 2 : last + 1;
  const base = ((start % 1_000) + days) % 1_000;
  let code = withBase(start, base);
  for (let i = 0; i < count; i += 1) code = following(code, key);
  return { digits: String(withBase(code, base)).padStart(9, '0'), count };
}

/**
 * What a unit does with digits that somebody typed.
 *
 * @param last the highest count that it has taken
 * @returns the days and the count that it keeps; null for digits that are wrong, or were used.
 */
export function readToken(
  key: Uint8Array,
  last: number,
  digits: string,
): { readonly days: number; readonly count: number } | null {
  if (!/^\d{9}$/.test(digits)) return null;
  const token = Number(digits);
  const start = startingCode(key);
  const base = token % 1_000;
  const days = (base - (start % 1_000) + 1_000) % 1_000;
  let code = withBase(start, base);
  for (let count = 1; count <= last + JUMP; count += 1) {
    code = following(code, key);
    if (count > last && count % 2 === 1 && withBase(code, base) === token) return days > MOST ? null : { days, count };
  }
  return null;
}

/**
 * As `readToken`, as a unit does that is stopped: a code for other days than ours are is none of ours, and one guess in a
 * thousand of the others.
 */
export function readRestartCode(key: Uint8Array, last: number, digits: string): ReturnType<typeof readToken> {
  const token = readToken(key, last, digits);
  return token?.days === RESTART_DAYS ? token : null;
}

/** The code that the first token of a unit is made from, by its key. */
const startingCode = (key: Uint8Array): number => toCode(sipHash(key, key));

const withBase = (code: number, base: number) => code - (code % 1_000) + base;

function following(code: number, key: Uint8Array): number {
  const twice = new Uint8Array(8);
  const view = new DataView(twice.buffer);
  view.setUint32(0, code);
  view.setUint32(4, code);
  return toCode(sipHash(key, twice));
}

/** The two halves of a hash as a number of at most nine digits. */
function toCode(hash: bigint): number {
  const folded = Number((hash >> 32n) ^ (hash & 0xffff_ffffn));
  const bits = Math.floor(folded / 4);
  return bits > 999_999_999 ? bits - 73_741_825 : bits;
}

const MASK = 0xffff_ffff_ffff_ffffn;
const rotated = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & MASK;

/** SipHash-2-4 (Aumasson and Bernstein 2012). */
function sipHash(key: Uint8Array, message: Uint8Array): bigint {
  if (key.length !== 16) throw new RangeError('the key of a unit has 16 bytes');
  const [k0, k1] = [littleEndian(key, 0, 8), littleEndian(key, 8, 16)];
  let v = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ] as const;
  const whole = message.length - (message.length % 8);
  const words = Array.from({ length: whole / 8 }, (_, i) => littleEndian(message, i * 8, i * 8 + 8));
  const last = littleEndian(message, whole, message.length) | (BigInt(message.length % 256) << 56n);
  for (const word of [...words, last]) {
    v = rounds([v[0], v[1], v[2], v[3] ^ word], 2);
    v = [v[0] ^ word, v[1], v[2], v[3]];
  }
  v = rounds([v[0], v[1], v[2] ^ 0xffn, v[3]], 4);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

type State = readonly [bigint, bigint, bigint, bigint];

function rounds(state: State, times: number): State {
  let [a, b, c, d] = state;
  for (let i = 0; i < times; i += 1) {
    a = (a + b) & MASK;
    b = rotated(b, 13n) ^ a;
    a = rotated(a, 32n);
    c = (c + d) & MASK;
    d = rotated(d, 16n) ^ c;
    a = (a + d) & MASK;
    d = rotated(d, 21n) ^ a;
    c = (c + b) & MASK;
    b = rotated(b, 17n) ^ c;
    c = rotated(c, 32n);
  }
  return [a, b, c, d];
}

function littleEndian(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let i = to - 1; i >= from; i -= 1) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
