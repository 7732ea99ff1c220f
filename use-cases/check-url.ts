import { lookup } from 'node:dns/promises';
import { Problem } from '#domain/errors';
import { literalOf, maySendTo } from '#providers/webhooks/public-address';
import { inTime } from '#platform/in-time';

/** Milliseconds that a name may take to be looked up; one that is not found yet is looked up again at each request. */
const PATIENCE = 2_000;

/**
 * Refuses an address that nothing would ever be sent to.
 *
 * @param path the field that it came in
 * @throws Problem unprocessable
 */
export async function checkUrl(text: string, allowPrivate: boolean, path = 'url'): Promise<void> {
  const refuse = (message: string) => new Problem('unprocessable', 'nothing is sent there', [{ path, message }]);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    throw refuse('must begin with https://');
  if (url.username !== '' || url.password !== '') throw refuse('must have no user and password');
  const literal = literalOf(url);
  const addresses =
    literal === null
      ? await inTime(lookup(url.hostname, { all: true }), PATIENCE).catch(() => [])
      : [{ address: literal }];
  if (!addresses.every(({ address }) => maySendTo(address, allowPrivate))) throw refuse('must have a public address');
}
