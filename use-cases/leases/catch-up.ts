import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { LeaseRow } from '#db/queries/leases';
import { clockOf, fastForward, journeyOver } from '#platform/temporal/fast-forward';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { observeClock } from './observe-clock.ts';

/** A clock that is behind by less than this has not to be moved, milliseconds. */
const MINUTE = 60_000;

/**
 * The journey goes so far beyond what the new run waits for, in milliseconds: its timer begins when its first task ends,
 * which the server gives ten seconds. One that were due as the journey ends may not have fired when the next one begins,
 * and that would pass it over.
 */
const BEYOND = 15_000;

/** Milliseconds in which the journey of another one ends that has all but arrived. */
const ENDS = 5_000;

/** Another may move the same clock, which ends this journey on its way. */
const TRIES = 3;

/**
 * A run that has just begun is on the wall's clock, and waits for the time that its lease had reached: its clock is moved there.
 * Development only.
 *
 * @param asOf the lease's own time, epoch milliseconds
 */
export async function catchUp(
  { db, temporal }: { readonly db: Database; readonly temporal: Client },
  { id, clockOffsetMs }: Pick<LeaseRow, 'id' | 'clockOffsetMs'>,
  asOf: number,
): Promise<void> {
  if (clockOffsetMs < MINUTE) return;
  const workflowId = leaseWorkflowId(id);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const behind = asOf - (await clockOf(temporal, workflowId)).getTime();
    // It may have been moved there a moment ago, and what it waits for there not have come yet: the next journey would pass it over.
    if (behind < MINUTE) return journeyOver(temporal, workflowId, Date.now() + ENDS);
    const journey = await fastForward(temporal, workflowId, behind + BEYOND);
    if (journey.outcome === 'reached') await observeClock(db, id, journey.at);
    if (journey.outcome !== 'stopped') return journeyOver(temporal, workflowId, Date.now() + ENDS);
  }
}
