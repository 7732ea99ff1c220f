import { and, count, eq, gt, isNull } from 'drizzle-orm';
import { takenOverVersion } from '#db/queries/tenures';
import { scheduleChanges } from '#db/schema/index';
import { addDays, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { centsOf } from '#domain/leases/allocation';
import { daysPutOff } from '#domain/leases/days-of-use';
import { levelled, toCome, type ScheduleLine } from '#domain/leases/position';
import { MOST_DAYS_PUT_OFF, mostAYear, OBJECTION_DAYS, type ScheduleChange } from '#domain/leases/schedule-change';
import { madeAnew, owedToCome } from '#domain/leases/spread';
import { recordOnLease, type Context } from '../context.ts';
import { forgiveParts } from './apply-allocation.ts';
import { refuseWhileQuoteWaits } from './before-end.ts';
import { businessDate, positionAt, reschedule, unitOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { mayObject } from './objection.ts';
import { supersedePromise } from './promise-payment.ts';

/** A change of a lease's schedule. */
interface Change {
  readonly kind: ScheduleChange;
  /** Of its entry on the timeline, with what that says beside the new version. */
  readonly type: string;
  readonly detail: Record<string, unknown>;
  readonly lines: readonly ScheduleLine[];
  /** How many of `lines` it made, which are the last ones; 0 where it has only moved them. */
  readonly made: number;
  readonly columns?: Partial<LeaseRow>;
}

/** Writes a changed schedule; the old one is kept, and what was promised for its days is not waited for any more. Call it with the lease locked. */
export async function changeSchedule(context: Context, before: LeaseRecord, change: Change): Promise<LeaseRecord> {
  const { row } = before;
  const { kind, type, detail, lines, made, columns = {} } = change;
  await supersedePromise(context, row);
  const after = await reschedule(context, before, lines, {
    instalmentsTotal: lines.length,
    promisedOn: null,
    ...columns,
  });
  const { instalment, instalmentsTotal, frequency, restructuredOn, arrearsRestructured } = row;
  const { scheduleVersion: version } = after.row;
  await context.tx.insert(scheduleChanges).values({
    leaseId: row.id,
    version,
    kind,
    on: businessDate(row, context.at),
    made,
    before: { instalment, instalmentsTotal, frequency, restructuredOn, arrearsRestructured },
  });
  await recordOnLease(context, row, { type, detail: { ...detail, scheduleVersion: version } });
  return after;
}

/**
 * What a customer may have changed as he likes is for one who pays, so often a year, and not while a settlement is paid; nor while he
 * may have undone what staff have made him pay more each time by, since nobody could undo that any more.
 *
 * @throws Problem schedule_change_refused; settlement_under_way; plan_not_agreed
 */
export async function refuseChange(context: Context, record: LeaseRecord, kind: ScheduleChange): Promise<void> {
  const { row } = record;
  await refuseWhileQuoteWaits(context, row);
  if (await mayObject(context, row))
    throw new Problem(
      'plan_not_agreed',
      `staff have raised what is paid each time: that is undone first, or it is agreed on ${OBJECTION_DAYS} days after it was made`,
    );
  if (positionAt(record, context.at).overdue > 0)
    throw new Problem('schedule_change_refused', 'something is overdue: it is paid first, or an agent can help');
  const most = mostAYear(kind, row.market);
  if (most === null) return;
  const lately = gt(scheduleChanges.on, addDays(businessDate(row, context.at), -365));
  const isSuch = and(
    eq(scheduleChanges.leaseId, row.id),
    eq(scheduleChanges.kind, kind),
    gt(scheduleChanges.version, await takenOverVersion(context.tx, row)),
  );
  const [made] = await context.tx
    .select({ times: count() })
    .from(scheduleChanges)
    .where(and(isSuch, lately, isNull(scheduleChanges.undoneIn)));
  if ((made?.times ?? 0) >= most)
    throw new Problem('schedule_change_refused', `it is changed so at most ${most} times within 365 days`);
}

/** @throws Problem schedule_change_refused where something would be due too long after the use that it pays for. */
export function refuseLater(before: readonly ScheduleLine[], after: readonly ScheduleLine[]): void {
  const days = daysPutOff(levelled(after));
  if (days <= Math.max(MOST_DAYS_PUT_OFF, daysPutOff(levelled(before)))) return;
  const most = `at most ${MOST_DAYS_PUT_OFF} days after the time that it pays for`;
  throw new Problem(
    'schedule_change_refused',
    `all changes together have anything due ${most}; now it would be ${days}`,
  );
}

/** What is owed to come, made anew by a rule; cents that payments left of it are forgiven first. @throws Problem as `changed` */
export async function remake(
  context: Context,
  found: LeaseRecord,
  rule: (before: readonly ScheduleLine[], today: LocalDate) => ScheduleLine[],
) {
  const { row } = found;
  const unit = unitOf(row);
  const today = businessDate(row, context.at);
  const { from } = owedToCome(found.lines, today, unit);
  const cause = { scheduleVersion: String(row.scheduleVersion + 1) };
  const before = await forgiveParts(context, found, centsOf(found.lines.slice(from), unit), 'running', cause);
  const lines = changed(() => rule(before.lines, today));
  const made = madeAnew(before.lines, lines);
  return { before, lines, made: made.length, instalment: toCome(made, today)[0]?.amount ?? row.instalment };
}

/** The lines that a rule makes. @throws Problem schedule_change_refused where it says that there is nothing to change. */
export function changed<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new Problem('schedule_change_refused', error.message);
    throw error;
  }
}
