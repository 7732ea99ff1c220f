import { eq } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import type { SubmissionRow } from '#db/queries/kyc';
import { submissions } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import type { Decided } from '#domain/kyc/wire';

export type { SubmissionRow };

/** Locks a submission until the transaction ends. Its customer is locked first. */
export async function lockSubmission(tx: Transaction, submissionId: string): Promise<SubmissionRow> {
  const [row] = await tx.select().from(submissions).where(eq(submissions.id, submissionId)).for('update');
  if (row === undefined) throw new Error(`there is no submission ${submissionId}`);
  return row;
}

/** The decision that stands; null while nobody has decided. */
export function decisionOf({ id, status, expiresOn }: SubmissionRow): Decided | null {
  if (status === 'pending' || status === 'in_review') return null;
  return { submissionId: id, status, expiresOn: expiresOn === null ? null : localDate(expiresOn) };
}
