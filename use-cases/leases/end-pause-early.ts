import { desc, eq } from 'drizzle-orm';
import { pauses } from '#db/schema/index';
import { daysBetween, localDate } from '#domain/calendar';
import { lateBefore, takeDaysBack } from '#domain/leases/pause';
import { paceOf } from '#domain/leases/status';
import type { Context } from '../context.ts';
import { businessDate, reschedule, type LeaseRecord } from './lease-record.ts';

/** True while a pause has days left. */
export const isEarly = (context: Context, { row }: LeaseRecord): boolean =>
  paceOf(row) === 'paused' && row.pausedUntil !== null && businessDate(row, context.at) < row.pausedUntil;

/** Days of a pause that are left are taken back from the schedule. Call it with the lease locked, by who then ends the pause. */
export async function endPauseEarly(context: Context, before: LeaseRecord): Promise<LeaseRecord> {
  const { pausedUntil } = before.row;
  if (pausedUntil === null || !isEarly(context, before)) return before;
  const today = businessDate(before.row, context.at);
  const ended = await pauseOf(context, before);
  const resumed = { resumedOn: today, resumedVersion: before.row.scheduleVersion + 1 };
  if (ended !== undefined) await context.tx.update(pauses).set(resumed).where(eq(pauses.id, ended.id));
  const days = daysBetween(today, localDate(pausedUntil));
  const lines = takeDaysBack(before.lines, days, { today, from: ended?.from });
  // It has no days left: whoever ends it once more takes none back again.
  return reschedule(context, before, lines, { pausedUntil: today });
}

/** The pause that goes on: by how many days it has moved what was open, and since when what was late stays so (`lateBefore`). */
export async function pauseOf(context: Context, record: LeaseRecord) {
  if (!isEarly(context, record)) return undefined;
  const { id: leaseId, plan } = record.row;
  const [last] = await context.tx
    .select()
    .from(pauses)
    .where(eq(pauses.leaseId, leaseId))
    .orderBy(desc(pauses.at))
    .limit(1);
  if (last === undefined) return undefined;
  const began = localDate(last.from);
  const days = daysBetween(began, localDate(last.until));
  return { id: last.id, days, from: lateBefore(last.kind, began, plan.graceDays) };
}
