/** Digits of a code that we text (`use-cases/identity/code.ts`). */
const DIGITS = 6;
const HIDDEN = '•';

/** Beside such a word four or six digits are a PIN or a code, of us or of somebody else. */
const speaksOfCodes = /(?<!\p{L})(codes?|otp|pin|password|koodi|kode|nywila|ya siri|ya kuingia)(?!\p{L})/iu;

interface Found {
  readonly digits: string;
  /** Where they stand in the text. */
  readonly at: readonly number[];
}

/**
 * Digits of a text that follow one another with at most three marks or blanks between: `266622`, `266 622`, `2-6-6-6-2-2`.
 */
function rowsIn(text: string): Found[] {
  const rows: { digits: string; at: number[] }[] = [];
  for (const { 0: digit, index } of text.matchAll(/\d/g)) {
    const row = rows.at(-1);
    const last = row?.at.at(-1);
    const isNext = last !== undefined && /^[^\p{L}\p{N}]{0,3}$/u.test(text.slice(last + 1, index));
    if (row === undefined || !isNext) rows.push({ digits: digit, at: [index] });
    else {
      row.digits += digit;
      row.at.push(index);
    }
  }
  return rows;
}

/** Every six digits in a row of a text that may be a code of ours, also within a longer row. */
export function codesIn(text: string): string[] {
  const all = rowsIn(text).flatMap(({ digits }) =>
    Array.from({ length: Math.max(0, digits.length - DIGITS + 1) }, (_, i) => digits.slice(i, i + DIGITS)),
  );
  return [...new Set(all)];
}

/**
 * A text without its codes: each digit of them is a dot. Hidden are those of ours, and where it speaks of a code or a PIN
 * whatever four or six digits may be one. Amounts and phone numbers stay.
 *
 * @param ours those of `codesIn` that were texted to the writer
 */
export function withoutCodesOf(text: string, ours: ReadonlySet<string>): string {
  const isSpoken = speaksOfCodes.test(text);
  const hidden = new Set(rowsIn(text).flatMap((row) => hiddenOf(row, ours, isSpoken)));
  return text.replaceAll(/\d/g, (digit, index: number) => (hidden.has(index) ? HIDDEN : digit));
}

function hiddenOf({ digits, at }: Found, ours: ReadonlySet<string>, isSpoken: boolean): readonly number[] {
  if (isSpoken && (digits.length === 4 || digits.length === DIGITS)) return at;
  return at.flatMap((_, i) => (ours.has(digits.slice(i, i + DIGITS)) ? at.slice(i, i + DIGITS) : []));
}

/** A text of which nobody reads the digits. */
export const withoutDigits = (text: string): string => text.replaceAll(/\p{Nd}/gu, HIDDEN);
