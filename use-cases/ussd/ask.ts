import { goTo, type State } from '#domain/ussd/state';
import { uuidFor } from '#steering/send-command';
import { transact } from '../context.ts';
import { hearCustomer } from '../support/hear-customer.ts';
import type { Call } from './dependencies.ts';
import { customerAt } from './home.ts';

/** What the customer types for an agent to read. */
export async function askAt(call: Call, body: string): Promise<State> {
  const { deps, key, at } = call;
  const { user, actor } = await customerAt(call);
  const message = { customerId: user.id, id: uuidFor('ussd message', key), body };
  await transact(deps.db, actor, at, (context) => hearCustomer(context, deps, message));
  return goTo('said', { saying: 'asked', values: {} });
}
