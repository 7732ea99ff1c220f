import { deliveriesOfRefund } from './deliveries.ts';
import { receiptOf } from './receipts.ts';
import { isCharged, type Charge, type Refund } from './records.ts';
import type { Simulator } from './simulator.ts';

/** A refund as a provider's route understood it. The amount in minor units. */
export type RefundRequest = Pick<Refund, 'key' | 'reference' | 'amount' | 'callbackUrl' | 'isDisbursement' | 'details'>;

/** Gives money of a charge back, durably, unless all refunds together would exceed it; a disbursement may. */
export async function takeRefund(simulator: Simulator, charge: Charge, request: RefundRequest): Promise<Refund> {
  const { store, callbacks, random } = simulator;
  const at = Date.now();
  const refund: Refund = {
    ...request,
    type: 'refund',
    provider: charge.provider,
    chargeKey: charge.key,
    receipt: receiptOf(random, charge.provider, 'refund', request.key),
    refused: request.isDisbursement === true ? null : refusal(charge, request.amount + store.refunded(charge), at),
    at,
  };
  await store.add(refund);
  for (const delivery of deliveriesOfRefund(simulator, refund)) callbacks.schedule(delivery);
  return refund;
}

function refusal(charge: Charge, refundedInTotal: number, now: number): Refund['refused'] {
  if (!isCharged(charge, now)) return 'notCharged';
  return refundedInTotal > charge.amount ? 'exceedsCharge' : null;
}
