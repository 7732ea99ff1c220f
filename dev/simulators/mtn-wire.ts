import { toWire } from './amounts.ts';
import type { Decline } from './behaviours.ts';
import type { Charge, Refund, View } from './records.ts';
import { withoutPlus } from './phones.ts';

const reasons: Record<Decline, { code: string; message: string }> = {
  noFunds: { code: 'NOT_ENOUGH_FUNDS', message: 'The payer does not have enough funds.' },
  declined: { code: 'APPROVAL_REJECTED', message: 'The payer rejected the request.' },
  noSubscriber: { code: 'PAYER_NOT_FOUND', message: 'Payer not found.' },
  overLimit: { code: 'PAYER_LIMIT_REACHED', message: "The payer's limit has been breached." },
  expired: { code: 'EXPIRED', message: 'The request was not approved in time.' },
  internalError: { code: 'INTERNAL_PROCESSING_ERROR', message: 'An internal error occurred while processing.' },
  unavailable: { code: 'SERVICE_UNAVAILABLE', message: 'Service temporarily unavailable, try again later.' },
  notPerformed: { code: 'COULD_NOT_PERFORM_TRANSACTION', message: 'The transaction could not be performed.' },
};

const states = { pending: 'PENDING', paid: 'SUCCESSFUL', failed: 'FAILED' } as const;

const isOdd = (ordinal: number) => ordinal % 2 === 1;

/** What a status or a callback says of a charge. Every second charge of a payer gives its reason as an object. */
export function mtnStatus(charge: Charge, view: View): object {
  const reason = view.state === 'failed' ? reasons[view.decline] : undefined;
  return {
    ...(view.state === 'paid' && { financialTransactionId: charge.receipt }),
    externalId: charge.account,
    amount: toWire(view.state === 'paid' ? view.amount : charge.amount, charge.currency),
    currency: charge.currency,
    payer: { partyIdType: 'MSISDN', partyId: withoutPlus(charge.payer) },
    payerMessage: charge.details['payerMessage'] ?? '',
    payeeNote: charge.details['payeeNote'] ?? '',
    status: states[view.state],
    ...(reason && { reason: isOdd(charge.ordinal) ? reason : reason.code }),
  };
}

/** The nth callback of a charge: POST and PUT in turn, over a payer's charges and over the callbacks of each. */
export function mtnCallback(charge: Charge, view: View, nth: number): { method: 'POST' | 'PUT'; body: object } {
  return { method: isOdd(charge.ordinal + nth) ? 'PUT' : 'POST', body: mtnStatus(charge, view) };
}

/** What a status or a callback says of a refund. */
export function mtnRefundStatus(refund: Refund, charge: Charge): object {
  return {
    ...(refund.refused === null && { financialTransactionId: refund.receipt }),
    externalId: refund.details['externalId'] ?? '',
    amount: toWire(refund.amount, charge.currency),
    currency: charge.currency,
    payee: { partyIdType: 'MSISDN', partyId: withoutPlus(charge.payer) },
    payerMessage: refund.details['payerMessage'] ?? '',
    payeeNote: refund.details['payeeNote'] ?? '',
    status: refund.refused === null ? 'SUCCESSFUL' : 'FAILED',
    ...(refund.refused !== null && { reason: { code: 'NOT_ALLOWED', message: refund.refused } }),
  };
}

/** The notice of a payment that a customer made by himself: a status with `type` PAYBILL and its time. */
export function mtnInbound(charge: Charge): object {
  return {
    type: 'PAYBILL',
    ...mtnStatus(charge, { state: 'paid', amount: charge.amount }),
    paidAt: new Date(charge.takenAt).toISOString(),
  };
}
