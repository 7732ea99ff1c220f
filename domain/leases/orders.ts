import type { CreditConditions } from '../credit/assessment.ts';
import type { CreditDecision } from '../credit/wire.ts';
import type { PaymentProvider } from '../markets.ts';
import type { SettlementQuote } from './settlement.ts';

/** Of the lease that it is sent to. */
type Of<Order> = Omit<Order, 'leaseId'>;

/** What each command tells the lease whose order is not made from the table of commands. */
export interface OtherOrders {
  /** The document, and the hash of its file, which nobody names who is older than documents. */
  readonly sign: {
    readonly name: string;
    readonly agreementId?: string | undefined;
    readonly pdfSha256?: string | undefined;
  };
  /** A person's own payment, of any amount. */
  readonly pay: { readonly attemptId: string; readonly paymentMethodId: string; readonly amount: number };
  /** Collects a quote; answers with the first payment of several where one is not enough. */
  readonly settle: { readonly quoteId: string; readonly attemptId: string; readonly paymentMethodId: string };
  /** What settling costs on the lease's own today. */
  readonly quoteSettlement: object;
  /** An agent decides a referred credit. */
  readonly decideCredit: Omit<CreditDecision, 'conditions'> & { readonly conditions?: CreditConditions };
  /** Money that is there already: cash, or what the customer paid by himself. Answers when it is in the books. */
  readonly receiveMoney: { readonly money: ReceivedMoney };
  /** The provider took a payment back, or cash was booked by mistake: undone by a counter-entry. */
  readonly reversePayment: Of<Reversal>;
  /** Somebody else than the agent who took cash confirms or rejects an earlier day on which he says that he took it. */
  readonly decideCashDay: Of<CashDayDecision>;
  /** An operator says what became of a payment that no provider can tell of. */
  readonly decideUnknown: Of<UnknownDecision>;
  readonly changePaymentMethod: { readonly paymentMethodId: string };
  /** `stolenAt` is an ISO instant on the lease's clock; without it the theft was just now. */
  /** `note`: staff say who said so. */
  readonly reportDeath: { readonly note?: string | undefined };
  /** The lease is made over to who has accepted it: from then on `customerId` has it. */
  readonly transfer: { readonly transferId: string; readonly customerId: string; readonly reason?: string | undefined };
  readonly reportTheft: {
    readonly policeReference?: string | undefined;
    readonly stolenAt?: string | undefined;
    readonly note?: string | undefined;
  };
}

/** What a command of the table is told by ourselves, beside what people say with it. */
export interface AlsoTold {
  /** The house owes these days, as for a workshop that was slow (`workId`): they are none of those that anybody may take. */
  readonly pause: { readonly isOwed?: boolean | undefined; readonly workId?: string | undefined };
}

/** What is answered by those that do not answer where the lease stands. */
export interface OtherAnswers {
  /** The id of the payment that is pending now. */
  readonly pay: { readonly attemptId: string };
  readonly settle: { readonly attemptId: string };
  readonly quoteSettlement: SettlementQuote;
  /** The id of the assessment. */
  readonly decideCredit: string;
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

/** A payment of a lease. */
export interface OfAttempt {
  readonly leaseId: string;
  readonly attemptId: string;
}

/** Where the money of a reversed payment is now. */
export type ReversedTo = 'provider' | 'suspense';

export interface Reversal extends OfAttempt {
  readonly reason: string;
  readonly to?: ReversedTo | undefined;
  /** What the provider took back, minor units: a part, or what was left of it; without it, all that is left. */
  readonly amount?: number | undefined;
  /** UUID of what was taken back now, with `amount`: the same id again is the same one. Without it no part can be taken back. */
  readonly reversalId?: string | undefined;
}

/** An admin says what became of a payment of which nobody could say. */
export interface UnknownDecision extends OfAttempt {
  readonly outcome: 'succeeded' | 'failed';
  readonly providerReference: string | null;
  readonly reason: string;
  /** The local day on which it was paid; without it, the day on which it was asked for. */
  readonly paidOn?: string | undefined;
}

export interface CashDayDecision {
  readonly leaseId: string;
  readonly caseId: string;
  readonly decision: 'confirmed' | 'rejected';
  readonly resolution: string;
  /** With `confirmed`: a later local day on which it was taken; without it, the one that the agent says. */
  readonly paidOn?: string | undefined;
}
