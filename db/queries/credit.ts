import { and, desc, eq, lt } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { assessments } from '../schema/index.ts';
import type { CreditStatus } from '#domain/credit/assessment';

export type AssessmentRow = typeof assessments.$inferSelect;

interface AssessmentFilter {
  readonly leaseId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly status?: CreditStatus | undefined;
  /** The id of the last assessment of the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Assessments, newest first, one more than `limit` where there are more. */
export function listAssessments(db: Queryable, filter: AssessmentFilter): Promise<AssessmentRow[]> {
  const { leaseId, customerId, status, cursor, limit } = filter;
  return db
    .select()
    .from(assessments)
    .where(
      and(
        leaseId === undefined ? undefined : eq(assessments.leaseId, leaseId),
        customerId === undefined ? undefined : eq(assessments.customerId, customerId),
        status === undefined ? undefined : eq(assessments.status, status),
        cursor === undefined ? undefined : lt(assessments.id, cursor),
      ),
    )
    .orderBy(desc(assessments.id))
    .limit(limit + 1);
}

export async function findAssessment(db: Queryable, id: string): Promise<AssessmentRow | null> {
  const [row] = await db.select().from(assessments).where(eq(assessments.id, id));
  return row ?? null;
}

/** The customer's newest assessment. */
export async function latestAssessment(db: Queryable, customerId: string): Promise<AssessmentRow | null> {
  const [row] = await listAssessments(db, { customerId, limit: 1 });
  return row ?? null;
}
