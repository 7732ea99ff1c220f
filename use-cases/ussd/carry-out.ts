import { Problem } from '#domain/errors';
import { goTo, type Lease, type State, type UssdWish } from '#domain/ussd/state';
import type { MenuItem } from '#domain/ussd/wording';
import {
  changeLanguage,
  choosePin,
  hashNewPin,
  keepPin,
  replacePin,
  resetForgottenPin,
  sendCodeForPin,
} from './account.ts';
import { askAt } from './ask.ts';
import { plansAt, typesAt, vehiclesAt } from './browse.ts';
import type { Call } from './dependencies.ts';
import { customerOnPhone, homeOf, leasesOnScreen, leasesShown, restartCodeOf } from './home.ts';
import {
  acceptAt,
  applyAt,
  askedOf,
  pauseAt,
  payAt,
  promiseAt,
  reportTheftAt,
  restartAt,
  resumeAt,
  signAt,
} from './steer.ts';

/**
 * Does what a person at a phone wants, by the same use cases and commands as the API. @returns what is shown then.
 *
 * @throws Problem as the lease, or whatever else is asked, refuses.
 */
export async function carryOut(call: Call, wish: UssdWish): Promise<State> {
  switch (wish.do) {
    case 'home':
      return homeOf(call, wish);
    case 'register':
      call.language = wish.language;
      return goTo('name', {});
    case 'setLanguage':
      return changeLanguage(call, wish);
    case 'hashPin':
      return hashNewPin(call, wish);
    case 'setPin':
      return keepPin(call, wish);
    case 'checkPin':
      return replacePin(call, wish);
    case 'sendPinCode':
      return sendCodeForPin(call);
    case 'resetPin':
      return resetForgottenPin(call, wish);
    case 'openMenu':
      return openItem(call, wish.item, wish.lease);
    case 'listPlans':
      return plansAt(call, wish.type);
    case 'listVehicles':
      return vehiclesAt(call, wish.choice);
    case 'apply':
      return applyAt(call, wish);
    case 'acceptOffer':
      return acceptAt(call, wish);
    case 'sign':
      return signAt(call, wish);
    case 'pay':
      return payAt(call, wish);
    case 'pause':
      return pauseAt(call, wish);
    case 'promise':
      return promiseAt(call, wish);
    case 'reportTheft':
      return reportTheftAt(call, wish);
    case 'restart':
      return restartAt(call, wish);
    case 'ask':
      return askAt(call, wish.text);
  }
}

/** What an item of the menu opens. */
async function openItem(call: Call, item: MenuItem, lease: Lease | null): Promise<State> {
  switch (item) {
    case 'browse':
      return typesAt(call);
    case 'leases': {
      const { user } = await customerOnPhone(call);
      const { going, over } = await leasesOnScreen(call, user);
      return goTo('leases', { leases: await leasesShown(call, [...going.map(({ row }) => row), ...over]) });
    }
    case 'agent':
      return goTo('message', {});
    case 'language':
      return goTo('language', { registers: false });
    case 'pin':
      return choosePin(call);
    case 'help':
      return goTo('help', { code: call.code });
    default:
  }
  if (lease === null) throw new Problem('invalid_state');
  const { id: leaseId, currency, today, vehicle } = lease;
  switch (item) {
    case 'acceptOffer':
    case 'sign':
    case 'balance':
      return goTo(item, lease);
    case 'pay':
      return goTo('payHow', { leaseId, currency, asked: askedOf(lease) });
    case 'pause':
      return goTo('pauseKind', { leaseId });
    case 'resume':
      return resumeAt(call, leaseId);
    case 'promise':
      return goTo('promiseDays', { leaseId, currency, asked: askedOf(lease), today });
    case 'theft':
    case 'restart':
      return goTo(item, { leaseId, vehicle });
    case 'restartCode': {
      const { user } = await customerOnPhone(call);
      const text = await restartCodeOf(call, user.id, leaseId);
      return goTo(
        'said',
        text === null ? { saying: 'notNow', values: {} } : { saying: 'restartCode', values: { text } },
      );
    }
  }
}
