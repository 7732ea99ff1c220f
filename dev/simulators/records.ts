import type { Currency } from './amounts.ts';
import type { Decline, Outcome } from './behaviours.ts';
import type { SimulatedProvider } from './simulated.ts';

/** What somebody is told about a charge: the truth by a status, the truth or a lie by a callback. */
export type View =
  | { readonly state: 'pending' }
  | { readonly state: 'paid'; readonly amount: number }
  | { readonly state: 'failed'; readonly decline: Decline };

/**
 * A charge that a provider took, or a payment that a customer made by himself. All that will ever happen to
 * it is decided here, once: what is true at an instant follows from the record and the clock alone, so a
 * kill at any moment changes nothing. Amounts in minor units, instants in epoch milliseconds.
 */
export interface Charge {
  readonly type: 'charge';
  readonly kind: 'request' | 'payBill';
  readonly provider: SimulatedProvider;
  /** The provider's id of the request: X-Reference-Id, Airtel's transaction id, CheckoutRequestID. */
  readonly key: string;
  /** The merchant's id of the payment; null for what a customer paid by himself. */
  readonly reference: string | null;
  readonly receipt: string;
  /** E.164 with the plus. */
  readonly payer: string;
  readonly amount: number;
  readonly currency: Currency;
  /** What the customer saw or typed: externalId, reference, AccountReference. */
  readonly account: string;
  readonly callbackUrl: string | null;
  readonly prompted: boolean;
  readonly outcome: Outcome;
  readonly takenAt: number;
  readonly settlesAt: number;
  /** How many charges this payer had before. */
  readonly ordinal: number;
  readonly callbacks: readonly { readonly dueAt: number; readonly says: View }[];
  /** The provider's own fields that a status repeats. */
  readonly details: Readonly<Record<string, string>>;
}

export interface Refund {
  readonly type: 'refund';
  readonly provider: SimulatedProvider;
  readonly key: string;
  readonly reference: string | null;
  readonly chargeKey: string;
  readonly receipt: string;
  readonly amount: number;
  /** Why nothing was given back, or null when it was. */
  readonly refused: 'belowMinimum' | 'exceedsCharge' | 'notCharged' | null;
  readonly callbackUrl: string | null;
  /** Paid out from the merchant's wallet, which knows nothing of the charge. */
  readonly isDisbursement?: boolean;
  readonly at: number;
  readonly details: Readonly<Record<string, string>>;
}

export interface Message {
  readonly type: 'message';
  readonly channel: 'sms' | 'mail' | 'push';
  readonly id: string;
  readonly to: string;
  readonly body: string;
  readonly at: number;
  readonly details: Readonly<Record<string, string>>;
}

/** An identity check. `result` null never comes. */
export interface IdentityJob {
  readonly type: 'identityJob';
  readonly id: string;
  readonly userId: string;
  readonly result: { readonly status: string; readonly reason: string | null; readonly message: string } | null;
  readonly callbackUrl: string | null;
  readonly at: number;
  readonly settlesAt: number;
}

/** A user of MTN's API made through its provisioning calls. */
export interface ApiUser {
  readonly type: 'apiUser';
  readonly id: string;
  readonly callbackHost: string;
  readonly apiKey: string | null;
}

/** Where payments go that customers make by themselves. */
export interface InboundUrl {
  readonly type: 'inboundUrl';
  readonly provider: SimulatedProvider;
  readonly url: string;
  /** M-Pesa alone asks before it takes the money. */
  readonly validationUrl: string | null;
  /** Whether the money is taken when the validation does not answer. */
  readonly completesUnanswered: boolean;
}

/** A request that was refused and not taken; a row of the table counts them. */
interface Refusal {
  readonly type: 'refusal';
  readonly key: string;
}

/** A callback that was sent, lost on purpose or tried in vain: it is not sent again. */
interface Delivered {
  readonly type: 'delivered';
  readonly id: string;
}

export type JournalRecord = Charge | Refund | Message | IdentityJob | ApiUser | InboundUrl | Refusal | Delivered;

/**
 * What counts as requests of the same charge: the provider's idempotency key, and at M-Pesa, which has none,
 * the payer with the account and the amount.
 */
export function sameCharge(charge: Pick<Charge, 'provider' | 'key' | 'payer' | 'account' | 'amount'>): string {
  const { provider, key, payer, account, amount } = charge;
  return provider === 'mpesa' ? `mpesa:${payer}:${account}:${amount}` : `${provider}:${key}`;
}

/** What is true of a charge at `now`. */
export function truthOf(charge: Charge, now: number): View {
  if (charge.outcome === 'pending' || now < charge.settlesAt) return { state: 'pending' };
  return charge.outcome === 'charged'
    ? { state: 'paid', amount: charge.amount }
    : { state: 'failed', decline: charge.outcome };
}

/** Whether the customer's money had moved at `now`. */
export function isCharged(charge: Charge, now: number): boolean {
  return truthOf(charge, now).state === 'paid';
}
