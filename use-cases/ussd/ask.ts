import { goTo, type State } from '#domain/ussd/state';
import { transact } from '../context.ts';
import { hideCodes } from '../identity/hide-codes.ts';
import { hearCustomer } from '../support/hear-customer.ts';
import { keepText, noteAnswered } from '../support/keep-text.ts';
import type { Call } from './dependencies.ts';
import { customerOnPhone } from './home.ts';

/** What the customer types for an agent to read. */
export async function askAt(call: Call, body: string): Promise<State> {
  const { deps, phone, phoneHash, key, at } = call;
  const { user, actor } = await customerOnPhone(call);
  const isHidden = await transact(deps.db, actor, at, async (context) => {
    const readable = await hideCodes(context, deps.encryption, { phoneHash, text: body });
    // As a text it is known to have come from a phone, to which the answer goes.
    const { id } = await keepText(context, deps.encryption, {
      key: `ussd-${key}`,
      userId: user.id,
      phone,
      body: readable.text,
      raw: null,
      heardAs: 'message',
    });
    await hearCustomer(context, deps, { customerId: user.id, id, body: readable.text });
    await noteAnswered(context, id);
    return readable.isHidden;
  });
  return goTo('said', { saying: isHidden ? 'askedWithCode' : 'asked', values: {} });
}
