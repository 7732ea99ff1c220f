/** Crockford's letters: without I, L, O and U, so that a code can be read aloud and typed. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 100 bits: nobody guesses one. */
export const STATEMENT_CODE_LETTERS = 20;

/** A code of random bytes, one letter each. */
export function statementCode(random: Uint8Array): string {
  return [...random.subarray(0, STATEMENT_CODE_LETTERS)].map((byte) => letters[byte % 32]).join('');
}

/** `7K3QF-9XWZ2-M4TPA-BCD8E`, for people. */
export function groupedCode(code: string): string {
  return code.match(/.{1,5}/g)?.join('-') ?? '';
}

/** What a person typed as it is stored, or null for what is no code: case and hyphens do not matter, O is 0, I and L are 1. */
export function readStatementCode(typed: string): string | null {
  const code = typed.replaceAll(/[-\s]/g, '').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]{20}$/.test(code) ? code : null;
}
