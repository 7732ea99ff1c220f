import { eq } from 'drizzle-orm';
import { submissions } from '#db/schema/index';
import { mayFollow } from '#domain/kyc/submission';
import type { Decided, Subject } from '#domain/kyc/wire';
import { record, type Context } from '../context.ts';
import { lockUser } from '../identity/lock-user.ts';
import { decisionOf, lockSubmission } from './submission-record.ts';

/**
 * A person must look: the submission waits for an agent until `dueAt` and longer. Repeated, it changes nothing.
 *
 * @returns the decision that has fallen already, which stands; null where a person must look.
 */
export async function beginReview(
  context: Context,
  input: Subject & { readonly why: string; readonly dueAt: string },
): Promise<Decided | null> {
  const { submissionId, userId, why, dueAt } = input;
  await lockUser(context, userId);
  const row = await lockSubmission(context.tx, submissionId);
  if (!mayFollow(row.status, 'in_review')) return decisionOf(row);
  await context.tx
    .update(submissions)
    .set({ status: 'in_review', reviewReason: why, reviewDueAt: new Date(dueAt) })
    .where(eq(submissions.id, submissionId));
  await record(context, {
    key: `kyc.in_review:${submissionId}`,
    type: 'kyc.in_review',
    subject: userId,
    detail: { submissionId, why, dueAt },
  });
  return null;
}

/** Nobody looked within the service level: it is on record, and staff find it first in their list. */
export async function noteReviewOverdue(context: Context, input: Subject): Promise<void> {
  const { submissionId, userId } = input;
  await record(context, {
    key: `kyc.review_overdue:${submissionId}`,
    type: 'kyc.review_overdue',
    subject: userId,
    detail: { submissionId },
  });
}

/** The approval lapses soon: from now on a renewal is taken. */
export async function noteRenewalDue(context: Context, input: Subject & { readonly expiresOn: string }): Promise<void> {
  const { submissionId, userId, expiresOn } = input;
  await record(context, {
    key: `kyc.renewal_due:${submissionId}`,
    type: 'kyc.renewal_due',
    subject: userId,
    detail: { submissionId, expiresOn },
  });
}
