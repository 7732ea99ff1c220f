import { eq } from 'drizzle-orm';
import { assessments } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { CreditDecision, CreditOutcome } from '#domain/credit/wire';
import type { Context } from '../context.ts';
import { endApplication } from '../leases/end-lease.ts';
import { admit, lockLease } from '../leases/lease-record.ts';
import { makeOffer } from '../leases/make-offer.ts';
import { creditOutcomeOf, tell } from './assess-credit.ts';

/**
 * An agent decides a referred assessment. What he approves is offered with it, and what he declines has ended with it: it lapses no more,
 * however late its workflow hears of that. The same decision again changes nothing.
 *
 * @throws Problem not_found, or invalid_state when it is not referred (any more), or its lease not assessed.
 */
export async function recordCreditDecision(context: Context, input: CreditDecision): Promise<CreditOutcome> {
  const { tx, actor, at } = context;
  const { assessmentId, decision, reason } = input;
  const [found] = await tx
    .select({ leaseId: assessments.leaseId })
    .from(assessments)
    .where(eq(assessments.id, assessmentId));
  if (found === undefined) throw new Problem('not_found');
  const lease = await lockLease(tx, found.leaseId);
  const [row] = await tx.select().from(assessments).where(eq(assessments.id, assessmentId));
  if (row === undefined) throw new Problem('not_found');
  if (row.status === decision && row.decidedBy === actor.id) return creditOutcomeOf(row);
  admit('decideCredit', context, lease.row);
  if (row.status !== 'referred') throw new Problem('invalid_state', `the assessment is ${row.status}, not referred`);

  const conditions = decision === 'declined' ? null : (input.conditions ?? row.conditions);
  const [decided] = await tx
    .update(assessments)
    .set({ status: decision, conditions, decidedBy: actor.id, decisionReason: reason, decidedAt: at })
    .where(eq(assessments.id, assessmentId))
    .returning();
  if (decided === undefined) throw new Error(`assessment ${assessmentId} vanished`);
  await tell(context, decided, { reason });
  const leaseId = lease.row.id;
  if (decision === 'approved') await makeOffer(context, { leaseId, conditions });
  else await endApplication(context, { leaseId, as: 'declined', reason: 'credit declined' });
  return creditOutcomeOf(decided);
}
