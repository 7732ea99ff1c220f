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
}

const rules: Record<Market, MarketRules> = {
  UG: {
    name: 'Uganda',
    currency: 'UGX',
    timeZone: 'Africa/Kampala',
    callingCode: '+256',
    providers: ['mtn', 'airtel'],
    lineUnit: 1,
    restDays: [0, 6],
  },
  KE: {
    name: 'Kenya',
    currency: 'KES',
    timeZone: 'Africa/Nairobi',
    callingCode: '+254',
    providers: ['mpesa'],
    lineUnit: 100,
    restDays: [0, 6],
  },
  RW: {
    name: 'Rwanda',
    currency: 'RWF',
    timeZone: 'Africa/Kigali',
    callingCode: '+250',
    providers: ['mtn', 'airtel'],
    lineUnit: 1,
    restDays: [0, 6],
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
