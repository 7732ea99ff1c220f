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

/** Days by which the pause that goes on has moved what was open; 0 without one. */
export async function daysOfPause(context: Context, record: LeaseRecord): Promise<number> {
  const current = isEarly(context, record) ? await lastPause(context, record.row.id) : undefined;
  return current === undefined ? 0 : daysBetween(localDate(current.from), localDate(current.until));
}

async function lastPause({ tx }: Context, leaseId: string) {
  const [last] = await tx.select().from(pauses).where(eq(pauses.leaseId, leaseId)).orderBy(desc(pauses.at)).limit(1);
  return last;
}

async function endPause(context: Context, leaseId: string, on: string): Promise<void> {
  const { tx } = context;
  const current = await lastPause(context, leaseId);
  if (current !== undefined) await tx.update(pauses).set({ resumedOn: on }).where(eq(pauses.id, current.id));
}
