import { and, eq, gt } from 'drizzle-orm';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { isUnderWay } from '#db/queries/deliveries';
import { findLease, leaseClock } from '#db/queries/leases';
import { notifications } from '#db/schema/index';
import { clockOf, fastForward } from '#platform/temporal/fast-forward';
import { notificationWorkflowId } from '#workflows/notification/messages';
import { aheadOf } from './facts.ts';

/** Milliseconds of the wall that what travels with a lease may take in all. */
const PATIENCE = 20_000;

/**
 * Moves the clocks of a lease's notifications that wait as far ahead as its own has moved: what it told at night in a
 * journey is told in the morning of that journey. Development only.
 *
 * @param milliseconds how far, at least; one that began behind its lease catches up
 */
export async function carryAlong(
  { temporal, db }: { readonly temporal: Client; readonly db: Database },
  leaseId: string,
  milliseconds: number,
): Promise<void> {
  const lease = await findLease(db, leaseId);
  const waiting = await db
    .select()
    .from(notifications)
    .where(and(isUnderWay, eq(notifications.leaseId, leaseId), gt(notifications.nextAt, new Date(Date.now() + 1_000))));
  const travels = waiting.map(async (row) => {
    const workflowId = notificationWorkflowId(row.id);
    const behind =
      lease === undefined
        ? 0
        : leaseClock(lease).getTime() - (await clockOf(temporal, workflowId)).getTime() - aheadOf(row);
    return fastForward(temporal, workflowId, Math.max(milliseconds, behind), PATIENCE);
  });
  // One that ends meanwhile is told.
  await Promise.allSettled(travels);
}
