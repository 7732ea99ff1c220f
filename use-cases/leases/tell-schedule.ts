import { addDays } from '#domain/calendar';
import { OBJECTION_DAYS, type workouts } from '#domain/leases/schedule-change';
import { money } from '#domain/money';
import { emit, type Context } from '../context.ts';
import { businessDate, type LeaseRecord } from './lease-record.ts';

/** Emits what has become of a schedule that staff have changed, or that was undone. */
export async function tellOfSchedule(
  context: Context,
  kind: (typeof workouts)[number] | 'undone',
  before: LeaseRecord,
  after: LeaseRecord,
): Promise<void> {
  const { id: leaseId, customerId, currency, scheduleVersion } = after.row;
  const today = businessDate(after.row, context.at);
  const as = ({ row, lines }: LeaseRecord) => ({
    instalment: money(row.instalment, currency),
    lastDueOn: lines.at(-1)?.dueOn ?? today,
  });
  const isRaised = kind !== 'undone' && after.row.instalment > before.row.instalment;
  const objectUntil = isRaised ? addDays(today, OBJECTION_DAYS) : null;
  const data = { leaseId, customerId, kind, scheduleVersion, before: as(before), after: as(after), objectUntil };
  await emit(context, { type: 'lease.schedule_changed', subject: leaseId, leaseId, data });
}
