import { z } from 'zod';
import { markets, marketRules, type PaymentProvider } from '#domain/markets';
import { currencies, minorUnits, type Money } from '#domain/money';
import { storableJson } from '#domain/text';
import { isAuthentic } from './airtel-wire.ts';
import { fromMajor } from './amounts.ts';
import { payerPhone, text } from './wire.ts';

/** A payment that a customer made by himself, as the provider announces it. */
export interface InboundPayment {
  readonly provider: PaymentProvider;
  /** The provider's receipt: the same announcement may come many times. */
  readonly receipt: string;
  /** E.164 with the plus, where the provider names it. */
  readonly payer?: string;
  /** `+25471*****149`, where the provider hides it. */
  readonly payerMasked?: string;
  /** What the customer typed: a lease's reference, or nonsense. */
  readonly account: string;
  readonly amount: Money;
  readonly paidAt: Date;
  /** False when the announcement carries a signature that does not fit. Absent signatures are true. */
  readonly authentic: boolean;
}

/**
 * Reads the announcement of an inbound payment; of M-Pesa's both the validation and the confirmation.
 *
 * @param airtelHashKey of the signature that Airtel's carry, or null
 * @throws SyntaxError when the body is none of this provider's
 */
export function parseInbound(provider: Announcer, body: string, airtelHashKey: string | null): InboundPayment {
  const parsed = storableJson(body);
  const payment = readers[provider](parsed);
  if (payment === null) throw new SyntaxError(`not an announcement of an inbound payment by ${provider}`);
  return { provider, ...payment, authentic: provider !== 'airtel' || isAuthentic(body, airtelHashKey) };
}

type Read = Omit<InboundPayment, 'provider' | 'authentic'>;

/** The announcements that are read here; an adapter of another provider may bring its own. */
type Announcer = 'mtn' | 'airtel' | 'mpesa';
const readers: Readonly<Record<Announcer, (body: unknown) => Read | null>> = {
  mtn: readMtn,
  airtel: readAirtel,
  mpesa: readMpesa,
};

const instant = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso));
const msisdn = text.pipe(z.string().regex(/^\d{6,15}$/));

/** Characters of a receipt: more than any provider's has, and no more than the database can look for. */
const MOST = 100;

const mtnNotice = z.object({
  type: z.literal('PAYBILL'),
  status: z.literal('SUCCESSFUL'),
  financialTransactionId: text.pipe(z.string().min(1).max(MOST)),
  externalId: text,
  amount: text,
  currency: z.enum(currencies),
  payer: z.object({ partyId: msisdn }),
  paidAt: instant,
});

function readMtn(body: unknown): Read | null {
  const { data } = mtnNotice.safeParse(body);
  const amount = data === undefined ? null : fromMajor(data.amount, data.currency);
  if (data === undefined || amount === null) return null;
  const { financialTransactionId: receipt, externalId: account, payer, paidAt } = data;
  return { receipt, account: account.trim(), amount, payer: payerPhone(`+${payer.partyId}`), paidAt };
}

const airtelNotice = z.object({
  transaction: z.object({
    type: z.literal('PAYBILL'),
    status_code: z.literal('TS'),
    airtel_money_id: text.pipe(z.string().min(1).max(MOST)),
    reference: text,
    amount: text,
    currency: z.enum(currencies),
    msisdn,
    country: z.enum(markets),
    paid_at: instant,
  }),
});

function readAirtel(body: unknown): Read | null {
  const notice = airtelNotice.safeParse(body).data?.transaction;
  const amount = notice === undefined ? null : fromMajor(notice.amount, notice.currency);
  if (notice === undefined || amount === null) return null;
  const payer = payerPhone(marketRules(notice.country).callingCode + notice.msisdn);
  return { receipt: notice.airtel_money_id, account: notice.reference.trim(), amount, payer, paidAt: notice.paid_at };
}

const mpesaNotice = z.object({
  TransID: z.string().min(1).max(MOST),
  /** `yyyyMMddHHmmss` on the wall in Nairobi, which is three hours ahead of UTC all year. */
  TransTime: text.pipe(z.string().regex(/^\d{14}$/)),
  TransAmount: text,
  BillRefNumber: text,
  MSISDN: text.optional(),
});

function readMpesa(body: unknown): Read | null {
  const { data } = mpesaNotice.safeParse(body);
  if (data === undefined) return null;
  const amount = fromMajor(data.TransAmount, 'KES');
  const paidAt = new Date(data.TransTime.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6+03:00'));
  if (amount === null || Number.isNaN(paidAt.getTime())) return null;
  return { receipt: data.TransID, account: data.BillRefNumber.trim(), amount, paidAt, ...payerOf(data.MSISDN ?? '') };
}

/** Safaricom masks the number, or sends a hash of it, which tells nothing. */
function payerOf(number: string): Pick<InboundPayment, 'payer' | 'payerMasked'> {
  if (/^2540?\d{9}$/.test(number)) return { payer: payerPhone(`+${number}`) };
  return /^254[\d*]+$/.test(number.replaceAll(/\s/g, '')) ? { payerMasked: `+${number.replaceAll(/\s/g, '')}` } : {};
}

/** What M-Pesa asks before it takes a payment: whose it is to be, or what is wrong with it whoever it is for. */
export type PayBillQuestion = { readonly account: string } | { readonly refused: 'amount' | 'shortcode' | 'other' };

const mpesaQuestion = z.object({ TransAmount: text, BusinessShortCode: text, BillRefNumber: text });

/** Reads the body of M-Pesa's validation; M-Pesa moves whole shillings only. */
export function parsePayBill(body: string, shortcode: string): PayBillQuestion {
  const { data } = mpesaQuestion.safeParse(jsonIn(body));
  if (data === undefined) return { refused: 'other' };
  if (data.BusinessShortCode.trim() !== shortcode) return { refused: 'shortcode' };
  const amount = fromMajor(data.TransAmount, 'KES');
  if (amount === null || amount.amount % minorUnits('KES') !== 0) return { refused: 'amount' };
  return { account: data.BillRefNumber.trim() };
}

function jsonIn(body: string): unknown {
  try {
    return storableJson(body);
  } catch {
    return undefined;
  }
}

const refusals = {
  msisdn: 'C2B00011',
  account: 'C2B00012',
  amount: 'C2B00013',
  kyc: 'C2B00014',
  shortcode: 'C2B00015',
  other: 'C2B00016',
} as const;

/** What M-Pesa's validation and confirmation are answered, within eight seconds. */
export function payBillAnswer(verdict: 'accepted' | keyof typeof refusals): { ResultCode: string; ResultDesc: string } {
  if (verdict === 'accepted') return { ResultCode: '0', ResultDesc: 'Accepted' };
  return { ResultCode: refusals[verdict], ResultDesc: 'Rejected' };
}
