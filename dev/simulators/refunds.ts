import { deliveriesOfRefund } from './deliveries.ts';
import type { Currency } from './amounts.ts';
import { receiptOf } from './receipts.ts';
import { isCharged, type Charge, type Refund } from './records.ts';
import type { Simulator } from './simulator.ts';

/** A refund as a provider's route understood it. The amount in minor units. */
export type RefundRequest = Pick<Refund, 'key' | 'reference' | 'amount' | 'callbackUrl' | 'isDisbursement' | 'details'>;

/** Gives money of a charge back, durably, unless it is too little, or all refunds together would exceed it; a disbursement may. */
export async function takeRefund(simulator: Simulator, charge: Charge, request: RefundRequest): Promise<Refund> {
  const { store, callbacks, random } = simulator;
  const at = Date.now();
  const refund: Refund = {
    ...request,
    type: 'refund',
    provider: charge.provider,
    chargeKey: charge.key,
    receipt: receiptOf(random, charge.provider, 'refund', request.key),
    refused: refusal(charge, request, store.refunded(charge), at),
    at,
  };
  await store.add(refund);
  for (const delivery of deliveriesOfRefund(simulator, refund)) callbacks.schedule(delivery);
  return refund;
}

/** What the providers move at least, minor units: MTN's tariff in Uganda begins there, and Airtel's is taken to. */
const least: Partial<Record<Currency, number>> = { UGX: 500 };

/** Whether no provider of that currency gives so little back or pays it out. Charges it takes all the same. */
export const isBelowLeast = (amount: number, currency: Currency): boolean => amount < (least[currency] ?? 0);

function refusal(charge: Charge, { amount, isDisbursement }: RefundRequest, refunded: number, now: number) {
  if (isBelowLeast(amount, charge.currency)) return 'belowMinimum';
  if (isDisbursement === true) return null;
  if (!isCharged(charge, now)) return 'notCharged';
  return amount + refunded > charge.amount ? 'exceedsCharge' : null;
}
