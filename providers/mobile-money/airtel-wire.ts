import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { marketRules, type Market } from '#domain/markets';
import type { Money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import { storableJson } from '#domain/text';
import { fromMajor } from './amounts.ts';
import type { CallbackClaim } from './provider.ts';
import { orNull, text } from './wire.ts';

/** A transaction as answers have it. Amount and currency are not documented, and there where a gateway adds them. */
export const transactionPart = z.object({
  id: orNull(text),
  status: orNull(z.string()),
  airtel_money_id: orNull(text),
  amount: orNull(text),
  currency: orNull(z.string()),
});

/** The `status` of every answer. */
export const statusPart = z.object({
  result_code: orNull(text),
  response_code: orNull(text),
  success: orNull(z.boolean()),
});

const callback = z.object({
  transaction: z.object({
    id: text,
    status_code: z.string(),
    code: orNull(text),
    airtel_money_id: orNull(text),
    amount: orNull(text),
    currency: orNull(z.string()),
  }),
  hash: orNull(z.string()),
});

const reasons: ReadonlyMap<string, DeclineReason> = new Map([
  ['DP00800001002', 'wrong_pin'],
  ['DP00800001003', 'over_limit'],
  ['DP00800001005', 'not_confirmed'],
  ['DP00800001007', 'no_funds'],
  ['DP00800001008', 'declined'],
  ['DP00800001009', 'blocked'],
  ['DP00800001010', 'no_subscriber'],
  ['DP00800001024', 'expired'],
  ['DP00800001029', 'expired'],
]);

/** The decline of a `DP00800001…` code; what is wrong with us or with Airtel is `provider_error`. */
export function reasonOf(code: string | null): DeclineReason {
  return reasons.get(code ?? '') ?? 'provider_error';
}

/** Ambiguous, in process or timed out: enquire, never send again blind. */
const unclear = new Set(['ESB000001', 'ESB000004', 'ROUTER117', 'DP00800001000', 'DP00800001024']);

export function isUnclear({ result, response }: { readonly result: string; readonly response: string }): boolean {
  return unclear.has(result) || unclear.has(response);
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

const signed = z.object({ transaction: z.unknown(), hash: orNull(z.string()) });

/**
 * Whether the `hash` of a callback is the base64 HMAC-SHA256 of its `transaction`, as it was written or as
 * JSON writes it without spaces. True where there is no hash or no key to check it with.
 */
export function isAuthentic(body: string, hashKey: string | null): boolean {
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
