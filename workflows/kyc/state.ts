import type { LocalDate } from '#domain/calendar';
import type { CheckResult, Suspicion } from '#domain/kyc/decision';
import type { Market } from '#domain/markets';

/** A submission that nobody has decided yet. */
export interface OpenSubmission {
  readonly submissionId: string;
  readonly suspicions: readonly Suspicion[];
  status: 'pending' | 'in_review';
}

/** The approval that holds, until the first local day on which it no longer does. */
interface Approval {
  readonly submissionId: string;
  readonly expiresOn: LocalDate;
}

/**
 * All that survives continue-as-new: plain, small, versioned. A field that is added is optional and
 * read with its default, so that a check started by older code goes on.
 */
export interface KycState {
  readonly version: 1;
  readonly userId: string;
  readonly market: Market;
  /** How long the automated check may take, in seconds, from the configuration at the start. */
  readonly checkSeconds: number;
  open: OpenSubmission | null;
  approval: Approval | null;
  /** Ids of the newest webhooks, so that none is taken twice. */
  seen: string[];
}

/** How a check starts: for a customer, or with the state it had before continue-as-new. */
export type KycInput =
  | { readonly userId: string; readonly market: Market; readonly checkSeconds: number }
  | { readonly state: KycState };

/** Nobody answered, or nobody was asked. */
export const unanswered = (reason: string): CheckResult => ({ state: 'unanswered', reason });
