import { eq, sql } from 'drizzle-orm';
import type { LeaseRow } from '#db/queries/leases';
import { assessments } from '#db/schema/index';
import { assess } from '#domain/credit/scorecard';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';
import { gatherFacts } from './gather-facts.ts';

/**
 * Credit was given to an application as the customer stood then; where it binds it is asked again, by the card, with what he
 * has taken since, his applications one after the other. What an agent has decided stays as he decided it. Call it with the
 * lease locked.
 *
 * @throws Problem invalid_state where the card would not approve it now
 */
export async function askCreditAgain({ tx, at }: Context, lease: LeaseRow): Promise<void> {
  const { customerId } = lease;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`credit:${customerId}`}, 0))`);
  const [before] = await tx.select().from(assessments).where(eq(assessments.leaseId, lease.id));
  if (before?.status !== 'approved' || before.decidedAt !== null) return;
  const { status, reasons } = assess(await gatherFacts(tx, { customerId, lease, at }));
  if (status === 'approved') return;
  const why = reasons.filter(({ points }) => points <= 0).map(({ text }) => text);
  throw new Problem('invalid_state', `the credit that was given does not hold any more: ${why.join(' ')}`);
}
