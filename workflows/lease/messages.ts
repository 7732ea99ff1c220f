import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { KycStatus } from '#domain/kyc/submission';
import type { Answer, Asked, LeaseCommand } from '#domain/leases/commands';
import type { RiskFact } from '#domain/leases/wire';
import type { Standing } from '#domain/leases/standing';
import type { DeclineReason } from '#domain/payments/decline';

export { freshState, type LeaseInput, type LeaseState } from './state.ts';

/**
 * The contract of a running lease: what people may ask of it (Updates, answered or refused at once),
 * what machines tell it (Signals, harmless to repeat) and what it says of itself.
 * Names and meanings here are never changed while leases run; new ones are added.
 */
export const leaseWorkflowId = (leaseId: string) => `lease-${leaseId}`;

/** The activity that waits for what becomes of a charge or a refund; who knows it completes it from outside. */
export const chargeActivityId = (attemptId: string) => `collect-${attemptId}`;

/** Answers when the application is on record; sent together with the start. */
export const apply = defineUpdate<Standing>('apply');

/** The update that carries a command, of its name. */
export const updateOf = <Name extends LeaseCommand, Result = Answer<Name>>(name: Name) =>
  defineUpdate<Result, [Asked<Name>]>(name);

export const kycDecided = defineSignal<[{ readonly status: KycStatus; readonly submissionId: string }]>('kycDecided');
export const moneyArrived = defineSignal<[{ readonly attemptId: string }]>('moneyArrived');
/** Money that was there is in the books, with where the lease stands by them. */
interface BookedMoney {
  readonly paymentId: string;
  readonly standing: Standing;
  /** Epoch milliseconds; null where only the day is known. */
  readonly paidAt: number | null;
  /** Of the event that told of it, among those of the lease; absent in what was told before it was named. */
  readonly sequence?: number;
}
export const moneyBooked = defineSignal<[BookedMoney]>('moneyBooked');
/** Of an attempt in doubt it is known that it moved no money. */
export const moneyFailed =
  defineSignal<[{ readonly attemptId: string; readonly reason: DeclineReason }]>('moneyFailed');
export const riskDetected = defineSignal<[RiskFact]>('riskDetected');

/** The books of the lease were changed by somebody else than its workflow: it looks at them again. */
export const booksChanged = defineSignal('booksChanged');

/** The vehicle of the lease was stopped, or moves again: the lease looks at the stop at once. */
export const vehicleSwitched = defineSignal('vehicleSwitched');

export const currentStanding = defineQuery<Standing | null>('standing');
