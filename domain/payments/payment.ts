export const paymentKinds = ['deposit', 'instalment', 'fee', 'settlement', 'refund', 'cash', 'inbound'] as const;
export type PaymentKind = (typeof paymentKinds)[number];

export const paymentStatuses = ['pending', 'succeeded', 'failed', 'unknown', 'reversed'] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/** What a part of a payment was for. `instalment` is null for the deposit, fees and credit. */
export interface AllocationPart {
  readonly component: string;
  readonly instalment: number | null;
  /** Minor units. */
  readonly amount: number;
}
