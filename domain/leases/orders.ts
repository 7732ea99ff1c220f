import type { CreditConditions } from '../credit/assessment.ts';
import type { CreditDecision } from '../credit/wire.ts';
import type { ReceivedMoney } from '../payments/payment.ts';
import type { CashDayDecision, Reversal, UnknownDecision } from '../payments/wire.ts';
import type { SettlementQuote } from './settlement.ts';

/** Of the lease that it is sent to. */
type Of<Order> = Omit<Order, 'leaseId'>;

/** What each command tells the lease whose order is not made from the table of commands. */
export interface OtherOrders {
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
  readonly reportTheft: {
    readonly policeReference?: string | undefined;
    readonly stolenAt?: string | undefined;
    readonly note?: string | undefined;
  };
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
