import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { attempts, leases } from '#db/schema/index';
import { describeError } from '#platform/describe-error';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { tellOutcome } from '../payments/outcomes/tell-outcome.ts';

/** A lease that was told of money books it in a moment; after so many minutes it has not heard of it. */
const MINUTES = 10;
/**
 * Money that was confirmed and is in no books is told to its lease again: whoever told it first did not come to it, or it
 * was lost on the way. Each by itself: a lease that cannot be told keeps no other from it.
 *
 * @param beat is called after each
 * @param page payments that are read at once
 * @returns how many were told.
 */
export async function tellUnbooked(
  deps: Pick<PaymentDependencies, 'db' | 'temporal' | 'config' | 'log'>,
  beat: () => void,
  page = 500,
): Promise<number> {
  let told = 0;
  for (let after: string | null = null; ;) {
    const unbooked = await unbookedAfter(deps.db, after, page);
    for (const { id: attemptId, leaseId } of unbooked) {
      try {
        await tellOutcome(deps, leaseId, { status: 'succeeded', attemptId });
        told += 1;
      } catch (error) {
        deps.log.warn({ err: describeError(error), attemptId }, 'a lease is not told of money that waits for it');
      }
      beat();
    }
    after = unbooked.at(-1)?.id ?? null;
    if (unbooked.length < page) return told;
  }
}

function unbookedAfter(db: Database, after: string | null, page: number) {
  const isWaiting = sql`
    ${attempts.settledAt} < now() + ${leases.clockOffsetMs} * interval '1 ms' - ${MINUTES} * interval '1 minute'`;
  const isNext = after === null ? undefined : gt(attempts.id, after);
  return db
    .select({ id: attempts.id, leaseId: attempts.leaseId })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .where(and(eq(attempts.status, 'succeeded'), isNull(attempts.transferId), isWaiting, isNext))
    .orderBy(asc(attempts.id))
    .limit(page);
}
