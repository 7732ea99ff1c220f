import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { marketOf, marketRules, type Market } from '#domain/markets';
import { currencies, type Money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import { storableJson } from '#domain/text';
import { airtelReasons } from './airtel-answers.ts';
import { fromMajor } from './amounts.ts';
import { inboundOf, msisdn, receiptText, type Announced, type InboundPayment } from './inbound.ts';
import type { CallbackClaim } from './provider.ts';
import { fields, optionalText, payerPhone, text } from './wire.ts';

/** A transaction as answers have it. Amount and currency are not documented, and there where a gateway adds them. */
export const transactionPart = fields({
  id: optionalText,
  status: optionalText,
  airtel_money_id: optionalText,
  amount: optionalText,
  currency: optionalText,
});

/** The `status` of every answer. */
export const statusPart = fields({ code: optionalText, result_code: optionalText, response_code: optionalText });

const callback = fields({
  transaction: fields({
    id: text,
    status_code: text,
    code: optionalText,
    airtel_money_id: optionalText,
    amount: optionalText,
    currency: optionalText,
  }),
});

/** The decline of a response code; what is wrong with us or with Airtel is `provider_error`. */
export function reasonOf(code: string | null): DeclineReason {
  return airtelReasons.get(code ?? '') ?? 'provider_error';
}

/** The amount that a transaction names, if it can be read and is in the currency of the market. */
export function amountOf({ amount, currency }: Priced, market: Market): Money | null {
  const expected = marketRules(market).currency;
  return currency === null || currency === expected ? fromMajor(amount ?? '', expected) : null;
}

interface Priced {
  readonly amount: string | null;
  readonly currency: string | null;
}

/** @throws SyntaxError when the body is no callback of Airtel's. */
export function readAirtelCallback(body: string, market: Market, hashKey: string | null): CallbackClaim {
  const parsed = callback.safeParse(storableJson(body));
  if (!parsed.success) throw new SyntaxError('not a callback of Airtel');
  const { transaction } = parsed.data;
  const state =
    transaction.status_code === 'TS' ? 'succeeded' : /^T[FE]$/.test(transaction.status_code) ? 'failed' : 'unclear';
  return {
    state,
    reason: state === 'failed' ? reasonOf(transaction.code) : null,
    receipt: transaction.airtel_money_id,
    amount: amountOf(transaction, market)?.amount ?? null,
    authentic: isAuthentic(body, hashKey),
    providerRequestId: transaction.id,
  };
}

const notice = fields({
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

/** @throws SyntaxError when the body is no announcement of Airtel's. */
export function readAirtelNotice(body: string, hashKey: string | null): InboundPayment {
  return inboundOf('airtel', body, (parsed) => {
    const said = announced(parsed);
    return said && { ...said, authentic: isAuthentic(body, hashKey) };
  });
}

function announced(body: unknown): Announced | null {
  const said = notice.safeParse(body).data?.transaction;
  if (said === undefined) return null;
  const { airtel_money_id: receipt, reference: account, amount, currency, msisdn: number, paid_at: paidAt } = said;
  const { callingCode } = marketRules(marketOf(currency));
  // Without the country code, as Airtel wants numbers; some gateways put it before.
  const isWhole = number?.startsWith(callingCode.slice(1)) === true && number.length > 10;
  const payer = number === null ? null : payerPhone(isWhole ? `+${number}` : callingCode + number);
  return { receipt, account, amount, currency, paidAt, ...(payer !== null && { payer }) };
}

const signed = fields({ transaction: z.unknown(), hash: optionalText });

/**
 * Whether the `hash` of a callback is the base64 HMAC-SHA256 of its `transaction`, as it was written or as
 * JSON writes it without spaces. True where there is no hash or no key to check it with.
 */
function isAuthentic(body: string, hashKey: string | null): boolean {
  const { transaction, hash } = signed.parse(JSON.parse(body));
  if (hash === null || hashKey === null) return true;
  const candidates = [JSON.stringify(transaction), writtenTransaction(body)];
  return candidates.some((text) => {
    const expected = createHmac('sha256', hashKey).update(text).digest();
    const given = Buffer.from(hash, 'base64');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The text of `transaction`: numbers such as 1000.0 do not survive being parsed. */
function writtenTransaction(body: string): string {
  const withoutHash = body.replace(/,?\s*"hash"\s*:\s*"(?:[^"\\]|\\.)*"\s*,?/, '');
  return /^\s*\{\s*"transaction"\s*:\s*(\{.*\})\s*\}\s*$/s.exec(withoutHash)?.[1] ?? '';
}
