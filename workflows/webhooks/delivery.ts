import { continueAsNew, patched, setCurrentDetails } from '@temporalio/workflow';
import { PATIENCE } from '#domain/webhooks/backoff';
import type { DeliveryInput, Tried, WebhookActivities } from '#domain/webhooks/wire';
import { activitiesOf } from '../kit/activities.ts';
import { Looks } from '../kit/looks.ts';
import { RunLength } from '../kit/renewal.ts';
import { untilDone } from '../kit/retry.ts';
import { due } from './messages.ts';

/** Events after which a run is followed by another: more than five days of tries make, so that only what is often woken has several. */
const EVENTS_PER_RUN = 300;

const activities = activitiesOf<WebhookActivities>('webhooks', { ...untilDone, startToCloseTimeout: '1 minute' });

/**
 * One event for one endpoint, from its turn until it is taken or given up after five days. Those of one subject follow
 * one another: whoever is done lets the next begin. A process that dies between the answer and its record sends it again
 * under the same `webhook-id`. Workflow id `webhook-<deliveryId>`.
 */
export async function webhookDelivery({ deliveryId }: DeliveryInput): Promise<Tried['state']> {
  const looks = new Looks(due);
  const run = new RunLength(EVENTS_PER_RUN);
  for (;;) {
    if (run.isDue && patched('renew-deliveries')) await continueAsNew<typeof webhookDelivery>({ deliveryId });
    looks.begin();
    const tried = await activities().tryDelivery({ deliveryId, at: new Date().toISOString() });
    setCurrentDetails(`**${tried.state}**`);
    switch (tried.state) {
      case 'later':
        await looks.waits(tried.afterMs, 'until the next try');
        break;
      case 'waits':
        if (!(await looks.waits(PATIENCE, 'for those before it'))) return tried.state;
        break;
      case 'delivered':
      case 'dead':
        await activities().wakeNext({ deliveryId, all: tried.state === 'delivered' && tried.isBack });
        return tried.state;
      case 'gone':
        return tried.state;
    }
  }
}
