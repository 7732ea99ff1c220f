import { randomUUID } from 'node:crypto';

/**
 * What a command, and what it makes, is known by. It holds the object that is commanded, and when: whoever makes an id of
 * it needs to add only what tells two commands of one request apart.
 */
export type CommandKey = string & { readonly __brand: 'CommandKey' };

/**
 * Of a request with an Idempotency-Key: the same for all that carry it to the same object within 24 hours.
 *
 * @param first when the first of them came
 * @param route method and path, which names the object
 */
export function commandKey(first: Date, route: string, key: string): CommandKey {
  return `${first.toISOString()} ${route} ${key}` as CommandKey;
}

/** One that was kept, as it was. */
export const keptKey = (kept: string): CommandKey => kept as CommandKey;

/** Of a request without a key: a command of its own. */
export function keyOfItsOwn(): CommandKey {
  return randomUUID() as CommandKey;
}
