import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { isUnderWay } from '#db/queries/deliveries';
import type { NotificationRow } from '#db/queries/notifications';
import { notifications } from '#db/schema/index';
import { clockOf, fastForward } from '#platform/temporal/fast-forward';
import { notificationWorkflowId } from '#workflows/notification/messages';
import { aheadOf } from './facts.ts';

/** Milliseconds of the wall that what travels with a lease may take at most. */
const PATIENCE = 20_000;
/** Milliseconds in which a notification is looked at for the first time. */
const LOOKED_AT = 5_000;

/**
 * Moves the clocks of a lease's notifications that wait as far ahead as its own has moved: what it told at night in a
 * journey is told in the morning of that journey. Development only.
 *
 * @param journey when it began on the wall, how far it went, and where its lease got to, or would have, had it not ended
 *   on the way: what waited then goes as far, what was told on the way goes there
 * @param left milliseconds of the wall that its caller has left
 */
export async function carryAlong(
  { temporal, db }: { readonly temporal: Client; readonly db: Database },
  leaseId: string,
  journey: { readonly begun: Date; readonly milliseconds: number; readonly to: Date },
  left = PATIENCE,
): Promise<void> {
  const deadline = Date.now() + Math.min(PATIENCE, left);
  const waiting = await waitingOf(db, leaseId, Math.min(deadline, Date.now() + LOOKED_AT));
  const travels = waiting.map(async (row) => {
    const workflowId = notificationWorkflowId(row.id);
    const behind = journey.to.getTime() - (await clockOf(temporal, workflowId)).getTime() - aheadOf(row);
    const far = row.createdAt < journey.begun ? Math.max(journey.milliseconds, behind) : behind;
    return far < 1_000 ? null : fastForward(temporal, workflowId, far, deadline - Date.now());
  });
  // One that ends meanwhile is told.
  await Promise.allSettled(travels);
}

/** Those that wait. One that was asked for a moment ago has not been looked at: it is given a moment. */
async function waitingOf(db: Database, leaseId: string, deadline: number): Promise<NotificationRow[]> {
  for (; ; await sleep(100)) {
    const open = await db
      .select()
      .from(notifications)
      .where(and(isUnderWay, eq(notifications.leaseId, leaseId)));
    const soon = Date.now() + 1_000;
    const waits = open.filter(({ nextAt }) => nextAt !== null && nextAt.getTime() > soon);
    if (waits.length === open.length || Date.now() > deadline) return waits;
  }
}
