import { z } from 'zod';
import { marketOf, marketRules, type PaymentProvider } from '#domain/markets';
import { currencies, minorUnits, type Currency, type Money } from '#domain/money';
import { storableJson } from '#domain/text';
import { isAuthentic } from './airtel-wire.ts';
import { fromMajor } from './amounts.ts';
import { fields, instantIn, optionalText, orNull, payerPhone, text } from './wire.ts';

/** A payment that a customer made by himself, as the provider announces it. */
export interface InboundPayment {
  readonly provider: PaymentProvider;
  /** The provider's receipt: the same announcement may come many times. */
  readonly receipt: string;
  /** E.164 with the plus, where the provider names it. */
  readonly payer?: string;
  /** `+25471*****149`, where the provider hides it. */
  readonly payerMasked?: string;
  /** What the customer typed: a lease's reference, or nonsense; empty where that is not told. */
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

/** Characters of a receipt: more than any provider's has, and no more than the database can look for. */
const receiptText = text.pipe(z.string().max(100));
/** Digits without a plus; no payer where it is anything else. */
const msisdn = orNull(text.pipe(z.string().regex(/^\d{6,15}$/)));

const mtnNotice = fields({
  type: text.pipe(z.literal('PAYBILL')),
  status: text.pipe(z.literal('SUCCESSFUL')),
  financialTransactionId: receiptText,
  externalId: optionalText,
  amount: text,
  currency: text.pipe(z.enum(currencies)),
  payer: orNull(fields({ partyId: msisdn })),
  paidAt: text,
});

function readMtn(body: unknown): Read | null {
  const { data } = mtnNotice.safeParse(body);
  if (data === undefined) return null;
  const { financialTransactionId: receipt, externalId: account, payer } = data;
  const number = payer?.partyId ?? null;
  return read({ receipt, account, amount: data.amount, paidAt: data.paidAt }, data.currency, {
    ...(number !== null && { payer: payerPhone(`+${number}`) }),
  });
}

const airtelNotice = fields({
  transaction: fields({
    type: text.pipe(z.literal('PAYBILL')),
    status_code: text.pipe(z.literal('TS')),
    airtel_money_id: receiptText,
    reference: optionalText,
    amount: text,
    currency: text.pipe(z.enum(currencies)),
    msisdn,
    paid_at: text,
  }),
});

function readAirtel(body: unknown): Read | null {
  const notice = airtelNotice.safeParse(body).data?.transaction;
  if (notice === undefined) return null;
  const { airtel_money_id: receipt, reference: account, amount, currency, msisdn: number, paid_at: paidAt } = notice;
  const { callingCode } = marketRules(marketOf(currency));
  // Without the country code, as Airtel wants numbers; some gateways put it before.
  const isWhole = number?.startsWith(callingCode.slice(1)) === true && number.length > 10;
  return read({ receipt, account, amount, paidAt }, currency, {
    ...(number !== null && { payer: payerPhone(isWhole ? `+${number}` : callingCode + number) }),
  });
}

const mpesaNotice = fields({
  TransID: receiptText,
  /** `yyyyMMddHHmmss` on the wall in Nairobi. */
  TransTime: text,
  TransAmount: text,
  BillRefNumber: optionalText,
  MSISDN: optionalText,
});

function readMpesa(body: unknown): Read | null {
  const { data } = mpesaNotice.safeParse(body);
  if (data === undefined) return null;
  const { TransID: receipt, BillRefNumber: account, TransAmount: amount, TransTime: paidAt } = data;
  return read({ receipt, account, amount, paidAt }, 'KES', payerOf(data.MSISDN ?? ''));
}

/** What every provider names: the money and when it moved must be readable, whose it is may be left to an agent. */
function read(
  said: { readonly receipt: string; readonly account: string | null; readonly amount: string; readonly paidAt: string },
  currency: Currency,
  payer: Pick<InboundPayment, 'payer' | 'payerMasked'>,
): Read | null {
  const amount = fromMajor(said.amount, currency);
  const paidAt = instantIn(marketOf(currency), said.paidAt);
  if (amount === null || paidAt === null) return null;
  return { receipt: said.receipt, account: said.account ?? '', amount, paidAt, ...payer };
}

/** Safaricom masks the number, or sends a hash of it, which tells nothing. */
function payerOf(number: string): Pick<InboundPayment, 'payer' | 'payerMasked'> {
  if (/^2540?\d{9}$/.test(number)) return { payer: payerPhone(`+${number}`) };
  return /^254[\d*]+$/.test(number.replaceAll(/\s/g, '')) ? { payerMasked: `+${number.replaceAll(/\s/g, '')}` } : {};
}

/** What M-Pesa asks before it takes a payment: whose it is to be, or what is wrong with it whoever it is for. */
export type PayBillQuestion = { readonly account: string } | { readonly refused: 'amount' | 'shortcode' | 'other' };

const mpesaQuestion = fields({ TransAmount: text, BusinessShortCode: optionalText, BillRefNumber: text });

/** Reads the body of M-Pesa's validation; M-Pesa moves whole shillings only. */
export function parsePayBill(body: string, shortcode: string): PayBillQuestion {
  const { data } = mpesaQuestion.safeParse(jsonIn(body));
  if (data === undefined) return { refused: 'other' };
  if ((data.BusinessShortCode ?? shortcode) !== shortcode) return { refused: 'shortcode' };
  const amount = fromMajor(data.TransAmount, 'KES');
  if (amount === null || amount.amount % minorUnits('KES') !== 0) return { refused: 'amount' };
  return { account: data.BillRefNumber };
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
