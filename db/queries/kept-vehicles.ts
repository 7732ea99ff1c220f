import { and, eq, gt, inArray, lte, or } from 'drizzle-orm';
import { isPayable, isTimeBarred } from '#domain/leases/recovery';
import type { Queryable } from '../client.ts';
import { repossessions } from '../schema/index.ts';
import { leaseClock, type LeaseRow } from './leases.ts';

type Ended = Pick<LeaseRow, 'id' | 'status' | 'endedAt' | 'clockOffsetMs'>;

/**
 * Whether money that was there at a moment, on the lease's clock, pays nothing of what was given up: it is time-barred, and the
 * vehicle was not kept any more for whoever redeems it.
 */
export async function isBarred(db: Queryable, row: Omit<Ended, 'clockOffsetMs'>, at: Date): Promise<boolean> {
  if (!isTimeBarred(row, at)) return false;
  const isKept = or(eq(repossessions.status, 'held'), gt(repossessions.endedAt, at));
  return (
    (await db.$count(repossessions, and(eq(repossessions.leaseId, row.id), lte(repossessions.heldAt, at), isKept))) ===
    0
  );
}

/**
 * The ids of those leases that take money now: as `isPayable`, and however long ago one was given up while its vehicle is kept,
 * since whoever redeems it pays what is owed.
 */
export async function payableLeases(
  db: Queryable,
  rows: readonly (Ended & Pick<LeaseRow, 'disputed'>)[],
): Promise<Set<string>> {
  const [payable, others] = [new Set<string>(), new Set<string>()];
  for (const row of rows) {
    const at = leaseClock(row);
    if (isPayable(row, at)) payable.add(row.id);
    else if (isTimeBarred(row, at)) others.add(row.id);
  }
  if (others.size === 0) return payable;
  const isKept = and(inArray(repossessions.leaseId, [...others]), eq(repossessions.status, 'held'));
  const kept = await db.select({ id: repossessions.leaseId }).from(repossessions).where(isKept);
  return new Set([...payable, ...kept.map(({ id }) => id)]);
}
