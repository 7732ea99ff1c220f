import { and, eq, gt, inArray } from 'drizzle-orm';
import { scheduleChanges } from '#db/schema/index';
import type { LeaseCommand, Ordered } from '#domain/leases/commands';
import { addDays, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { reAged, reAmortised } from '#domain/leases/re-age';
import { mostInstalments, restructured, WATCHED_DAYS } from '#domain/leases/restructure';
import { unpaid, type ScheduleLine } from '#domain/leases/position';
import { workouts } from '#domain/leases/schedule-change';
import type { Standing } from '#domain/leases/standing';
import { centsOf } from '#domain/leases/allocation';
import type { Context } from '../context.ts';
import { changed, changeSchedule } from './change-schedule.ts';
import { changeStatus } from './change-status.ts';
import { businessDate, lockLeaseFor, positionAt, standingOf, unitOf, type LeaseRecord } from './lease-record.ts';
import { forgiveParts } from './apply-allocation.ts';
import { tellOfSchedule } from './tell-schedule.ts';

/**
 * Spreads the lines that are not paid over another number of instalments, from one period after the lease's own today,
 * or from the next due date where the customer has paid ahead of that. How many days past due it was then is kept. The
 * total price stays, but for cents that payments left, which are forgiven; the old schedule is kept.
 *
 * @throws Problem invalid_state unless it is collected; second_restructure for an agent within a year of the last one;
 * unprocessable where they cannot be spread over so many.
 */
export function restructureLease(
  context: Context,
  { leaseId, instalments, reason }: Ordered<'restructure'>,
): Promise<Standing> {
  return workOut(context, leaseId, {
    command: 'restructure',
    kind: 'restructure',
    type: 'lease.restructured',
    reason,
    anew: ({ row, lines }, today) => {
      const most = mostInstalments(lines, unitOf(row));
      if (instalments > most) throw tooMany(most);
      const { frequency } = row;
      return restructured(lines, { ...row.plan, frequency, instalments, today, unit: unitOf(row) });
    },
    made: () => instalments,
  });
}

function tooMany(most: number): Problem {
  const message =
    most === 0 ? 'no instalment is left to spread' : `must be at most ${most}, so that each has something to pay`;
  return new Problem('unprocessable', 'there is less to pay than that many instalments', [
    { path: 'instalments', message },
  ]);
}

/**
 * Every line that is not paid moves by as many whole periods as bring the oldest to a day after today: the lease is late no
 * more, and ends later.
 *
 * @throws Problem as `restructureLease`; schedule_change_refused where nothing is due.
 */
export function reAgeLease(context: Context, { leaseId, reason }: Ordered<'reAge'>): Promise<Standing> {
  return workOut(context, leaseId, {
    command: 'reAge',
    kind: 're_age',
    type: 'lease.re_aged',
    reason,
    anew: ({ row, lines }, today) => changed(() => reAged(lines, { ...row.plan, frequency: row.frequency }, today)),
    made: () => 0,
  });
}

/**
 * What is owed is spread over the days that are still to come: the lease is late no more, and ends when it did.
 *
 * @throws Problem as `restructureLease`; schedule_change_refused where nothing is due, or no day is left to come.
 */
export function reAmortiseLease(context: Context, { leaseId, reason }: Ordered<'reAmortise'>): Promise<Standing> {
  return workOut(context, leaseId, {
    command: 'reAmortise',
    kind: 're_amortise',
    type: 'lease.re_amortised',
    reason,
    anew: ({ row, lines }, today) => changed(() => reAmortised(lines, today, unitOf(row))),
    made: (lines) => lines.filter((line) => unpaid(line) > 0).length,
  });
}

interface WorkOut {
  readonly command: LeaseCommand;
  readonly kind: (typeof workouts)[number];
  readonly type: string;
  readonly reason: string;
  readonly anew: (record: LeaseRecord, today: LocalDate) => readonly ScheduleLine[];
  /** How many lines it made. */
  readonly made: (lines: readonly ScheduleLine[]) => number;
}

async function workOut(context: Context, leaseId: string, how: WorkOut): Promise<Standing> {
  const found = await lockLeaseFor(how.command, context, leaseId);
  const { row } = found;
  const today = businessDate(row, context.at);
  await refuseSecond(context, row.id, today);
  const cause = { scheduleVersion: String(row.scheduleVersion + 1) };
  const before = await forgiveParts(context, found, centsOf(found.lines, unitOf(row)), 'running', cause);
  const lines = how.anew(before, today);
  const made = how.made(lines);
  const instalment = lines.at(-made)?.amount ?? row.instalment;
  const arrearsRestructured = positionAt(found, context.at).daysPastDue;
  const after = await changeSchedule(context, before, {
    kind: how.kind,
    type: how.type,
    detail: { instalments: made, reason: how.reason, instalment, arrearsRestructured },
    lines,
    made,
    columns: { ...(made === 0 ? {} : { instalment }), restructuredOn: today, arrearsRestructured },
  });
  await tellOfSchedule(context, how.kind, found, after);
  if (row.status === 'active') return standingOf(after, context.at);
  const active = await changeStatus(context, { leaseId, to: 'active', reason: 'restructured' });
  return standingOf({ ...after, row: active }, context.at);
}

/** Every one counts, undone or not: who makes them anew and takes them back would never be late. */
async function refuseSecond({ tx, actor }: Context, leaseId: string, today: LocalDate): Promise<void> {
  if (actor.role !== 'agent') return;
  const isWorkout = inArray(scheduleChanges.kind, [...workouts]);
  const isLately = gt(scheduleChanges.on, addDays(today, -WATCHED_DAYS));
  const made = await tx.$count(scheduleChanges, and(eq(scheduleChanges.leaseId, leaseId), isWorkout, isLately));
  if (made > 0) throw new Problem('second_restructure');
}
