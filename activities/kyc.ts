import { system } from '#domain/identity/roles';
import type { KycActivities } from '#domain/kyc/wire';
import type { Cause } from '#domain/cause';
import { businessDeadline } from '#use-cases/calendars/business-deadline';
import { transact, type Context } from '#use-cases/context';
import { checkIdentity } from '#use-cases/kyc/check-identity';
import { decideSubmission } from '#use-cases/kyc/decide-submission';
import type { KycDependencies } from '#use-cases/kyc/dependencies';
import { recordSubmission } from '#use-cases/kyc/record-submission';
import { beginReview, noteRenewalDue, noteReviewOverdue } from '#use-cases/kyc/review-submission';
import { tellWaitingLeases } from '#use-cases/kyc/tell-waiting-leases';

/** The `kyc` task queue's side of `KycActivities`. */
export function createKycActivities(deps: KycDependencies): KycActivities {
  const step = <T>({ at, actor }: Cause, work: (context: Context) => Promise<T>) =>
    transact(deps.db, actor ?? system('kyc'), new Date(at), work);

  return {
    recordSubmission: ({ order, ...cause }) => step(cause, (context) => recordSubmission(context, order, deps.config)),
    checkIdentity: (input) => checkIdentity(deps, input),
    businessDeadline: (input) => businessDeadline(deps.db, input),
    beginReview: (input) => step(input, (context) => beginReview(context, input)),
    noteReviewOverdue: (input) => step(input, (context) => noteReviewOverdue(context, input)),
    noteRenewalDue: (input) => step(input, (context) => noteRenewalDue(context, input)),
    decideSubmission: (input) => step(input, (context) => decideSubmission(context, input)),
    tellWaitingLeases: (input) => tellWaitingLeases(deps, input),
  };
}
