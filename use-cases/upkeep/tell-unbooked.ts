import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { attempts, leases } from '#db/schema/index';
import { describeError } from '#platform/describe-error';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { tellWorkflow } from '../payments/receive-callback.ts';

/** A lease that was told of money books it in a moment; after so many minutes it has not heard of it. */
const MINUTES = 10;
/** Payments that are told at one look. */
const MOST = 500;

/**
 * Money that was confirmed and is in no books is told to its lease again: whoever told it first did not come to it, or it
 * was lost on the way. Each by itself: a lease that cannot be told keeps no other from it.
 *
 * @param beat is called after each
 * @returns how many were told.
 */
export async function tellUnbooked(
  deps: Pick<PaymentDependencies, 'db' | 'temporal' | 'config' | 'log'>,
  beat: () => void,
): Promise<number> {
  const isWaiting = sql`
    ${attempts.settledAt} < now() + ${leases.clockOffsetMs} * interval '1 ms' - ${MINUTES} * interval '1 minute'`;
  const unbooked = await deps.db
    .select({ id: attempts.id, leaseId: attempts.leaseId })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .where(and(eq(attempts.status, 'succeeded'), isNull(attempts.transferId), isWaiting))
    .orderBy(asc(attempts.settledAt), asc(attempts.id))
    .limit(MOST);
  let told = 0;
  for (const { id: attemptId, leaseId } of unbooked) {
    try {
      await tellWorkflow(deps, leaseId, { status: 'succeeded', attemptId });
      told += 1;
    } catch (error) {
      deps.log.warn({ err: describeError(error), attemptId }, 'a lease is not told of money that waits for it');
    }
    beat();
  }
  return told;
}
