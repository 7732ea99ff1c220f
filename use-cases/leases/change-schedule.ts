import { and, count, eq, gt, isNull } from 'drizzle-orm';
import { scheduleChanges } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { daysPutOff } from '#domain/leases/days-of-use';
import { levelled, type ScheduleLine } from '#domain/leases/position';
import { MOST_DAYS_PUT_OFF, mostAYear, type ScheduleChange } from '#domain/leases/schedule-change';
import { recordOnLease, type Context } from '../context.ts';
import { refuseWhileQuoteWaits } from './before-end.ts';
import { businessDate, positionAt, reschedule, type LeaseRecord, type LeaseRow } from './lease-record.ts';
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
 * What a customer may have changed as he likes is for one who pays, so often a year, and not while a settlement is paid.
 *
 * @throws Problem schedule_change_refused; settlement_under_way
 */
export async function refuseChange(context: Context, record: LeaseRecord, kind: ScheduleChange): Promise<void> {
  const { row } = record;
  await refuseWhileQuoteWaits(context, row);
  if (positionAt(record, context.at).overdue > 0)
    throw new Problem('schedule_change_refused', 'something is overdue: it is paid first, or an agent can help');
  const most = mostAYear(kind, row.market);
  if (most === null) return;
  const lately = gt(scheduleChanges.on, addDays(businessDate(row, context.at), -365));
  const isSuch = and(eq(scheduleChanges.leaseId, row.id), eq(scheduleChanges.kind, kind));
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

/** The lines that a rule makes. @throws Problem schedule_change_refused where it says that there is nothing to change. */
export function changed<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new Problem('schedule_change_refused', error.message);
    throw error;
  }
}
