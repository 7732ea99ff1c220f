import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CreditConditions } from '#domain/credit/assessment';
import type { Actor } from '#domain/identity/roles';
import type { KycStatus } from '#domain/kyc/submission';
import type { PauseKind } from '#domain/leases/pause';
import type { SettlementQuote } from '#domain/leases/settlement';
import type { Standing } from '#domain/leases/standing';
import type { DeclineReason } from '#domain/payments/decline';
import type { ReceivedMoney } from '#domain/payments/payment';
import type { QuietHours } from '#domain/payments/quiet-hours';

export { freshState, type LeaseInput, type LeaseState } from './state.ts';

/**
 * The contract of a running lease: what people may ask of it (Updates, answered or refused at once),
 * what machines tell it (Signals, harmless to repeat) and what it says of itself.
 * Names and meanings here are never changed while leases run; new ones are added.
 */
export const leaseWorkflowId = (leaseId: string) => `lease-${leaseId}`;

/** Who asks. Every command carries it into the audit. */
interface Command {
  readonly actor: Actor;
}

/** Answers when the application is on record; sent together with the start. */
export const apply = defineUpdate<Standing>('apply');
export const acceptOffer = defineUpdate<Standing, [Command]>('acceptOffer');
export const sign = defineUpdate<Standing, [Command & { readonly name: string }]>('sign');
export const handOver = defineUpdate<Standing, [Command & { readonly odometerKm: number }]>('handOver');
export const withdraw = defineUpdate<Standing, [Command & { readonly reason: string }]>('withdraw');

/** A person's own payment, any amount; answers with the id of the payment that is now pending. */
export const pay = defineUpdate<
  { readonly attemptId: string },
  [Command & { readonly attemptId: string; readonly paymentMethodId: string; readonly amount: number }]
>('pay');
/**
 * Money that is there already: cash, or what the customer paid by himself. Answers when it is in the books.
 * Refused with `invalid_state` when the lease takes no payments.
 */
export const receiveMoney = defineUpdate<Standing, [Command & { readonly money: ReceivedMoney }]>('receiveMoney');
/** The provider took a payment back, or cash was booked by mistake: undone by a counter-entry. */
export const reversePayment = defineUpdate<
  Standing,
  [
    Command & {
      readonly attemptId: string;
      readonly reason: string;
      /** Where the money of a pay-bill payment is now; without it, where it came from. */
      readonly to?: 'provider' | 'suspense' | undefined;
    },
  ]
>('reversePayment');
/** Somebody else than the agent who took cash confirms or rejects an earlier day on which he says that he took it. */
export const decideCashDay = defineUpdate<
  Standing,
  [
    Command & {
      readonly caseId: string;
      readonly decision: 'confirmed' | 'rejected';
      readonly resolution: string;
      /** The local day on which it was taken; without it, the one that the agent says. */
      readonly paidOn?: string | undefined;
    },
  ]
>('decideCashDay');
/** An operator says what became of a payment that no provider can tell of. */
export const decideUnknown = defineUpdate<
  Standing,
  [
    Command & {
      readonly attemptId: string;
      readonly outcome: 'succeeded' | 'failed';
      readonly providerReference: string | null;
      readonly reason: string;
      /** The local day on which it was paid; without it, the day on which it was asked for. */
      readonly paidOn?: string | undefined;
    },
  ]
>('decideUnknown');
export const changeCollection = defineUpdate<
  Standing,
  [Command & { readonly paymentMethodIds: readonly string[]; readonly quietHours: QuietHours | null }]
>('changeCollection');

export const pause = defineUpdate<Standing, [Command & { readonly kind: PauseKind; readonly days: number }]>('pause');
export const resume = defineUpdate<Standing, [Command]>('resume');
export const promise = defineUpdate<Standing, [Command & { readonly on: string; readonly amount: number }]>('promise');
export const restructure = defineUpdate<
  Standing,
  [Command & { readonly instalments: number; readonly reason: string }]
>('restructure');
export const waiveFees = defineUpdate<Standing, [Command & { readonly amount: number; readonly reason: string }]>(
  'waiveFees',
);
export const writeOff = defineUpdate<Standing, [Command & { readonly reason: string }]>('writeOff');
/** What settling costs on the lease's own today. */
export const quoteSettlement = defineUpdate<SettlementQuote, [Command]>('quoteSettlement');
/** Collects a quote; answers with the payment that is now pending, the first of several where one is not enough. */
export const settle = defineUpdate<
  { readonly attemptId: string },
  [Command & { readonly quoteId: string; readonly attemptId: string; readonly paymentMethodId: string }]
>('settle');
export const changePaymentMethod = defineUpdate<Standing, [Command & { readonly paymentMethodId: string }]>(
  'changePaymentMethod',
);

export interface CreditDecision extends Command {
  readonly assessmentId: string;
  readonly decision: 'approved' | 'declined';
  readonly conditions?: CreditConditions;
  readonly reason: string;
}
export const decideCredit = defineUpdate<string, [CreditDecision]>('decideCredit');

export const kycDecided = defineSignal<[{ readonly status: KycStatus; readonly submissionId: string }]>('kycDecided');
export const moneyArrived = defineSignal<[{ readonly attemptId: string }]>('moneyArrived');
/** Of an attempt in doubt it is known that it moved no money. */
export const moneyFailed =
  defineSignal<[{ readonly attemptId: string; readonly reason: DeclineReason }]>('moneyFailed');
export const riskDetected = defineSignal<
  [
    {
      readonly riskEventId: string;
      readonly type: string;
      readonly severity: string;
      readonly vehicleId: string;
      readonly occurredAt: string;
      readonly details: Record<string, unknown>;
    },
  ]
>('riskDetected');

/** The books of the lease were changed by somebody else than its workflow: it looks at them again. */
export const booksChanged = defineSignal('booksChanged');

export const currentStanding = defineQuery<Standing | null>('standing');
