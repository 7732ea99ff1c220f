import { describe, expect, it } from 'vitest';
import { leaseStatuses } from '../leases/status.ts';
import { money, MOST_MONEY } from '../money.ts';
import { frequencies } from '../vehicles/plan.ts';
import { vehicleTypes } from '../vehicles/vehicle.ts';
import { pauseKinds } from '../leases/pause.ts';
import { inLanguage, spoken } from '../phrase.ts';
import { menuOf, standOf } from './menu.ts';
import { notes, sayings, type Note, type UssdSaying } from './phrases.ts';
import { refusalSaid } from './refusals.ts';
import { screens } from './screens.ts';
import { isKnown, MOST_CHARACTERS, pagesOf, shownOf, turnOf } from './show.ts';
import { goTo, type Lease, type Offered, type ScreenName, type State } from './state.ts';
import { frequencyWords } from '../vehicles/frequency-words.ts';
import { menuWords, pauseWords, standWords, typeWords, words, type MenuItem } from './wording.ts';

const most = money(MOST_MONEY, 'KES');
const name = 'Nakawombe Nassolo Ssebuggwawo Kyobutungi Mukasa Byaruhanga';
const vehicle = 'Mitsubishi Canter 4.2 tonnes with a refrigerated box';
const terms = { vehicle, deposit: most, instalment: most, instalments: 1_500, total: most } as const;
const leaseId = '0198c0de-0000-7000-8000-000000000000';
const on = '2026-12-31';

const leases = frequencies.flatMap((frequency) =>
  leaseStatuses.map((status): Lease => {
    const sums = { paid: most, outstanding: most, late: most, disputed: most, next: { on, amount: most } };
    const own = {
      id: leaseId,
      reference: 'K7WQ2MTPABCD',
      status,
      currency: 'KES',
      frequency,
      ownedPercent: 100,
    } as const;
    return { ...own, ...terms, ...sums, pausedUntil: on, today: on };
  }),
);
const inTime = leases.flatMap((lease): Lease[] =>
  [false, true].map((isSaidGone) => ({ ...lease, late: money(0, 'KES'), disputed: money(0, 'KES'), isSaidGone })),
);
const offers = frequencies.map((frequency): Offered => ({
  ...terms,
  frequency,
  type: 'truck',
  planId: leaseId,
  vehicleId: leaseId,
  mark: '2023 Wakiso road.',
}));
const [offered = offers[0]] = offers;
const everyItem = Object.keys(menuWords) as MenuItem[];
const twenty = <T>(of: readonly T[]): readonly T[] =>
  Array.from({ length: 7 }, () => of)
    .flat()
    .slice(0, 20);

/** Every screen with the longest that can stand on it. */
const samples: { readonly [Name in ScreenName]: readonly State<Name>[] } = {
  language: [true, false].map((registers) => goTo('language', { registers })),
  name: [goTo('name', {})],
  newPin: [goTo('newPin', { name })],
  pinAgain: [goTo('pinAgain', { name, hash: 'h' })],
  oldPin: [goTo('oldPin', {})],
  pinCode: [goTo('pinCode', {})],
  menu: [
    goTo('menu', { name, lease: null, items: everyItem }),
    ...[...leases, ...inTime].map((lease) => goTo('menu', { name, lease, items: everyItem })),
    ...leases.map((lease) => goTo('menu', { name, lease, items: menuOf(lease, { leases: 2 }), isOtherLate: true })),
  ],
  leases: [goTo('leases', { leases: twenty(leases) }), goTo('leases', { leases: leases.slice(0, 1) })],
  types: [goTo('types', { types: vehicleTypes })],
  plans: [
    goTo('plans', {
      type: 'truck',
      plans: twenty(frequencies.map((frequency) => ({ planId: leaseId, frequency, instalments: 1_500 }))),
    }),
  ],
  vehicles: [goTo('vehicles', { offers: twenty(offers) })],
  offer: offers.map((one) => goTo('offer', one)),
  provider: offered === undefined ? [] : [goTo('provider', { offered, providers: ['mtn', 'airtel', 'mpesa'] })],
  acceptOffer: leases.map((lease) => goTo('acceptOffer', lease)),
  sign: leases.map((lease) => goTo('sign', lease)),
  balance: [...leases, ...inTime].map((lease) => goTo('balance', lease)),
  payHow: [most, null].map((asked) => goTo('payHow', { leaseId, currency: 'KES', asked })),
  payAmount: [goTo('payAmount', { leaseId, currency: 'KES', asked: most })],
  payNow: [goTo('payNow', { leaseId, amount: most })],
  pauseKind: [goTo('pauseKind', { leaseId })],
  pauseDays: [goTo('pauseDays', { leaseId, kind: 'illness' })],
  pauseNow: [goTo('pauseNow', { leaseId, kind: 'illness', days: 14 })],
  promiseDays: [goTo('promiseDays', { leaseId, currency: 'KES', asked: most, today: on })],
  promiseHow: [most, null].map((asked) => goTo('promiseHow', { leaseId, currency: 'KES', asked, on })),
  promiseAmount: [goTo('promiseAmount', { leaseId, currency: 'KES', asked: most, on })],
  promiseNow: [goTo('promiseNow', { leaseId, amount: most, on })],
  theft: [goTo('theft', { leaseId, vehicle })],
  restart: [goTo('restart', { leaseId, vehicle })],
  message: [goTo('message', {})],
  help: [goTo('help', { code: '*384*123456789#' })],
  said: (Object.keys(sayings) as UssdSaying[]).map((saying) =>
    goTo('said', {
      saying,
      values: {
        text: 'x'.repeat(160),
        vehicle,
        deposit: '1,000,000,000,000 UGX',
        amount: '1,000,000,000,000 UGX',
        until: on,
        on,
        reference: 'ABCDEFGHJ',
      },
    }),
  ),
};
it('tells who let a vehicle go too often his own reason, not that somebody else has it', () => {
  expect([refusalSaid('held_before'), refusalSaid('vehicle_unavailable')]).toEqual(['heldBefore', 'vehicleGone']);
});

