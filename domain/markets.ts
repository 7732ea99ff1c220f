import type { Currency } from './money.ts';

/** The countries the marketplace lends in. */
export const markets = ['UG', 'KE', 'RW'] as const;
export type Market = (typeof markets)[number];

export const paymentProviders = ['mtn', 'airtel', 'mpesa'] as const;
export type PaymentProvider = (typeof paymentProviders)[number];

interface MarketRules {
  readonly name: string;
  readonly currency: Currency;
  /** IANA zone of due dates and business hours. */
  readonly timeZone: string;
  /** E.164 prefix, with the plus. */
  readonly callingCode: string;
  /**
   * What its mobile numbers begin with after the calling code, by the plans of UCC, the Communications
   * Authority and RURA: whole ranges, so that blocks that are opened in them need no update. Uganda's 039 is
   * of MTN's SIMs too, though the plan has it beside the landlines; its 020 and 031 are wireless at home.
   */
  readonly mobile: readonly string[];
  readonly providers: readonly PaymentProvider[];
  /** Minor units an instalment is rounded to: whole shillings or francs everywhere. */
  readonly lineUnit: number;
  /**
   * Minor units below which nobody is late or asked by himself: MTN Uganda's tariff begins at 500
   * (techpointmag.com/current-mtn-uganda-mobile-money-rates, read on 2026-11-29). Daraja and MTN Rwanda take one unit; there
   * it is a coin.
   */
  readonly leastAsked: number;
  /** Days without office work: 0 is Sunday. Money is collected on them, agents' deadlines skip them. */
  readonly restDays: readonly number[];
  /** When our offices work on a business day, local times `HH:MM`, in order: service levels of support run in them. */
  readonly officeHours: readonly (readonly [from: string, until: string])[];
  /** Days for which a ticket waits for its customer, and after how many of them he is reminded. */
  readonly ticketWait: { readonly reminder: number; readonly days: number };
  /** How often within 365 days a lease may have another day of payment, and another frequency. */
  readonly changesAYear: { readonly dueDay: number; readonly frequency: number };
}

const rules: Record<Market, MarketRules> = {
  UG: {
    name: 'Uganda',
    currency: 'UGX',
    timeZone: 'Africa/Kampala',
    callingCode: '+256',
    mobile: ['7', '39'],
    providers: ['mtn', 'airtel'],
    lineUnit: 1,
    leastAsked: 500,
    restDays: [0, 6],
    officeHours: [
      ['08:00', '12:45'],
      ['14:00', '17:00'],
    ],
    ticketWait: { reminder: 3, days: 7 },
    changesAYear: { dueDay: 2, frequency: 2 },
  },
  KE: {
    name: 'Kenya',
    currency: 'KES',
    timeZone: 'Africa/Nairobi',
    callingCode: '+254',
    mobile: ['7', '1'],
    providers: ['mpesa'],
    lineUnit: 100,
    leastAsked: 1_000,
    restDays: [0, 6],
    officeHours: [
      ['08:00', '13:00'],
      ['14:00', '17:00'],
    ],
    ticketWait: { reminder: 3, days: 7 },
    changesAYear: { dueDay: 2, frequency: 2 },
  },
  RW: {
    name: 'Rwanda',
    currency: 'RWF',
    timeZone: 'Africa/Kigali',
    callingCode: '+250',
    mobile: ['7'],
    providers: ['mtn', 'airtel'],
    lineUnit: 1,
    leastAsked: 100,
    restDays: [0, 6],
    officeHours: [
      ['07:00', '12:00'],
      ['13:00', '17:00'],
    ],
    ticketWait: { reminder: 3, days: 7 },
    changesAYear: { dueDay: 2, frequency: 2 },
  },
};

export function marketRules(market: Market): MarketRules {
  return rules[market];
}

/** Every currency is the money of one market. @throws RangeError for one that is of none. */
export function marketOf(currency: Currency): Market {
  const market = markets.find((one) => rules[one].currency === currency);
  if (market === undefined) throw new RangeError(`no market has ${currency}`);
  return market;
}
