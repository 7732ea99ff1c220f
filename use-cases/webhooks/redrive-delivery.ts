import { and, eq } from 'drizzle-orm';
import { amongIds, findDelivery, ofEndpoint } from '#db/queries/webhooks';
import { deliveries } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { PATIENCE } from '#domain/webhooks/backoff';
import { record, transact, type Context } from '../context.ts';
import type { EndpointDependencies } from './dependencies.ts';
import { lockActiveEndpoint } from './lock-endpoint.ts';
import { wakeSoon } from './wake.ts';

/**
 * Has deliveries of an endpoint tried again that are dead; what was delivered, or is on its way, stays as it is. Whoever
 * calls it wakes them after the commit.
 *
 * @param ids these alone; all that are dead where they are left out
 * @returns how many there are.
 * @throws Problem not_found, or invalid_state while the endpoint is disabled
 */
export async function redriveDeliveries(
  context: Context,
  endpointId: string,
  ids?: readonly string[],
): Promise<number> {
  const { tx, at } = context;
  await lockActiveEndpoint(tx, endpointId);
  const which = ids === undefined ? undefined : amongIds(ids);
  const redriven = await tx
    .update(deliveries)
    .set({
      status: 'pending',
      deadFor: null,
      failed: 0,
      deadline: new Date(at.getTime() + PATIENCE),
      nextAt: at,
      settledAt: null,
    })
    .where(and(ofEndpoint(endpointId), eq(deliveries.status, 'dead'), which))
    .returning({ id: deliveries.id });
  if (redriven.length > 0)
    await record(context, { type: 'webhook.redriven', subject: endpointId, detail: { deliveries: redriven.length } });
  return redriven.length;
}

/**
 * Has one delivery tried again. Asked twice it is tried as if it were asked once.
 *
 * @throws Problem not_found, not_redrivable where it was delivered, invalid_state while its endpoint is disabled
 */
export async function redriveDelivery(deps: EndpointDependencies, actor: Actor, id: string): Promise<void> {
  await transact(deps.db, actor, new Date(), async (context) => {
    const delivery = await findDelivery(context.tx, id);
    if (delivery === undefined) throw new Problem('not_found');
    if (delivery.status === 'delivered') throw new Problem('not_redrivable', 'It was delivered');
    await redriveDeliveries(context, delivery.endpointId, [id]);
  });
  await wakeSoon(deps, id);
}
