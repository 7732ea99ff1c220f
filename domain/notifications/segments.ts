import { isExtended, isOfGsm } from '../gsm.ts';

/**
 * What an SMS costs: how many segments it takes. GSM 03.38 packs characters of seven bits, 160 into one SMS and 153 into
 * each part of a longer one; those of its extension table take two. One character beyond both makes the whole text UCS-2:
 * 70 units of UTF-16, 67 in each part (3GPP TS 23.038, 23.040).
 */
interface Segments {
  readonly encoding: 'gsm7' | 'ucs2';
  readonly count: number;
}

const [GSM, UCS2] = [
  { whole: 160, part: 153 },
  { whole: 70, part: 67 },
];

/** Segments of a text. A character of two units is never cut in two, so that a part may end one short. */
export function segmentsOf(text: string): Segments {
  const characters = Array.from(text);
  const isGsm = characters.every(isOfGsm);
  const sizes = characters.map((character) => (isGsm ? (isExtended(character) ? 2 : 1) : character.length));
  const { whole, part } = isGsm ? GSM : UCS2;
  const encoding = isGsm ? 'gsm7' : 'ucs2';
  if (sizes.reduce((sum, size) => sum + size, 0) <= whole) return { encoding, count: 1 };
  let [count, used] = [1, 0];
  for (const size of sizes) {
    if (used + size > part) [count, used] = [count + 1, 0];
    used += size;
  }
  return { encoding, count };
}
