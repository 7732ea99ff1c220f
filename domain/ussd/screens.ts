import { addDays, localDate } from '../calendar.ts';
import { formatMoney, type Money } from '../money.ts';
import { PROMISE_DAYS } from '../leases/promise.ts';
import { MOST_DAYS_OFF, pauseKinds } from '../leases/pause.ts';
import { frequencies } from '../vehicles/plan.ts';
import { languageNames } from '../languages.ts';
import { spoken } from '../phrase.ts';
import { sayings } from './phrases.ts';
import { chosen, confirmed, home, notChosen, type Say, type Screen } from './screen.ts';
import { goTo, type Lease, type Offered, type ScreenName, type Screens, type UssdTerms } from './state.ts';
import { NAME_SHOWN } from './told-apart.ts';
import { amountTyped, clipped, dayShown, daysTyped, isPin, nameTyped, pinChosen } from './typed.ts';
import { isInDoubt, standOf } from './menu.ts';
import { frequencyWords } from '../vehicles/frequency-words.ts';
import { menuWords, pauseWords, typeWords, words } from './wording.ts';

/** Every screen there is. */
export const screens: { readonly [Name in ScreenName]: Screen<Screens[Name]> } = {
  language: {
    show: ({ registers }, say) => ({
      text: say(words.language),
      choices: spoken.map((language) => languageNames[language]),
      ...(registers && { isFirst: true }),
    }),
    take: ({ registers }, input) =>
      chosen(spoken, input, (language) => ({ do: registers ? 'register' : 'setLanguage', language })),
  },
  name: {
    show: (_, say) => ({ text: say(words.name) }),
    take: (_, input) => {
      const name = nameTyped(input);
      return name === null ? { wrong: 'wrongName' } : goTo('newPin', { name });
    },
  },
  newPin: {
    show: (_, say) => ({ text: say(words.newPin) }),
    take: ({ name }, input) => {
      const pin = pinChosen(input);
      return pin === null ? { wrong: 'weakPin' } : { do: 'hashPin', pin, name };
    },
  },
  pinAgain: {
    show: (_, say) => ({ text: say(words.pinAgain) }),
    take: (data, input) => (isPin(input) ? { do: 'setPin', pin: input.trim(), ...data } : { wrong: 'wrongPin' }),
  },
  oldPin: {
    show: (_, say) => ({ text: say(words.oldPin), choices: [say(words.forgotten)] }),
    take: (_, input) => {
      if (input === '1') return { do: 'sendPinCode' };
      return isPin(input) ? { do: 'checkPin', pin: input.trim() } : { wrong: 'wrongPin' };
    },
  },
  pinCode: {
    show: (_, say) => ({ text: say(words.pinCode) }),
    take: (_, input) =>
      /^\d{6}$/.test(input.trim()) ? { do: 'resetPin', code: input.trim() } : { wrong: 'wrongCode' },
  },
  menu: {
    show: ({ name, lease, items, isOtherLate = false }, say) => ({
      text: [
        lease === null ? `${clipped(name, NAME_SHOWN)}, ${say(standOf(null).phrase)}` : lineOf(lease, say),
        ...(isOtherLate ? [say(words.otherLate)] : []),
      ].join('\n'),
      choices: items.map((item) => say(menuWords[item])),
      isFirst: true,
    }),
    take: ({ lease, items }, input) => chosen(items, input, (item) => ({ do: 'openMenu', item, lease })),
  },
  leases: {
    show: ({ leases }, say) => ({ text: say(words.otherLease), choices: leases.map((lease) => namedLine(lease, say)) }),
    take: ({ leases }, input) => chosen(leases, input, ({ id }) => ({ do: 'home', leaseId: id })),
  },
  types: {
    show: ({ types }, say) => ({ text: say(words.types), choices: types.map((type) => say(typeWords[type])) }),
    take: ({ types }, input) => chosen(types, input, (type) => ({ do: 'listPlans', type })),
  },
  plans: {
    show: ({ plans }, say) => ({
      text: say(words.plans),
      choices: plans.map(({ frequency, instalments }) =>
        say(words.plan, { frequency: say(frequencyWords[frequency]), instalments }),
      ),
    }),
    take: ({ type, plans }, input) =>
      chosen(plans, input, ({ planId }) => ({ do: 'listVehicles', choice: { type, planId } })),
  },
  vehicles: {
    show: ({ offers }, say) => ({
      text: say(words.vehicles),
      choices: offers.map((offered) => `${offeredName(offered)} ${formatMoney(offered.instalment)}`),
    }),
    take: ({ offers }, input) => chosen(offers, input, (offered) => goTo('offer', offered)),
  },
  offer: {
    show: (offered, say) => ({
      text: say(words.offer, { ...termsSaid(offered, say), vehicle: offeredName(offered) }),
      choices: [say(words.apply)],
    }),
    take: (offered, input) => confirmed(input, { do: 'apply', offered, provider: null }),
  },
  provider: {
    show: ({ providers }, say) => ({ text: say(words.provider), choices: providers.map((one) => one.toUpperCase()) }),
    take: ({ offered, providers }, input) =>
      chosen(providers, input, (provider) => ({ do: 'apply', offered, provider })),
  },
  acceptOffer: {
    show: (lease, say) => ({ text: say(words.offer, termsSaid(lease, say)), choices: [say(words.acceptOffer)] }),
    take: (lease, input) => confirmed(input, { do: 'acceptOffer', lease }),
  },
  sign: {
    show: (lease, say) => ({ text: say(words.sign, termsSaid(lease, say)) }),
    take: (lease, input) => (isPin(input) ? { do: 'sign', lease, pin: input.trim() } : { wrong: 'wrongPin' }),
  },
  balance: {
    show: (lease, say) => ({
      text: [...standing(lease, say), say(words.reference, { reference: lease.reference })].join(' '),
    }),
    take: () => notChosen,
  },
  payHow: {
    show: ({ asked }, say) => ({ text: say(words.payHow), choices: amounts(asked, say) }),
    take: (data, input) => {
      const { leaseId, asked } = data;
      return chosen(asked === null ? [null] : [asked, null], input, (amount) =>
        amount === null ? goTo('payAmount', data) : goTo('payNow', { leaseId, amount }),
      );
    },
  },
  payAmount: {
    show: ({ currency }, say) => ({ text: say(words.amount, { currency }) }),
    take: ({ leaseId, currency }, input) => {
      const amount = amountTyped(input, currency);
      return amount === null ? { wrong: 'wrongAmount' } : goTo('payNow', { leaseId, amount });
    },
  },
  payNow: {
    show: ({ amount }, say) => ({ text: say(words.payNow, sums({ amount })), choices: [say(words.yes)] }),
    take: (data, input) => confirmed(input, { do: 'pay', ...data }),
  },
  pauseKind: {
    show: (_, say) => ({ text: say(words.pauseKind), choices: pauseKinds.map((kind) => say(pauseWords[kind])) }),
    take: ({ leaseId }, input) => chosen(pauseKinds, input, (kind) => goTo('pauseDays', { leaseId, kind })),
  },
  pauseDays: {
    show: (_, say) => ({ text: say(words.pauseDays) }),
    take: (data, input) => {
      const days = daysTyped(input, MOST_DAYS_OFF);
      return days === null ? wrongDays(MOST_DAYS_OFF) : goTo('pauseNow', { ...data, days });
    },
  },
  pauseNow: {
    show: ({ days }, say) => ({ text: say(words.pauseNow, { days }), choices: [say(words.yes)] }),
    take: (data, input) => confirmed(input, { do: 'pause', ...data }),
  },
  promiseDays: {
    show: (_, say) => ({ text: say(words.promiseDays) }),
    take: ({ today, ...data }, input) => {
      const days = daysTyped(input, PROMISE_DAYS);
      return days === null
        ? wrongDays(PROMISE_DAYS)
        : goTo('promiseHow', { ...data, on: addDays(localDate(today), days) });
    },
  },
  promiseHow: {
    show: ({ asked }, say) => ({ text: say(words.promiseHow), choices: amounts(asked, say) }),
    take: (data, input) => {
      const { leaseId, asked, on } = data;
      return chosen(asked === null ? [null] : [asked, null], input, (amount) =>
        amount === null ? goTo('promiseAmount', data) : goTo('promiseNow', { leaseId, on, amount }),
      );
    },
  },
  promiseAmount: {
    show: ({ currency }, say) => ({ text: say(words.amount, { currency }) }),
    take: ({ leaseId, currency, on }, input) => {
      const amount = amountTyped(input, currency);
      return amount === null ? { wrong: 'wrongAmount' } : goTo('promiseNow', { leaseId, on, amount });
    },
  },
  promiseNow: {
    show: ({ amount, on }, say) => ({
      text: say(words.promiseNow, { ...sums({ amount }), on: dayShown(on) }),
      choices: [say(words.yes)],
    }),
    take: (data, input) => confirmed(input, { do: 'promise', ...data }),
  },
  theft: {
    show: ({ vehicle }, say) => ({ text: say(words.theft, { vehicle: clipped(vehicle, NAME_SHOWN) }) }),
    take: (data, input) => (isPin(input) ? { do: 'reportTheft', ...data, pin: input.trim() } : { wrong: 'wrongPin' }),
  },
  restart: {
    show: ({ vehicle }, say) => ({
      text: say(words.restart, { vehicle: clipped(vehicle, NAME_SHOWN) }),
      choices: [say(words.yes)],
    }),
    take: ({ leaseId }, input) => confirmed(input, { do: 'restart', leaseId }),
  },
  message: {
    show: (_, say) => ({ text: say(words.message) }),
    take: (_, input) => (/\p{L}/u.test(input) ? { do: 'ask', text: input } : { wrong: 'wrongText' }),
  },
  help: {
    show: ({ code }, say) => ({ text: say(words.help, { code }) }),
    take: () => notChosen,
  },
  said: {
    show: ({ saying, values }, say) => ({ text: say(sayings[saying], values), ends: true }),
    take: () => home,
  },
};

