import type { PaymentProvider } from '../markets.ts';

/**
 * What a vehicle brought: one that the customer gave for another (`trade_in`), or one that was sold after it was taken back
 * (`sale`). Sales from before there was that word are kept as `trade_in`.
 */
export const vehicleMoney = ['trade_in', 'sale'] as const;
export type VehicleMoney = (typeof vehicleMoney)[number];

/**
 * How money came: by a provider, as cash in an agent's hand, or as what a vehicle brought; `former`: none came, and whoever had the
 * lease before owes it, since it was taken back of what he had paid.
 */
export type PaidBy = PaymentProvider | 'cash' | 'former' | VehicleMoney;

export const isByVehicle = (by: PaidBy): by is VehicleMoney => by === 'trade_in' || by === 'sale';
/** True where a provider knows of it. */
export const isByProvider = (by: PaidBy): by is PaymentProvider => by !== 'cash' && by !== 'former' && !isByVehicle(by);

export const paymentKinds = ['deposit', 'instalment', 'fee', 'settlement', 'refund', 'cash', 'inbound'] as const;
export type PaymentKind = (typeof paymentKinds)[number];

export const paymentStatuses = ['pending', 'succeeded', 'failed', 'unknown', 'reversed'] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/**
 * A payment as people see it: it is pending until it is booked, so that whoever sees it succeeded sees its lease as it is
 * by it.
 */
export const untilBooked = <
  P extends { readonly status: PaymentStatus; readonly transferId: string | null; readonly settledAt: unknown },
>(
  payment: P,
) =>
  payment.status === 'succeeded' && payment.transferId === null
    ? { ...payment, status: 'pending' as const, settledAt: null, valueOn: null }
    : payment;

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
