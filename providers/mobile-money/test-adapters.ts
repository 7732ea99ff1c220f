import type { Market, PaymentProvider } from '#domain/markets';
import type { HttpLimits } from '../http.ts';
import { patient } from '../test-server.ts';
import type { AirtelDisbursement } from './airtel-pin.ts';
import { createAirtel } from './airtel.ts';
import type { MpesaPayout } from './mpesa-refunds.ts';
import { createMpesa, type MpesaProvider } from './mpesa.ts';
import { createMtn } from './mtn.ts';
import type { MobileMoneyProvider } from './provider.ts';

/** The key that Airtel's callbacks are signed with in tests. */
export const HASH_KEY = 'sample-airtel-hash-key';

export const testMtn = (baseUrl: string, limits: HttpLimits = patient): MobileMoneyProvider =>
  createMtn({
    baseUrl,
    isSandbox: false,
    collection: { apiUser: 'user', apiKey: 'key', subscriptionKey: 'subscription' },
    disbursement: { apiUser: 'payer', apiKey: 'payer-key', subscriptionKey: 'payer-subscription' },
    limits,
  });

/** @param disbursement null gives back whole charges alone */
export const testAirtel = (
  baseUrl: string,
  limits: HttpLimits = patient,
  disbursement: AirtelDisbursement | null = { pin: '4321', publicKey: null },
): MobileMoneyProvider =>
  createAirtel({ baseUrl, clientId: 'client', clientSecret: 'secret', hashKey: HASH_KEY, disbursement, limits });

/** @param payout null gives back whole payments alone */
export const testMpesa = (
  baseUrl: string,
  limits: HttpLimits = patient,
  payout: MpesaPayout | null = { shortcode: '600000', initiator: 'payer', securityCredential: 'payer-credential' },
): MpesaProvider =>
  createMpesa({
    baseUrl,
    consumerKey: 'consumer',
    consumerSecret: 'secret',
    shortcode: '174379',
    passkey: 'passkey',
    initiator: 'initiator',
    securityCredential: 'credential',
    payout,
    limits,
  });

export interface TestAdapter {
  readonly name: PaymentProvider;
  readonly market: Market;
  /** Minor units in a major one of its currency. */
  readonly unit: number;
  readonly create: (baseUrl: string, limits?: HttpLimits) => MobileMoneyProvider;
  /** A phone of the market that ends in these three digits. */
  readonly phone: (digits: string) => string;
}

let phones = 0;
/** Every phone is used once: the simulator counts by payer. */
const phoneOf = (prefix: string) => (digits: string) => `${prefix}${String(100_000 + phones++).slice(-4)}${digits}`;

export const testAdapters: readonly TestAdapter[] = [
  { name: 'mtn', market: 'UG', unit: 1, create: testMtn, phone: phoneOf('+25677') },
  { name: 'airtel', market: 'UG', unit: 1, create: testAirtel, phone: phoneOf('+25670') },
  { name: 'mpesa', market: 'KE', unit: 100, create: testMpesa, phone: phoneOf('+25471') },
];
