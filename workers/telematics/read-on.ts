import type { Client } from 'aedes';

/**
 * Lets the broker read on from a client one of whose messages is not answered yet. aedes waits for an answer to all that it has
 * read before it reads more, so a PINGREQ would lie there unanswered until its own keepalive ends the connection.
 *
 * @returns gives the broker its message back, to be called just before it is answered
 */
export function readOn(client: Client): () => void {
  // Private to aedes: `backlog-keepalive.test.ts` is the contract with its version, which is pinned.
  const next: unknown = Reflect.get(client, '_nextBatch');
  const batch = () => Number(Reflect.get(client, '_parsingBatch'));
  if (typeof next !== 'function' || Number.isNaN(batch())) throw new Error('this version of aedes cannot read on');
  Reflect.apply(next, client, []);
  return () => void Reflect.set(client, '_parsingBatch', batch() + 1);
}
