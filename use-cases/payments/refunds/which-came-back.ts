import { and, eq, isNull, sql } from 'drizzle-orm';
import { attempts, audit } from '#db/schema/index';
import type { Context } from '../../context.ts';

/** The payments of which a refund came back since a person has had refunds tried again: none goes out by itself. */
export async function cameBackOf(context: Context, leaseId: string): Promise<ReadonlySet<string | null>> {
  const isAsked = and(eq(audit.leaseId, leaseId), eq(audit.type, 'payment.refunds_asked'));
  const asked = await context.tx.select({ number: audit.number }).from(audit).where(isAsked);
  const last = Math.max(0, ...asked.map(({ number }) => number));
  return new Set((await everCameBack(context, leaseId)).flatMap(({ of, number }) => (number > last ? [of] : [])));
}

/** The payments of which whoever acts has said that a refund came back: he does not have it sent or paid out once more himself. */
export async function saidCameBack(
  { tx, actor }: Pick<Context, 'tx' | 'actor'>,
  leaseId: string,
): Promise<readonly (string | null)[]> {
  const all = await everCameBack({ tx }, leaseId);
  return all.flatMap(({ of, by }) => (by === actor.id ? [of] : []));
}

/** The refunds by mobile money of a lease that ever came back, by what tells of it. */
export function everCameBack({ tx }: Pick<Context, 'tx'>, leaseId: string) {
  const isTakenBack = and(
    eq(audit.type, 'payment.refund_taken_back'),
    sql`${audit.subject} = ${attempts.id}::text`,
    isNull(attempts.source),
  );
  return tx
    .select({ of: attempts.refundOf, number: audit.number, by: sql<string>`${audit.actor} ->> 'id'` })
    .from(audit)
    .innerJoin(attempts, isTakenBack)
    .where(and(eq(audit.leaseId, leaseId), eq(attempts.leaseId, leaseId)));
}
