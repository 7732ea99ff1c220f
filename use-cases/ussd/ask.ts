import { goTo, type State } from '#domain/ussd/state';
import { uuidFor } from '#steering/send-command';
import { transact } from '../context.ts';
import { hideCodes } from '../identity/hide-codes.ts';
import { hearCustomer } from '../support/hear-customer.ts';
import type { Call } from './dependencies.ts';
import { customerAt } from './home.ts';

/** What the customer types for an agent to read. */
export async function askAt(call: Call, body: string): Promise<State> {
  const { deps, phoneHash, key, at } = call;
  const { user, actor } = await customerAt(call);
  const isHidden = await transact(deps.db, actor, at, async (context) => {
    const readable = await hideCodes(context, deps.encryption, { phoneHash, text: body });
    await hearCustomer(context, deps, {
      customerId: user.id,
      id: uuidFor('ussd message', key),
      body: readable.text,
    });
    return readable.isHidden;
  });
  return goTo('said', { saying: isHidden ? 'askedWithCode' : 'asked', values: {} });
}
