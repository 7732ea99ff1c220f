import { deliveriesInTurn, findDelivery, ofEndpoint, ofSubject, type DeliveryRow } from '#db/queries/webhooks';
import type { WebhookDependencies } from './dependencies.ts';
import { tryDelivery } from './try-delivery.ts';
import { wakeInTurn } from './wake.ts';

/** Milliseconds for which what is behind a delivery is tried here; what is left its workflows try. */
const TRIES_FOR = 10_000;

/**
 * Lets begin what waited for a delivery. What is behind it in its subject is tried at once, one after the other, as long
 * as it is taken: a workflow for each takes ten times as long, so that a subject of which one was not taken would never
 * catch up with its events. The first that is not taken goes on as its workflow.
 *
 * @param all of its endpoint, not only of its subject
 */
export async function wakeNext(deps: WebhookDependencies, deliveryId: string, all: boolean): Promise<void> {
  const row = await findDelivery(deps.db, deliveryId);
  if (row === undefined) return;
  if (!all && row.status === 'delivered') await tryBehind(deps, row);
  await wakeInTurn(deps, all ? ofEndpoint(row.endpointId) : ofSubject(row.endpointId, row.subject));
}

async function tryBehind(deps: WebhookDependencies, { endpointId, subject }: DeliveryRow): Promise<void> {
  for (const until = Date.now() + TRIES_FOR; Date.now() < until;) {
    const [next] = await deliveriesInTurn(deps.db, ofSubject(endpointId, subject), 1);
    if (next === undefined) return;
    const tried = await tryDelivery(deps, next, new Date());
    if (tried.state !== 'delivered') return;
  }
}
