import { createHmac } from 'node:crypto';
import { toWire } from './amounts.ts';
import type { Decline } from './behaviours.ts';
import type { Charge, View } from './records.ts';

const declines: Record<Decline, { code: string; message: string }> = {
  noFunds: { code: 'DP00800001007', message: 'Insufficient balance to complete the transaction' },
  declined: { code: 'DP00800001008', message: 'Transaction refused by the subscriber' },
  noSubscriber: { code: 'DP00800001010', message: 'Not permitted: not registered on Airtel Money' },
  overLimit: { code: 'DP00800001003', message: 'Exceeds the transaction limit of the subscriber' },
  expired: { code: 'DP00800001029', message: 'Transaction expired' },
  internalError: { code: 'DP00800001009', message: 'Do not honour' },
  unavailable: { code: 'DP00800001024', message: 'Transaction timed out' },
  notPerformed: { code: 'DP00800001005', message: 'The subscriber did not enter the PIN' },
};

/** Airtel's two-letter states: success, failed, in progress, expired. */
function stateOf(view: View): 'TS' | 'TF' | 'TIP' | 'TE' {
  if (view.state === 'pending') return 'TIP';
  if (view.state === 'paid') return 'TS';
  return view.decline === 'expired' ? 'TE' : 'TF';
}

function codeOf(view: View): string {
  if (view.state === 'pending') return 'DP00800001006';
  return view.state === 'paid' ? 'DP00800001001' : declines[view.decline].code;
}

function messageOf(charge: Charge, view: View): string {
  if (view.state === 'pending') return 'Transaction in process';
  if (view.state === 'failed') return declines[view.decline].message;
  return `Paid ${charge.currency} ${toWire(view.amount, charge.currency)}, Trans ID ${charge.receipt}`;
}

/** The `status` part of every answer. `code` is the HTTP status it pretends to. */
export function airtelStatus(
  code: string,
  message: string,
  result: string,
  response: string,
  success: boolean,
): object {
  return { code, message, result_code: result, response_code: response, success };
}

/** An answer that is no success, also where its HTTP status is. */
export function airtelAnswer(status: number, message: string, result: string, response: string): Response {
  const said = airtelStatus(String(status), message, result, response, false);
  return Response.json({ data: {}, status: said }, { status });
}

/** What a status query says of a charge. Amount and currency are there beyond what Airtel documents. */
export function airtelState(charge: Charge, view: View): object {
  return {
    data: {
      transaction: {
        id: charge.key,
        status: stateOf(view),
        message: messageOf(charge, view),
        ...(view.state === 'paid' && {
          airtel_money_id: charge.receipt,
          amount: Number(toWire(view.amount, charge.currency)),
          currency: charge.currency,
        }),
      },
    },
    status: airtelStatus('200', 'SUCCESS', 'ESB000010', codeOf(view), true),
  };
}

/** Adds the base64 HMAC-SHA256 over the JSON text of `transaction`; `tamper` spoils it. */
function signed(transaction: object, hashKey: string | undefined, tamper: boolean): object {
  if (hashKey === undefined) return { transaction };
  const text = JSON.stringify(transaction) + (tamper ? ' ' : '');
  return { transaction, hash: createHmac('sha256', hashKey).update(text).digest('base64') };
}

/** A callback says TS or TF; an expired charge is TF there with its code. */
export function airtelCallback(charge: Charge, view: View, hashKey: string | undefined, tamper: boolean): object {
  const transaction = {
    id: charge.key,
    message: messageOf(charge, view),
    status_code: view.state === 'paid' ? 'TS' : 'TF',
    code: codeOf(view),
    ...(view.state === 'paid' && {
      airtel_money_id: charge.receipt,
      amount: Number(toWire(view.amount, charge.currency)),
      currency: charge.currency,
    }),
  };
  return signed(transaction, hashKey, tamper);
}

/** The notice of a payment that a customer made by himself: a callback with `type` PAYBILL. */
export function airtelInbound(charge: Charge, hashKey: string | undefined): object {
  const transaction = {
    type: 'PAYBILL',
    id: charge.key,
    message: messageOf(charge, { state: 'paid', amount: charge.amount }),
    status_code: 'TS',
    airtel_money_id: charge.receipt,
    reference: charge.account,
    amount: Number(toWire(charge.amount, charge.currency)),
    currency: charge.currency,
    msisdn: charge.payer.slice(4),
    country: charge.details['country'] ?? '',
    paid_at: new Date(charge.takenAt).toISOString(),
  };
  return signed(transaction, hashKey, false);
}
