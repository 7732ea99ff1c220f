import { and, eq, sql } from 'drizzle-orm';
import { scheduleChanges } from '#db/schema/index';
import { addDays, localDate, type LocalDate } from '#domain/calendar';
import { isWorkout, OBJECTION_DAYS, type ScheduleChange } from '#domain/leases/schedule-change';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRow } from './lease-record.ts';

/** The last change of a schedule, where it is the one that is in force: a change by which more of it was kept counts as it. */
export async function lastChangeOf(
  { tx }: Pick<Context, 'tx'>,
  { id, scheduleVersion }: Pick<LeaseRow, 'id' | 'scheduleVersion'>,
) {
  const isLast = sql`coalesce(${scheduleChanges.keptUntil}, ${scheduleChanges.version}) = ${scheduleVersion}`;
  const [change] = await tx
    .select()
    .from(scheduleChanges)
    .where(and(eq(scheduleChanges.leaseId, id), isLast));
  return change;
}

/** Until which local day a customer may have a change undone that staff have made; null where he pays no more each time by it. */
function objectableUntil(
  {
    kind,
    on,
    before,
  }: { readonly kind: ScheduleChange; readonly on: string; readonly before: { readonly instalment: number } },
  after: { readonly instalment: number },
): LocalDate | null {
  return isWorkout(kind) && after.instalment > before.instalment ? addDays(localDate(on), OBJECTION_DAYS) : null;
}

/** Whether its customer may still have undone what staff have made him pay more each time by: until then nothing comes of his not paying it. */
export async function mayObject(context: Pick<Context, 'tx' | 'at'>, row: LeaseRow): Promise<boolean> {
  const change = await lastChangeOf(context, row);
  const until = change === undefined ? null : objectableUntil(change, row);
  return until !== null && businessDate(row, context.at) <= until;
}
