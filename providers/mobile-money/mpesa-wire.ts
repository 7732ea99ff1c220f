import { z } from 'zod';
import type { Money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import { storableJson } from '#domain/text';
import { fromMajor } from './amounts.ts';
import type { CallbackClaim } from './provider.ts';
import { fields, optionalText, orNull, text } from './wire.ts';

/** A synchronous error of Daraja. */
export const errorAnswer = fields({ errorCode: text, errorMessage: optionalText });

/** The answer to a prompt. */
export const pushAnswer = fields({ CheckoutRequestID: text, ResponseCode: text });

/**
 * The answer to a query. `ResultCode` is a string here and a number in callbacks. Daraja names neither
 * receipt nor amount; where a gateway in front of it does, they are better than what a callback claims.
 */
export const queryAnswer = fields({
  ResultCode: text,
  ResultDesc: optionalText,
  MpesaReceiptNumber: optionalText,
  Amount: optionalText,
});

/** The answer to a reversal or a payment to a customer: accepted, the result goes to the ResultURL. */
export const acceptedAnswer = fields({ ConversationID: text, ResponseCode: text });

const item = fields({ Name: optionalText, Value: optionalText });
const stkCallback = fields({
  Body: fields({
    stkCallback: fields({
      CheckoutRequestID: text,
      ResultCode: text,
      CallbackMetadata: orNull(fields({ Item: z.array(item) })),
    }),
  }),
});

const parameter = fields({ Key: optionalText, Value: optionalText });
/** What a ResultURL is told: of a reversal, of a payment to a customer, or of the status of one. */
export const mpesaResult = fields({
  Result: fields({
    /** 0: it is over. Anything else announces more to come. */
    ResultType: optionalText,
    ResultCode: text,
    ConversationID: text,
    TransactionID: optionalText,
    ResultParameters: orNull(
      // One parameter comes without the list around it (?).
      fields({ ResultParameter: z.union([z.array(parameter), parameter.transform((one) => [one])]) }),
    ),
  }),
});

const reasons: ReadonlyMap<string, DeclineReason> = new Map([
  ['1', 'no_funds'],
  ['3', 'over_limit'],
  ['4', 'over_limit'],
  ['8', 'over_limit'],
  ['1019', 'expired'],
  ['1031', 'declined'],
  ['1032', 'declined'],
  // The phone was not reached within a minute.
  ['1037', 'expired'],
  ['2001', 'wrong_pin'],
  ['2040', 'no_subscriber'],
  // Our own operator's password is locked: said of what we give back alone.
  ['8006', 'wrong_pin'],
]);

/** The decline of a result code; 17, 26, 1001, 1025 and 9999 are M-Pesa's own trouble and pass: `provider_error`. */
export function reasonOf(code: string): DeclineReason {
  return reasons.get(code) ?? 'provider_error';
}

/** A prompt that is still on the phone, as newer versions of the query say it with HTTP 200. */
export function isPending({ ResultCode, ResultDesc }: z.infer<typeof queryAnswer>): boolean {
  return ResultCode === '4999' || /(being|under) process/i.test(ResultDesc ?? '');
}

/** Reads the callback of a prompt, or the result of a reversal or of a payment to a customer. @throws SyntaxError when the body is neither. */
export function readMpesaCallback(body: string): CallbackClaim {
  const parsed = storableJson(body);
  const prompt = stkCallback.safeParse(parsed);
  if (prompt.success) {
    const { CheckoutRequestID, ResultCode, CallbackMetadata } = prompt.data.Body.stkCallback;
    const item = (name: string) => CallbackMetadata?.Item.find(({ Name }) => Name === name)?.Value ?? null;
    return claimOf(ResultCode, CheckoutRequestID, item('MpesaReceiptNumber'), item('Amount'));
  }
  const result = mpesaResult.safeParse(parsed).data;
  if (result === undefined) throw new SyntaxError('not a callback of M-Pesa');
  const { ResultType, ResultCode, ConversationID, TransactionID } = result.Result;
  // A reversal names `Amount`, a payment to a customer `TransactionAmount`.
  const amount = named(result, 'Amount') ?? named(result, 'TransactionAmount');
  const claim = claimOf(ResultCode, ConversationID, TransactionID, amount);
  const isResult = (ResultType ?? '0') === '0' && !unclearResults.has(ResultCode);
  return isResult ? claim : { ...claim, state: 'unclear', reason: null, receipt: null };
}

/** Results that leave open whether money moved: M-Pesa has seen the request before, or the payment was reversed already. */
const unclearResults = new Set(['15', 'R000001']);

/** What a result says of a transaction that is over; any other leaves it open. */
const statuses: ReadonlyMap<string, 'succeeded' | 'failed'> = new Map([
  ['completed', 'succeeded'],
  ['failed', 'failed'],
  ['declined', 'failed'],
  ['cancelled', 'failed'],
  ['expired', 'failed'],
]);

/**
 * Reads the result of a question about a payment to a customer; null where it leaves open what became of it. Its own ids are
 * those of the question.
 *
 * @throws SyntaxError when the body is no result.
 */
export function readMpesaStatus(body: string): CallbackClaim | null {
  const result = mpesaResult.safeParse(storableJson(body)).data;
  if (result === undefined) throw new SyntaxError('not a result of M-Pesa');
  const state = statuses.get(named(result, 'TransactionStatus')?.toLowerCase() ?? '');
  if (state === undefined || result.Result.ResultCode !== '0') return null;
  const said = claimOf('0', named(result, 'ConversationID'), named(result, 'ReceiptNo'), named(result, 'Amount'));
  return state === 'succeeded' ? said : { ...said, state, reason: 'provider_error', receipt: null };
}

/** What a result has under a key. */
function named({ Result }: z.infer<typeof mpesaResult>, key: string): string | null {
  return Result.ResultParameters?.ResultParameter.find(({ Key }) => Key === key)?.Value ?? null;
}

function claimOf(code: string, id: string | null, receipt: string | null, amount: string | null): CallbackClaim {
  const succeeded = code === '0';
  return {
    state: succeeded ? 'succeeded' : 'failed',
    reason: succeeded ? null : reasonOf(code),
    receipt: succeeded ? receipt : null,
    amount: (amount === null ? null : shillings(amount)?.amount) ?? null,
    // There is no signature: the URL is the secret, and the query the proof.
    authentic: true,
    providerRequestId: id,
  };
}

/** An amount of M-Pesa's as money. */
export function shillings(wire: string): Money | null {
  return fromMajor(wire, 'KES');
}

/** `yyyyMMddHHmmss` on the wall in Nairobi. */
export function nairobiTimestamp(at: Date): string {
  return at.toLocaleString('sv-SE', { timeZone: 'Africa/Nairobi' }).replaceAll(/\D/g, '');
}
