import { uuidv7 } from 'uuidv7';
import { testMessage, TEST } from '#domain/webhooks/message';
import type { Context } from '../context.ts';
import { queueDeliveries } from './queue-deliveries.ts';

/** Queues a test for an endpoint. @returns the delivery's id. */
export async function queueTest({ tx, at }: Context, endpointId: string): Promise<string> {
  const eventId = uuidv7();
  const body = JSON.stringify(testMessage(eventId, endpointId, at));
  const message = { id: uuidv7(), endpointId, eventId, type: TEST, subject: endpointId, sequence: null, body } as const;
  const [id] = await queueDeliveries(tx, [message], at);
  if (id === undefined) throw new Error('no delivery');
  return id;
}
