import { findUserByPhone } from '#db/queries/identity';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { goTo, type State, type UssdWish } from '#domain/ussd/state';
import { wakeNotification } from '#steering/wake-notification';
import { transact } from '../context.ts';
import { createCustomer } from '../identity/create-customer.ts';
import { checkPin, hashPin, hasPin, isPinOf, setPin } from '../identity/pin.ts';
import { resetPinByCode, sendPinCode } from '../identity/reset-pin.ts';
import { updateUser } from '../identity/update-user.ts';
import type { Call } from './dependencies.ts';
import { customerOnPhone, homeOf } from './home.ts';

type Of<Do extends UssdWish['do']> = Extract<UssdWish, { readonly do: Do }>;

/** The customer's language from now on, at the phone and wherever else he is spoken to. */
export async function changeLanguage(call: Call, { language }: Of<'setLanguage'>): Promise<State> {
  const { user, actor } = await customerOnPhone(call);
  const { db, encryption } = call.deps;
  await transact(db, actor, call.at, (context) => updateUser(context, encryption, user.id, { language }));
  call.language = language;
  return homeOf(call);
}

/** The first of two times: the PIN is kept hashed until it comes again. */
export async function hashNewPin({ deps, phoneHash }: Call, { pin, name }: Of<'hashPin'>): Promise<State> {
  return goTo('pinAgain', { name, hash: await hashPin(deps.encryption, phoneHash, pin) });
}

/** The second time: the PIN is the customer's, who is registered with it where he was not. */
export async function keepPin(call: Call, { pin, name, hash }: Of<'setPin'>): Promise<State> {
  const { deps, phone, phoneHash, market, language, at } = call;
  if (!(await isPinOf(deps.encryption, phoneHash, pin, hash)))
    return { ...goTo('newPin', { name }), note: 'differingPins' };
  if (market === null) throw new Problem('unprocessable');
  if (name === null) {
    const { user, actor } = await customerOnPhone(call);
    await transact(deps.db, actor, at, (context) => setPin(context, user.id, hash));
    return homeOf(call, { note: 'pinSet' });
  }
  await transact(deps.db, system('visitor'), at, async (context) => {
    const id = await createCustomer(context, deps.encryption, { phone, name, market, language });
    // Somebody who has registered meanwhile, or in another session, has his PIN from there.
    const owner = id ?? (await findUserByPhone(context.tx, phoneHash))?.id;
    if (owner !== undefined && !(await hasPin(context.tx, owner))) await setPin(context, owner, hash);
  });
  return homeOf(call, { note: 'welcome' });
}

/** Who has a PIN enters it before he chooses another. */
export async function choosePin(call: Call): Promise<State> {
  const { user } = await customerOnPhone(call);
  return (await hasPin(call.deps.db, user.id)) ? goTo('oldPin', {}) : goTo('newPin', { name: null });
}

export function replacePin(call: Call, { pin }: Of<'checkPin'>): Promise<State> {
  return withPin(call, { pin, of: 'pin', again: goTo('oldPin', {}) }, async () => goTo('newPin', { name: null }));
}

/** Who has forgotten his PIN is texted a code: that he has the phone in his hand is more than that somebody dials for it. */
export async function sendCodeForPin(call: Call): Promise<State> {
  const { user, actor } = await customerOnPhone(call);
  const { deps, phoneHash, at, key } = call;
  const queued = await transact(deps.db, actor, at, (context) =>
    sendPinCode(context, deps.encryption, { userId: user.id, phoneHash, key }),
  );
  await wakeNotification(deps, queued);
  return goTo('pinCode', {});
}

export async function resetForgottenPin(call: Call, { code }: Of<'resetPin'>): Promise<State> {
  const { user, actor } = await customerOnPhone(call);
  const { deps, phoneHash, at } = call;
  const { isRight, queued } = await transact(deps.db, actor, at, (context) =>
    resetPinByCode(context, deps.encryption, { userId: user.id, phoneHash, code }),
  );
  if (queued !== null) await wakeNotification(deps, queued);
  return isRight ? goTo('newPin', { name: null }) : { ...goTo('pinCode', {}), note: 'wrongCode' };
}

interface Entered {
  readonly pin: string;
  /** What it is entered for. */
  readonly of: string;
  readonly leaseId?: string;
  /** Where a wrong one is entered again. */
  readonly again: State;
}

/** Does something for the right PIN. Who has none chooses one first. */
export async function withPin(call: Call, entered: Entered, then: () => Promise<State>): Promise<State> {
  const { user, actor } = await customerOnPhone(call);
  const { deps, phoneHash: owner, key, at } = call;
  const { again, ...given } = entered;
  const verdict = await transact(deps.db, actor, at, (context) =>
    checkPin(context, deps.encryption, { ...given, userId: user.id, owner, key }),
  );
  switch (verdict) {
    case 'right':
      return then();
    case 'wrong':
      return { ...again, note: 'wrongPin' };
    case 'locked':
      return goTo('said', { saying: 'pinLocked', values: {} });
    case 'none':
      return goTo('newPin', { name: null });
  }
}
