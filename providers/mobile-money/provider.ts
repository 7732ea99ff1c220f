import type { LocalDate } from '#domain/calendar';
import type { Market, PaymentProvider } from '#domain/markets';
import type { Money } from '#domain/money';
import type { DeclineReason } from '#domain/payments/decline';
import type { CircuitState } from '../breaker.ts';
import type { InboundPayment, PayBillQuestion, PayBillVerdict } from './inbound.ts';
import type { ProviderStatement } from './statement.ts';

/** One request to charge a customer's mobile-money account. */
export interface ChargeRequest {
  /** Our payment's id (UUIDv4): the provider's idempotency key where it has one. */
  readonly attemptId: string;
  /** E.164 with the plus. */
  readonly payer: string;
  readonly amount: Money;
  readonly market: Market;
  /** The lease's reference, at most 12 of A–Z and 0–9; shown to the customer. */
  readonly reference: string;
  /** Absolute, with an unguessable last part that belongs to this attempt alone. */
  readonly callbackUrl: string;
}

/** It was taken; nothing is paid yet. `providerRequestId` is what a later status query needs. */
export interface ChargeAccepted {
  readonly providerRequestId: string;
  /** The receipt of a refund whose answer is final: it is made, and nobody can be asked about it. */
  readonly receipt?: string;
}

export interface StatusRequest {
  readonly attemptId: string;
  /** From `charge`, when its answer arrived. */
  readonly providerRequestId: string | null;
  readonly market: Market;
  /** What was asked for: taken as moved where the provider confirms without naming an amount (Airtel, M-Pesa). */
  readonly amount?: Money | undefined;
  /**
   * What a callback of this attempt claims. Used only where the provider has nothing better to say: for
   * M-Pesa's receipt of a charge that its query confirms, and for the result of its reversals.
   */
  readonly claim?: CallbackClaim | null | undefined;
  /** Of a refund: what the charge brought that it gives back. Some providers give parts back in another way. */
  readonly charged?: Money | undefined;
  /** Of a refund: what it gives back, a charge of ours where it is absent. */
  readonly of?: Refunded | undefined;
  /** Of a refund: where it was told to call. Some providers answer a question there, at `/status`: see `parseStatus`. */
  readonly callbackUrl?: string | undefined;
}

/** A charge of ours, what a customer paid by himself, or money that goes to another number than it came from. */
export type Refunded = 'charge' | 'payBill' | 'elsewhere';

/** What the provider says of a charge or a refund, in our words. */
export type ProviderStatus =
  | { readonly state: 'pending' }
  /** `receipt` is null where the provider confirms the payment but names none (M-Pesa, callback lost). */
  | { readonly state: 'succeeded'; readonly receipt: string | null; readonly amount: Money }
  | { readonly state: 'failed'; readonly reason: DeclineReason; readonly detail: string }
  /** The provider never took it: it may be sent (again). Only said by providers with an idempotency key. */
  | { readonly state: 'not_found' }
  /** The provider cannot tell (no idempotency key and the answer to the charge was lost). */
  | { readonly state: 'cannot_tell' };

export interface RefundRequest {
  /** UUIDv4 of the refund payment. */
  readonly refundId: string;
  /** Our id of the charge, and the provider's receipt for it where it is known. */
  readonly attemptId: string;
  readonly receipt: string | null;
  /** What the charge brought: a refund of less is a part. */
  readonly charged: Money;
  /** What it gives back, a charge of ours where it is absent. */
  readonly of?: Refunded | undefined;
  /** E.164 with the plus; null where the provider hides who paid. */
  readonly payer: string | null;
  readonly amount: Money;
  readonly market: Market;
  readonly callbackUrl: string;
}

/**
 * `receipt`: all of it at once, by the receipt of the payment. `payer`: any sum, to the number that it came from where that
 * is known; who does that pays out to any number.
 */
type WayBack = 'receipt' | 'payer';

/** What a callback claims. It is never believed: it only says when to ask for the status. */
export interface CallbackClaim {
  readonly state: 'succeeded' | 'failed' | 'unclear';
  readonly reason: DeclineReason | null;
  readonly receipt: string | null;
  /** In minor units of the charge's currency, where the callback names it. */
  readonly amount: number | null;
  /** False when the callback carries a signature that does not fit. Absent signatures are true. */
  readonly authentic: boolean;
  /** The provider's id of the request, where the callback names it (settles a charge whose answer was lost). */
  readonly providerRequestId: string | null;
}

