import type { Actor } from '../identity/roles.ts';
import type { CreditConditions, CreditStatus } from './assessment.ts';

/** What goes between workflows and the credit activities (`domain/leases/wire.ts` says by which rules). */

/** What the lease goes by. */
export interface CreditOutcome {
  readonly assessmentId: string;
  readonly status: CreditStatus;
  readonly conditions: CreditConditions | null;
}

export interface CreditDecision {
  readonly assessmentId: string;
  readonly decision: 'approved' | 'declined';
  /** Asked for on top of the plan; null keeps what the scorecard asks for. */
  readonly conditions: CreditConditions | null;
  /** In words, for the customer and the file. */
  readonly reason: string;
}

/** `at` is the lease's own time, ISO 8601 UTC. Each is one transaction. */
export interface CreditActivities {
  assessCredit: (input: { readonly leaseId: string; readonly at: string }) => Promise<CreditOutcome>;
  recordCreditDecision: (
    input: CreditDecision & { readonly actor: Actor; readonly at: string },
  ) => Promise<CreditOutcome>;
}
