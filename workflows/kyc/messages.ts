import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SubmissionOrder } from '#domain/kyc/wire';
import type { Actor } from '#domain/identity/roles';
import type { KycStatus } from '#domain/kyc/submission';

export type { KycInput } from './state.ts';

/**
 * The contract of a customer's identity check: what people may ask of it (Updates, answered or refused
 * at once), what the provider's webhook tells it (a Signal) and what it says of itself. When a decision
 * falls it tells every waiting lease by the lease's own signal `kycDecided {status, submissionId}`, at
 * least once. Names and meanings here are never changed while checks run; new ones are added.
 */
export const kycWorkflowId = (userId: string) => `kyc-${userId}`;

interface SubmissionAnswer {
  readonly submissionId: string;
  readonly status: KycStatus;
}

/** Answers when the submission is on record; sent together with the start of the workflow. */
export const submit = defineUpdate<SubmissionAnswer, [SubmissionOrder]>('submit');

export interface KycDecision {
  readonly submissionId: string;
  readonly decision: 'approved' | 'rejected';
  readonly reason: string;
  readonly actor: Actor;
}

/** An agent's decision on a submission that is in review. */
export const decide = defineUpdate<SubmissionAnswer, [KycDecision]>('decide');

/** The provider's webhook came for a submission; `id` is the same for the same webhook. It makes the workflow ask. */
export const checked = defineSignal<[{ readonly submissionId: string; readonly id: string }]>('checked');

export interface KycView {
  readonly status: KycStatus | null;
  readonly submissionId: string | null;
  readonly waitsFor: string;
  /** ISO 8601 UTC. */
  readonly until: string | null;
}
export const status = defineQuery<KycView>('status');