/** Where payments are announced that customers make by themselves, and asked about before. Absolute. */
export interface PayBillUrls {
  readonly confirmation: string;
  readonly validation: string;
}

/**
 * A mobile-money provider's collection API. Every call has connection and total time-outs, renews its
 * token before expiry and once on 401, and throws `ProviderFailure` for everything that is not an answer.
 */
export interface MobileMoneyProvider {
  readonly name: PaymentProvider;
  /**
   * The most that it moves at once in a market, from a customer or to one, in minor units, as its adapter says with a
   * source; what is more is asked for, and given back, in parts. Where nothing published is known it is absent: the
   * provider itself refuses what is too much (`over_limit`). A customer may have a lower limit of his own, and limits of
   * a day, which nobody but the provider knows.
   */
  readonly mostAtOnce: Readonly<Partial<Record<Market, number>>>;
  /** The least that it pays out at once in a market, in minor units; absent where it takes one unit. Less is ordered of nobody. */
  readonly leastAtOnce: Readonly<Partial<Record<Market, number>>>;
  /** Whether it takes no request above that, whoever the customer is: a payment of a person's own is refused before, then. */
  readonly refusesMore: boolean;
  /** Milliseconds for which a prompt can be answered at most, from when the provider takes it. */
  readonly promptLasts: number;
  /**
   * Milliseconds after which a charge that nobody answered moves no money any more, where the provider cannot
   * be asked about it by our id: what no statement has by then was not made.
   */
  readonly settlesWithin?: number;
  /**
   * What it gives back of a charge: `any` amount, only the `whole` at once, or `none`, as it is configured. What
   * it does not is refused before anything is sent, and is for a person.
   */
  readonly refunds: 'any' | 'whole' | 'none';
  /** How it gives back what a customer paid by himself, as it is configured; not at all where there is no way. */
  readonly payBillRefunds: readonly WayBack[];
  /** Whether a refund cannot be sent before the receipt of its charge is known. */
  readonly needsReceipt: boolean;
  /** Has a token in hand, so that what is sent next goes straight out. @throws ProviderFailure `not_taken` */
  ready(): Promise<void>;
  charge(request: ChargeRequest): Promise<ChargeAccepted>;
  status(request: StatusRequest): Promise<ProviderStatus>;
  refund(request: RefundRequest): Promise<ChargeAccepted>;
  refundStatus(request: StatusRequest): Promise<ProviderStatus>;
  /**
   * What the provider moved on a date of its own wall, in one market, and the lines that nobody can read. A day that is not over
   * is told so far.
   *
   * @throws ProviderFailure when there is no statement, or it cannot be read.
   */
  statement(date: LocalDate, market: Market): Promise<ProviderStatement>;
  /** @throws SyntaxError when the body is not one of this provider's callbacks. */
  parseCallback(body: string, headers: Headers, market: Market): CallbackClaim;
  /**
   * Reads the answer to a question about a refund, where that comes to a URL of its own; null while it leaves open what
   * became of the refund. Absent where questions are answered at once.
   */
  parseStatus?(body: string): CallbackClaim | null;
  /**
   * Reads the announcement of a payment that a customer made by himself; of M-Pesa's both the validation and
   * the confirmation.
   *
   * @throws NoAnnouncement when the body is none of this provider's.
   */
  parseInbound(body: string): InboundPayment;
  /**
   * Tells the provider where to announce payments that customers make by themselves; absent where that is
   * agreed on paper. The same URLs again are the same registration.
   *
   * @throws ProviderFailure when it does not take them.
   * @throws RangeError when a URL has a word that the provider refuses.
   */
  registerPayBill?(urls: PayBillUrls): Promise<void>;
  /**
   * What the provider asks before it takes such a payment, and what it is answered then and when it has announced one;
   * absent where it neither asks nor reads an answer.
   */
  readonly payBill?: {
    question(body: string): PayBillQuestion;
    answer(verdict: PayBillVerdict): object;
  };
  /** Cheap reachability for /health/dependencies: resolves when the provider's token endpoint answers. */
  ping(): Promise<void>;
  /** Of the circuit breaker, for health and metrics. */
  circuit(): CircuitState;
}
