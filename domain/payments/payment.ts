import type { PaymentProvider } from '../markets.ts';

/** How money came: by a provider, as cash in an agent's hand, or as what a vehicle is worth that the customer gave for another one. */
export type PaidBy = PaymentProvider | 'cash' | 'trade_in';

/** True where a provider knows of it. */
export const isByProvider = (by: PaidBy): by is PaymentProvider => by !== 'cash' && by !== 'trade_in';

export const paymentKinds = ['deposit', 'instalment', 'fee', 'settlement', 'refund', 'cash', 'inbound'] as const;
export type PaymentKind = (typeof paymentKinds)[number];

export const paymentStatuses = ['pending', 'succeeded', 'failed', 'unknown', 'reversed'] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export const giveBackStatuses = ['pending', 'succeeded', 'failed', 'unknown'] as const;
/** How far money in suspense has got on its way back to whoever had paid it. */
export type GiveBackStatus = (typeof giveBackStatuses)[number];

export const inboundStatuses = [
  'announced',
  'refuted',
  'suspense',
  'posted',
  'charge',
  'returning',
  'returned',
] as const;
/**
 * Where a payment that a customer made by himself has got to; `returning`: it is being given back from suspense;
 * `returned`: from suspense to whoever had paid it.
 */
export type InboundStatus = (typeof inboundStatuses)[number];

/** What a part of a payment was for. `instalment` is null for the deposit, fees, a dispute and credit. */
export interface AllocationPart {
  readonly component: string;
  readonly instalment: number | null;
  /** Minor units. */
  readonly amount: number;
  /** Of credit that was paid out in cash: the payment that had brought it. */
  readonly of?: string;
}

/**
 * Money that is already there when a lease hears of it: cash in an agent's hand, or a payment that the
 * customer made by himself. Minor units of the lease's currency.
 */
export type ReceivedMoney = {
  /** UUID of the payment it becomes; the same id again is the same payment. */
  readonly paymentId: string;
  readonly amount: number;
} & (
  | {
      readonly kind: 'cash';
      readonly agentId: string;
      readonly receiptNumber: string;
      /** The local day on which the agent took it; without it, the lease's own today. */
      readonly paidOn?: string | undefined;
    }
  | {
      readonly kind: 'inbound';
      /** The inbound payment; where it is not told, the payment that it becomes has its id. */
      readonly inboundId?: string;
      readonly provider: PaymentProvider;
      /** The provider's receipt. */
      readonly receipt: string;
      readonly payerMasked: string;
      /** True when it waited in suspense, and so comes from there in the books. */
      readonly fromSuspense: boolean;
    }
);
