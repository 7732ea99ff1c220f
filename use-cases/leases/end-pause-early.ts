import { desc, eq } from 'drizzle-orm';
import { pauses } from '#db/schema/index';
import { daysBetween, localDate } from '#domain/calendar';
import { takeDaysBack } from '#domain/leases/pause';
import { paceOf } from '#domain/leases/status';
import type { Context } from '../context.ts';
import { businessDate, reschedule, type LeaseRecord } from './lease-record.ts';

/** True while a pause has days left. */
export const isEarly = (context: Context, { row }: LeaseRecord): boolean =>
  paceOf(row) === 'paused' && row.pausedUntil !== null && businessDate(row, context.at) < row.pausedUntil;

/** Days of a pause that are left are taken back from the schedule. Call it with the lease locked, by who then ends the pause. */
export async function endPauseEarly(context: Context, before: LeaseRecord): Promise<LeaseRecord> {
  const { id, pausedUntil } = before.row;
  if (pausedUntil === null || !isEarly(context, before)) return before;
  const today = businessDate(before.row, context.at);
  await endPause(context, id, today);
  const lines = takeDaysBack(before.lines, daysBetween(today, localDate(pausedUntil)), today);
  // It has no days left: whoever ends it once more takes none back again.
  return reschedule(context, before, lines, { pausedUntil: today });
}

async function endPause({ tx }: Context, leaseId: string, on: string): Promise<void> {
  const [current] = await tx
    .select({ id: pauses.id })
    .from(pauses)
    .where(eq(pauses.leaseId, leaseId))
    .orderBy(desc(pauses.at))
    .limit(1);
  if (current !== undefined) await tx.update(pauses).set({ resumedOn: on }).where(eq(pauses.id, current.id));
}
