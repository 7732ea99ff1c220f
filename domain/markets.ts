import type { Currency } from './money.ts';

/** The countries the marketplace lends in. */
export const markets = ['UG', 'KE', 'RW'] as const;
export type Market = (typeof markets)[number];

export const paymentProviders = ['mtn', 'airtel', 'mpesa'] as const;
export type PaymentProvider = (typeof paymentProviders)[number];

export interface MarketRules {
  readonly name: string;
  readonly currency: Currency;
  /** IANA zone of due dates and business hours. */
  readonly timeZone: string;
  /** E.164 prefix, with the plus. */
  readonly callingCode: string;
  readonly providers: readonly PaymentProvider[];
  /** Minor units an instalment is rounded to: whole shillings or francs everywhere. */
  readonly lineUnit: number;
  /** Days without office work: 0 is Sunday. Money is collected on them, agents' deadlines skip them. */
  readonly restDays: readonly number[];
  /** `MM-DD` of public holidays that fall on the same date every year. */
  readonly holidays: readonly string[];
}

/**
 * Fixed-date public holidays as gazetted (Uganda: Public Holidays Act; Kenya: Public Holidays Act,
 * cap. 110; Rwanda: Presidential Order on public holidays). Moving feasts are left out: they only
 * shorten an agent's deadline, never a customer's.
 */
const rules: Record<Market, MarketRules> = {
  UG: {
    name: 'Uganda',
    currency: 'UGX',
    timeZone: 'Africa/Kampala',
    callingCode: '+256',
    providers: ['mtn', 'airtel'],
    lineUnit: 1,
    restDays: [0, 6],
    holidays: ['01-01', '01-26', '02-16', '03-08', '05-01', '06-03', '06-09', '10-09', '12-25', '12-26'],
  },
  KE: {
    name: 'Kenya',
    currency: 'KES',
    timeZone: 'Africa/Nairobi',
    callingCode: '+254',
    providers: ['mpesa'],
    lineUnit: 100,
    restDays: [0, 6],
    holidays: ['01-01', '05-01', '06-01', '10-10', '10-20', '12-12', '12-25', '12-26'],
  },
  RW: {
    name: 'Rwanda',
    currency: 'RWF',
    timeZone: 'Africa/Kigali',
    callingCode: '+250',
    providers: ['mtn', 'airtel'],
    lineUnit: 1,
    restDays: [0, 6],
    holidays: ['01-01', '01-02', '02-01', '04-07', '05-01', '07-01', '07-04', '08-15', '12-25', '12-26'],
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
