import { eq } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leases } from '#db/schema/index';
import { noteClock } from './lease-record.ts';

/** Notes how far a lease's own clock is ahead of the wall, so that whoever reads it sees the day it is there. Development only. */
export async function observeClock(db: Database, leaseId: string, asOf: Date): Promise<void> {
  const clockOffsetMs = Math.max(0, asOf.getTime() - Date.now());
  await db.update(leases).set({ clockOffsetMs }).where(eq(leases.id, leaseId));
  if (clockOffsetMs > 0) await noteClock(db, leaseId, clockOffsetMs);
}
