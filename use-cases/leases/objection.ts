import { asc, desc, eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { pauses, scheduleChanges } from '#db/schema/index';
import { addDays, localDate } from '#domain/calendar';
import type { ScheduleLine } from '#domain/leases/position';
import { isWorkout, OBJECTION_DAYS } from '#domain/leases/schedule-change';
import { stillAgain } from '#domain/leases/still-again';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRow } from './lease-record.ts';

type ChangeRow = typeof scheduleChanges.$inferSelect;

/** All changes of a lease's schedule, the oldest first. */
const changesOf = (tx: Queryable, leaseId: string) =>
  tx.select().from(scheduleChanges).where(eq(scheduleChanges.leaseId, leaseId)).orderBy(asc(scheduleChanges.version));

/**
 * The last change of a schedule that stands. Days that were put off since, by a pause or since money was taken back, change nothing
 * that anybody has agreed on: the schedule of before can have them too (`asBefore`).
 */
export async function lastChangeOf(
  { tx }: Pick<Context, 'tx'>,
  { id }: Pick<LeaseRow, 'id'>,
): Promise<ChangeRow | undefined> {
  return (await changesOf(tx, id)).findLast(({ undoneIn }) => undoneIn === null);
}

/**
 * The lines that a change replaced, put off by each pause, theft and death since as those that are in force were.
 *
 * @returns null where one of them was written before its version was kept: nobody can say whether it came first
 */
export async function asBefore(
  { tx }: Pick<Context, 'tx'>,
  { id, plan }: LeaseRow,
  { version, on }: Pick<ChangeRow, 'version' | 'on'>,
  before: readonly ScheduleLine[],
): Promise<readonly ScheduleLine[] | null> {
  const rows = await tx.select().from(pauses).where(eq(pauses.leaseId, id)).orderBy(desc(pauses.at));
  const isUnknown = (day: string | null, of: number | null) => day !== null && of === null && day >= on;
  if (rows.some((row) => isUnknown(row.from, row.version) || isUnknown(row.resumedOn, row.resumedVersion))) return null;
  const times = rows.map(({ kind, from, until, resumedOn, ...versions }) => ({
    kind,
    from: localDate(from),
    until: localDate(until),
    resumedOn: resumedOn === null ? null : localDate(resumedOn),
    ...versions,
  }));
  return stillAgain(before, times, { since: version, graceDays: plan.graceDays });
}

/**
 * Whether its customer may still object to what staff have made him pay more each time by: for some days nothing comes of his not
 * paying it, whatever moves the schedule meanwhile, but where he pays no more than before by then.
 */
export async function mayObject({ tx, at }: Pick<Context, 'tx' | 'at'>, row: LeaseRow): Promise<boolean> {
  const today = businessDate(row, at);
  const changes = await changesOf(tx, row.id);
  return changes.some(({ kind, on, before, undoneIn }, i) => {
    if (undoneIn !== null || !isWorkout(kind) || addDays(localDate(on), OBJECTION_DAYS) < today) return false;
    const after = changes[i + 1]?.before ?? row;
    const isLowered = row.frequency === before.frequency && row.instalment <= before.instalment;
    return after.instalment > before.instalment && !isLowered;
  });
}
