import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { documents, submissions } from '../schema/index.ts';
import type { KycStatus } from '#domain/kyc/submission';

export type SubmissionRow = typeof submissions.$inferSelect;
type DocumentRow = typeof documents.$inferSelect;
/** A document without its content. */
export type DocumentFacts = Omit<DocumentRow, 'contentEncrypted' | 'keyId'>;

interface CurrentKyc {
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

interface SubmissionFilter {
  readonly userId?: string | undefined;
  readonly status?: KycStatus | undefined;
  /** The id of the last submission of the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Submissions, newest first, one more than `limit` where there are more. */
export function listSubmissions(
  db: Queryable,
  { userId, status, cursor, limit }: SubmissionFilter,
): Promise<SubmissionRow[]> {
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

/** The submission of a customer whose id differs from this one in its time alone (`timedUuidFor`). */
export async function findSubmissionLike(db: Queryable, userId: string, id: string): Promise<SubmissionRow | null> {
  const isAlike = sql`substring(${submissions.id}::text from 16) = ${id.slice(15)}`;
  const [row] = await db
    .select()
    .from(submissions)
    .where(and(eq(submissions.userId, userId), isAlike));
  return row ?? null;
}

const facts = () => {
  const { id, userId, kind, mediaType, sha256, size, createdAt } = documents;
  return { id, userId, kind, mediaType, sha256, size, createdAt };
};

/** Documents without their content; ids that are not there are left out. */
export function documentsByIds(db: Queryable, ids: readonly string[]): Promise<DocumentFacts[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return db
    .select(facts())
    .from(documents)
    .where(inArray(documents.id, [...ids]));
}

/** The documents with these ids that belong to the user; others are not there. */
export async function documentsOf(db: Queryable, userId: string, ids: readonly string[]): Promise<DocumentFacts[]> {
  return (await documentsByIds(db, ids)).filter((document) => document.userId === userId);
}

/** The user whose document it is, or null. */
export async function findDocumentOwner(db: Queryable, id: string): Promise<string | null> {
  const [row] = await db.select({ userId: documents.userId }).from(documents).where(eq(documents.id, id));
  return row?.userId ?? null;
}
