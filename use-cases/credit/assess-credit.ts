import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { AssessmentRow } from '#db/queries/credit';
import { assessments } from '#db/schema/index';
import type { CreditStatus } from '#domain/credit/assessment';
import { assess, SCORECARD_VERSION } from '#domain/credit/scorecard';
import type { CreditOutcome } from '#domain/credit/wire';
import { emit, record, type Context } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';
import { gatherFacts } from './gather-facts.ts';

const eventOf = {
  approved: 'credit.approved',
  referred: 'credit.referred',
  declined: 'credit.rejected',
} as const satisfies Record<CreditStatus, string>;

/** Assesses the credit of an application by the scorecard and keeps the facts with it. One per lease: repeated, it gives the same. */
export async function assessCredit(context: Context, input: { readonly leaseId: string }): Promise<CreditOutcome> {
  const { tx, at } = context;
  const { row: lease } = await lockLease(tx, input.leaseId);
  const [existing] = await tx.select().from(assessments).where(eq(assessments.leaseId, lease.id));
  if (existing !== undefined) return creditOutcomeOf(existing);

  const facts = await gatherFacts(tx, { customerId: lease.customerId, lease, at });
  const { status, score, tier, reasons, conditions } = assess(facts);
  const [row] = await tx
    .insert(assessments)
    .values({
      id: uuidv7(),
      leaseId: lease.id,
      customerId: lease.customerId,
      status,
      score,
      tier,
      reasons: [...reasons],
      conditions,
      facts: { ...facts },
      scorecardVersion: SCORECARD_VERSION,
      createdAt: at,
    })
    .returning();
  if (row === undefined) throw new Error('the assessment was not stored');
  await tell(context, row, {});
  return creditOutcomeOf(row);
}

export function creditOutcomeOf({ id, status, conditions }: AssessmentRow): CreditOutcome {
  return { assessmentId: id, status, conditions };
}

/** Puts an assessment or a decision on the lease's timeline, and emits its event. */
export async function tell(context: Context, row: AssessmentRow, more: { readonly reason?: string }): Promise<void> {
  const { id: assessmentId, leaseId, customerId, status, score, tier, conditions } = row;
  const type = eventOf[status];
  const detail = { assessmentId, status, score, tier, conditions, ...more };
  await record(context, {
    key: `${type}:${assessmentId}:${row.decidedAt === null ? 'scorecard' : 'decision'}`,
    type,
    subject: leaseId,
    leaseId,
    detail,
  });
  await emit(context, { type, subject: leaseId, leaseId, data: { leaseId, customerId, ...detail } });
}
