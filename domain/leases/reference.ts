/** Letters and digits that are not mistaken for one another when typed from a paper. */
const alphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/**
 * A lease's reference: 9 characters 8 at random and a check character modulo 31, which catches
 * every single wrong character. What a customer types when paying by himself.
 *
 * @param random at least 8 bytes
 */
export function leaseReference(random: Uint8Array): string {
  const body = [...random.subarray(0, 8)].map((byte) => alphabet[byte % 31]).join('');
  return body + checkCharacter(body);
}

/** True when the check character fits: a mistyped reference is told at once. */
export function isReference(text: string): boolean {
  return /^[A-Z0-9]{9}$/.test(text) && checkCharacter(text.slice(0, 8)) === text[8];
}

function checkCharacter(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i += 1) sum += (i + 1) * (alphabet.indexOf(body.charAt(i)) + 1);
  return alphabet[sum % 31] ?? 'A';
}
