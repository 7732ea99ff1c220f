import { endpointsFor, ofEvent } from '#db/queries/webhooks';
import { cloudEvent } from '#domain/events/cloud-event';
import { isForIntegrators } from '#domain/webhooks/message';
import type { Reader } from '../events/read-batch.ts';
import type { WakingDependencies } from './dependencies.ts';
import { queueDelivery } from './queue-delivery.ts';
import { wakeInTurn } from './wake.ts';

/**
 * Queues each event for the endpoints that hear it, in the order of its subject, and wakes those whose turn it is. What
 * is behind another is woken by whoever settles that one: this one is looked for after the commit, so one of us sees it.
 */
export function eventsForEndpoints(deps: WakingDependencies): Reader {
  return {
    name: 'webhooks',
    async take(event) {
      if (!isForIntegrators(event.type)) return;
      const hearing = await endpointsFor(deps.db, event.type, event.position);
      if (hearing.length === 0) return;
      const { id: eventId, type, subject, sequence } = event;
      const message = { eventId, type, subject, sequence, body: JSON.stringify(cloudEvent(event)) };
      const ids = hearing.map(({ id }) => id);
      await queueDelivery(deps.db, ids, message, new Date());
      await wakeInTurn(deps, ofEvent(eventId));
    },
  };
}
