import { and, eq, lt } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leases } from '#db/schema/index';
import { noteClock } from './lease-record.ts';

/**
 * Notes how far a lease's own clock is ahead of the wall, so that whoever reads it sees the day it is there: it never goes
 * back, though a workflow that has begun anew is behind it for a moment. Development only.
 */
export async function observeClock(db: Database, leaseId: string, asOf: Date): Promise<void> {
  const clockOffsetMs = Math.max(0, asOf.getTime() - Date.now());
  const isFurther = and(eq(leases.id, leaseId), lt(leases.clockOffsetMs, clockOffsetMs));
  await db.update(leases).set({ clockOffsetMs }).where(isFurther);
  if (clockOffsetMs > 0) await noteClock(db, leaseId, clockOffsetMs);
}
