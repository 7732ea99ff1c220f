import { and, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { documents, submissions } from '../schema/index.ts';
import type { KycStatus } from '#domain/kyc/submission';

export type SubmissionRow = typeof submissions.$inferSelect;
export type DocumentRow = typeof documents.$inferSelect;
/** A document without its content. */
export type DocumentFacts = Omit<DocumentRow, 'contentEncrypted' | 'keyId'>;

export interface CurrentKyc {
  readonly status: KycStatus;
  readonly submissionId: string;
  /** First local day of the market on which an approval no longer holds. */
  readonly expiresOn: string | null;
}

/**
 * Where a customer stands: the approval that holds, even while a renewal of it is looked at; else the
 * newest submission. Null when nothing was ever submitted.
 */
export async function currentKyc(db: Queryable, userId: string): Promise<CurrentKyc | null> {
  const [row] = await db
    .select({ status: submissions.status, submissionId: submissions.id, expiresOn: submissions.expiresOn })
    .from(submissions)
    .where(eq(submissions.userId, userId))
    .orderBy(desc(eq(submissions.status, 'approved')), desc(submissions.id))
    .limit(1);
  return row ?? null;
}

export interface SubmissionFilter {
  readonly userId?: string | undefined;
  readonly status?: KycStatus | undefined;
  /** The id of the last submission of the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Submissions, newest first, one more than `limit` where there are more. */
export function listSubmissions(db: Queryable, { userId, status, cursor, limit }: SubmissionFilter): Promise<SubmissionRow[]> {
  return db
    .select()
    .from(submissions)
    .where(
      and(
        userId === undefined ? undefined : eq(submissions.userId, userId),
        status === undefined ? undefined : eq(submissions.status, status),
        cursor === undefined ? undefined : lt(submissions.id, cursor),
      ),
    )
    .orderBy(desc(submissions.id))
    .limit(limit + 1);
}

export async function findSubmission(db: Queryable, id: string): Promise<SubmissionRow | null> {
  const [row] = await db.select().from(submissions).where(eq(submissions.id, id));
  return row ?? null;
}

/** The documents with these ids that belong to the user; others are not there. */
export function documentsOf(db: Queryable, userId: string, ids: readonly string[]): Promise<DocumentFacts[]> {
  const { id, kind, mediaType, sha256, size, createdAt } = documents;
  return db
    .select({ id, userId: documents.userId, kind, mediaType, sha256, size, createdAt })
    .from(documents)
    .where(and(eq(documents.userId, userId), inArray(documents.id, [...ids])));
}
