import { eq, sql } from 'drizzle-orm';
import type { LeaseRow } from '#db/queries/leases';
import { assessments } from '#db/schema/index';
import type { CreditReason } from '#domain/credit/assessment';
import { assess } from '#domain/credit/scorecard';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';
import { gatherFacts } from './gather-facts.ts';

/** Who is given credit is asked about at one time: two at once would not see each other. Lock the lease before. */
export async function takeTurnAtCredit({ tx }: Pick<Context, 'tx'>, customerId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`credit:${customerId}`}, 0))`);
}

/** Why the card does not approve any more what it has approved, for the customer. */
export function noMore(reasons: readonly CreditReason[]): string {
  const why = reasons.filter(({ points }) => points <= 0).map(({ text }) => text);
  return `the credit that was given does not hold any more: ${why.join(' ')}`;
}

/**
 * Credit was given to an application as the customer stood then; where it binds it is asked again, by the card, with what he
 * has taken since, his applications one after the other. What an agent has decided stays as he decided it. Call it with the
 * lease locked.
 *
 * @throws Problem invalid_state where the card would not approve it now, or only on a condition that was not offered
 */
export async function askCreditAgain({ tx, at }: Context, lease: LeaseRow): Promise<void> {
  const { customerId } = lease;
  await takeTurnAtCredit({ tx }, customerId);
  const [before] = await tx.select().from(assessments).where(eq(assessments.leaseId, lease.id));
  if (before?.status !== 'approved' || before.decidedAt !== null) return;
  const { status, reasons, conditions } = assess(await gatherFacts(tx, { customerId, lease, at }));
  // An offer with a condition has it priced in.
  if (status === 'approved' && (conditions === null || before.conditions !== null)) return;
  throw new Problem('invalid_state', noMore(reasons));
}
