import { system, type Actor } from '#domain/identity/roles';
import type { CheckResult, Suspicion } from '#domain/kyc/decision';
import type { KycStatus } from '#domain/kyc/submission';
import { businessDeadline } from '../calendars/business-deadline.ts';
import { transact } from '../context.ts';
import { checkIdentity } from './check-identity.ts';
import { decideSubmission, type Decided, type Decision } from './decide-submission.ts';
import type { KycDependencies } from './dependencies.ts';
import { recordSubmission, type SubmissionOrder } from './record-submission.ts';
import { beginReview, noteRenewalDue, noteReviewOverdue } from './review-submission.ts';
import { tellWaitingLeases } from './tell-waiting-leases.ts';

/** `at` is the workflow's own time, ISO 8601 UTC; `actor` is who caused it, the workflow itself when absent. */
interface Cause {
  readonly at: string;
  readonly actor?: Actor;
}

interface Subject {
  readonly userId: string;
  readonly submissionId: string;
}

export type KycActivities = ReturnType<typeof createKycActivities>;

/** The activities of the `kyc` task queue. */
export function createKycActivities(deps: KycDependencies) {
  const inTransaction = <T>({ at, actor }: Cause, work: Parameters<typeof transact<T>>[3]) =>
    transact(deps.db, actor ?? system('kyc'), new Date(at), work);

  return {
    recordSubmission: ({ order, ...cause }: { order: SubmissionOrder } & Cause): Promise<{ suspicions: Suspicion[] }> =>
      inTransaction(cause, (context) => recordSubmission(context, order)),

    checkIdentity: (input: { submissionId: string }): Promise<CheckResult> => checkIdentity(deps, input),

    businessDeadline: (input: Parameters<typeof businessDeadline>[1]): Promise<number> =>
      businessDeadline(deps.db, input),

    beginReview: ({ dueAt, ...input }: Subject & { why: string; dueAt: string } & Cause): Promise<void> =>
      inTransaction(input, (context) => beginReview(context, { ...input, dueAt: new Date(dueAt) })),

    noteReviewOverdue: (input: Subject & Cause): Promise<void> =>
      inTransaction(input, (context) => noteReviewOverdue(context, input)),

    noteRenewalDue: (input: Subject & { expiresOn: string } & Cause): Promise<void> =>
      inTransaction(input, (context) => noteRenewalDue(context, input)),

    decideSubmission: (input: Subject & { to: Decision; reason: string | null } & Cause): Promise<Decided> =>
      inTransaction(input, (context) => decideSubmission(context, input)),

    tellWaitingLeases: (input: Subject & { status: KycStatus }): Promise<void> => tellWaitingLeases(deps, input),
  };
}
