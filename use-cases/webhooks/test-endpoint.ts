import type { Actor } from '#domain/identity/roles';
import { record, transact, type Context } from '../context.ts';
import type { EndpointDependencies } from './dependencies.ts';
import { lockActiveEndpoint } from './lock-endpoint.ts';
import { queueTest } from './queue-test.ts';
import { wakeSoon } from './wake.ts';

/** Has an endpoint sent a test. @returns the delivery's id. @throws Problem not_found, or invalid_state while it is disabled. */
export async function testEndpoint(deps: EndpointDependencies, actor: Actor, id: string): Promise<string> {
  const testId = await transact(deps.db, actor, new Date(), (context) => orderTest(context, id));
  await wakeSoon(deps, testId);
  return testId;
}

async function orderTest(context: Context, id: string): Promise<string> {
  await lockActiveEndpoint(context.tx, id);
  const testId = await queueTest(context, id);
  await record(context, { type: 'webhook.tested', subject: id, detail: { deliveryId: testId } });
  return testId;
}
