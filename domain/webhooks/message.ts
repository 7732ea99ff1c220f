import { readersOf, type EventType } from '../events/catalogue.ts';
import { SOURCE } from '../events/cloud-event.ts';

/** The type of what asks an endpoint whether it takes our messages; it is no event. */
export const TEST = 'webhook.test';

/** Whether integrators hear events of a type. */
export const isForIntegrators = (type: EventType): boolean => readersOf(type).includes('webhooks');

/** A test message, in the form of the events. */
export function testMessage(id: string, endpointId: string, at: Date) {
  return {
    specversion: '1.0',
    id,
    source: SOURCE,
    type: TEST,
    subject: endpointId,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { webhookId: endpointId },
  } as const;
}
