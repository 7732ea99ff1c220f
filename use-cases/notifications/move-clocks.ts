import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { isUnderWay } from '#db/queries/deliveries';
import { findLease, leaseClock } from '#db/queries/leases';
import type { NotificationRow } from '#db/queries/notifications';
import { notifications } from '#db/schema/index';
import { clockOf, fastForward, type FastForwardResult } from '#platform/temporal/fast-forward';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { notificationWorkflowId } from '#workflows/notification/messages';
import { notifyImmobilisation } from '../immobilisation/command-vehicle.ts';
import { catchUp } from '../leases/catch-up.ts';
import { observeClock } from '../leases/observe-clock.ts';
import { aheadOf } from './facts.ts';

/** Milliseconds of the wall that a journey may take, and with all that travels along. */
const LIMIT = 110_000;
const LIMIT_IN_ALL = 117_000;
/** Milliseconds of the wall that what travels with a lease may take at most. */
const PATIENCE = 20_000;
/** Milliseconds in which a notification is looked at for the first time. */
const LOOKED_AT = 5_000;

/**
 * Moves the clock of a lease ahead, and those of its notifications that wait as far: what it told at night in a journey is
 * told in the morning of that journey. A journey that does not get there has got as far as it says, and another goes on
 * from there. Development only.
 *
 * @returns how it ended, and where the lease got to, on its own clock
 */
export async function moveClocks(
  { temporal, db }: { readonly temporal: Client; readonly db: Database },
  leaseId: string,
  milliseconds: number,
): Promise<FastForwardResult> {
  const from = await findLease(db, leaseId);
  // One whose run has just begun, or begun anew, may be behind its lease.
  if (from !== undefined) await catchUp({ db, temporal }, from, leaseClock(from).getTime());
  const begun = new Date();
  const journey = await fastForward(temporal, leaseWorkflowId(leaseId), milliseconds, LIMIT);
  if (journey.outcome === 'not_begun') return journey;
  if (journey.outcome !== 'ended') await observeClock(db, leaseId, journey.at);
  const there = new Date(begun.getTime() + (from?.clockOffsetMs ?? 0) + milliseconds);
  // What waited goes as far where the lease has ended on the way; what was told on the way goes there.
  const to = journey.outcome === 'ended' ? there : journey.at;
  const deadline = Math.min(Date.now() + PATIENCE, begun.getTime() + LIMIT_IN_ALL);
  const waiting = await waitingOf(db, leaseId, Math.min(deadline, Date.now() + LOOKED_AT));
  const travels = waiting.map(async (row) => {
    const workflowId = notificationWorkflowId(row.id);
    const behind = to.getTime() - (await clockOf(temporal, workflowId)).getTime() - aheadOf(row);
    const far = row.createdAt < begun ? Math.max(milliseconds, behind) : behind;
    return far < 1_000 ? null : fastForward(temporal, workflowId, far, deadline - Date.now());
  });
  // One that ends meanwhile is told.
  await Promise.allSettled(travels);
  await wakeStop(db, leaseId);
  return journey;
}

/**
 * What waits by the lease's clock to stop its vehicle sleeps by the wall: it looks again, once the warnings have travelled too, or
 * they were written anew. Where that word is lost it looks within the hour.
 */
async function wakeStop(db: Database, leaseId: string): Promise<void> {
  const lease = await findLease(db, leaseId);
  if (lease !== undefined && lease.immobilisationId !== null) await notifyImmobilisation(db, lease.vehicleId);
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