const all = Object.values(samples).flat() as readonly State[];
/** GSM 03.38's basic characters that are ASCII: of others a screen takes fewer. */
const gsm = /^[A-Za-z0-9 \n@$_!"#%&'()*+,\-./:;<=>?]*$/;

/** A state on each of its pages, as it is sent. */
function pagesOfState(state: State, language: string): string[] {
  const seen: string[] = [];
  for (let page = 0; page < 40; page += 1) {
    const { type, text } = shownOf({ ...state, page }, language);
    if (page > 0 && `${type} ${text}` === seen[0]) break;
    seen.push(`${type} ${text}`);
  }
  return seen;
}

const values = { most: 14 };
const longestNote = (language: string): Note => {
  const length = (note: Note) => inLanguage(notes[note], language, values).length;
  const [longest = 'wrongPin'] = (Object.keys(notes) as Note[]).toSorted((a, b) => length(b) - length(a));
  return longest;
};

describe.each(spoken)('in %s', (language) => {
  it('every screen with the longest values, on each page and under the longest note, fits', () => {
    const noted = all.map((state): State => ({ ...state, note: longestNote(language), noteValues: values }));
    const pages = [...all, ...noted].flatMap((state) => pagesOfState(state, language));
    expect(pages.length).toBeGreaterThan(1_000);
    const wrong = pages.filter((page) => page.length > MOST_CHARACTERS || !gsm.test(page));
    expect(wrong.slice(0, 5).map((page) => `${page.length}: ${page}`)).toEqual([]);
  });

  it('every phrase is there, with the values that the English one has', () => {
    const valuesIn = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();
    const tables = { notes, sayings, words, menuWords, standWords, frequencyWords, typeWords, pauseWords };
    for (const [table, phrases] of Object.entries(tables)) {
      for (const [key, phrase] of Object.entries<Readonly<Record<string, string>>>(phrases))
        expect(valuesIn(phrase[language] ?? ''), `${table}.${key}`).toEqual(valuesIn(phrase['en'] ?? ''));
    }
  });

  it('every choice of every screen leads somewhere, and none is lost between the pages', () => {
    for (const state of all) {
      const labels = pagesOfState(state, language).join('\n');
      const numbers = new Set([...labels.matchAll(/^(\d{1,2}) /gm)].map(([, number]) => Number(number)));
      const choices = [...numbers].filter((number) => number !== 0 && number !== 98).toSorted((a, b) => a - b);
      expect(choices, state.at).toEqual(choices.map((_, i) => i + 1));
      for (const number of choices) {
        const turn = turnOf({ ...state, page: 0 }, String(number), language);
        expect('at' in turn && turn.at === state.at ? turn.note : undefined, `${state.at} ${number}`).toBeUndefined();
      }
    }
  });
});

it('every screen that is there has a sample, and nothing else is known', () => {
  expect(Object.keys(samples)).toEqual(Object.keys(screens));
  expect(all.every(isKnown)).toBe(true);
  expect(isKnown({ at: 'toString' })).toBe(false);
});

it('speaks English where a language is missing, and says so', () => {
  let missing = 0;
  const count = () => (missing += 1);
  const state = goTo('payNow', { leaseId, amount: money(1_000, 'UGX') });
  expect(shownOf(state, 'fr', count)).toEqual({ type: 'CON', text: 'Pay 1,000 UGX now?\n1 Yes\n0 Menu' });
  expect(missing).toBe(3);
  expect(inLanguage({ en: 'Hello' }, 'sw', {}, count)).toBe('Hello');
  expect(missing).toBe(4);
});

it('says of every status where a lease stands', () => {
  for (const lease of [...leases, ...inTime]) expect(standOf(lease).phrase.en, lease.status).not.toBe('');
});

it('takes zero for the menu, 98 for more, and says what is no choice', () => {
  const list = goTo('vehicles', { offers: twenty(offers) });
  expect(turnOf(list, '0', 'en')).toEqual({ do: 'home' });
  const second = turnOf(list, '98', 'en');
  expect(second).toMatchObject({ at: 'vehicles', page: 1 });
  expect(turnOf(list, '21', 'en')).toMatchObject({ at: 'vehicles', note: 'wrongChoice' });
  expect(turnOf(list, '1*1', 'en')).toMatchObject({ at: 'vehicles', note: 'wrongChoice' });
  expect(turnOf(list, '20', 'en')).toMatchObject({ at: 'offer' });
  expect(pauseKinds.length).toBe(
    pagesOf({ text: 'x', choices: pauseKinds }, '', ({ en }) => en)[0]?.match(/^[1-9] /gm)?.length,
  );
});
