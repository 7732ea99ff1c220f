import type { EndpointRow } from '#db/queries/webhooks';
import type { Sent } from '#providers/webhooks/sender';
import type { TryingDependencies } from './dependencies.ts';

/** Sends to an endpoint; that its address before only failed keeps nothing from the one of now. @throws NotNow */
export function sendTo(
  { sender }: Pick<TryingDependencies, 'sender'>,
  { id, generation, url }: EndpointRow,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Sent> {
  return sender.send(`${id}:${generation}`, url, headers, body);
}