const wrongDays = (most: number) => ({ wrong: 'wrongDays', values: { most } }) as const;

const sums = <Name extends string>(of: Readonly<Record<Name, Money>>) =>
  Object.fromEntries(Object.entries<Money>(of).map(([name, sum]) => [name, formatMoney(sum)]));

function amounts(asked: Money | null, say: Say): readonly string[] {
  return [...(asked === null ? [] : [formatMoney(asked)]), say(words.otherAmount)];
}

function termsSaid({ vehicle, deposit, instalment, instalments, frequency, total }: UssdTerms, say: Say) {
  return {
    vehicle: clipped(vehicle, NAME_SHOWN),
    instalments,
    frequency: say(frequencyWords[frequency]),
    ...sums({ deposit, instalment, total }),
  };
}

/** `Bajaj Boxer`, or `Bajaj Boxer 2023 Ntinda` beside another of that name. */
const offeredName = ({ vehicle, mark }: Offered) =>
  `${clipped(vehicle, NAME_SHOWN)}${mark === undefined ? '' : ` ${mark}`}`;

/** What is paid and what is not, and whose the vehicle is. */
function standing(lease: Lease, say: Say): string[] {
  const { paid, outstanding, late, ownedPercent: percent, next } = lease;
  if (isInDoubt(lease)) return [say(words.paidSoFar, sums({ paid })), `${lineOf(lease, say)}.`];
  const sofar = say(words.balance, { ...sums({ paid, outstanding, late }), percent });
  return next === null
    ? [sofar]
    : [sofar, say(words.next, { amount: formatMoney(next.amount), on: dayShown(next.on) })];
}

/** `Bajaj Boxer: 12,000 UGX due 01/12/2026` */
function lineOf(lease: Lease, say: Say): string {
  const { phrase, values } = standOf(lease);
  return `${clipped(lease.vehicle, NAME_SHOWN)}: ${say(phrase, values)}`;
}

/** The same of one of several: two vehicles may be called alike. */
export function namedLine(lease: Lease, say: Say): string {
  const { phrase, values } = standOf(lease);
  return `${clipped(lease.vehicle, 16)} ${lease.reference}: ${say(phrase, values)}`;
}

/** The order in which plans are offered. */
export const byFrequency = (
  a: { readonly frequency: UssdTerms['frequency'] },
  b: { readonly frequency: UssdTerms['frequency'] },
) => frequencies.indexOf(a.frequency) - frequencies.indexOf(b.frequency);
