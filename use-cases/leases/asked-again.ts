import { askedAgain } from '#domain/leases/asked-again';
import { openAgain } from '#domain/leases/days-of-use';
import { toCome } from '#domain/leases/position';
import { madeAnew } from '#domain/leases/spread';
import { isRunning } from '#domain/leases/status';
import type { Context } from '../context.ts';
import { changeSchedule } from './change-schedule.ts';
import { pauseOf } from './end-pause-early.ts';
import { businessDate, reschedule, unitOf, type LeaseRecord } from './lease-record.ts';

/**
 * What is owed again, since its money was taken back, is asked for as late as if that had not been there: what a pause did not
 * move while it was paid is later by that (`openAgain`), and what was used as paid ahead is due on the days that it paid for
 * (`askedAgain`). Call it with the lease locked.
 *
 * @param before the lease with the money
 * @param booked the same without it
 */
export async function askAgain(context: Context, before: LeaseRecord, booked: LeaseRecord): Promise<LeaseRecord> {
  if (!isRunning(booked.row.status)) return booked;
  const today = businessDate(booked.row, context.at);
  const opened = openAgain(booked.lines, await pauseOf(context, booked));
  const owed = opened === booked.lines ? booked : await reschedule(context, booked, opened);
  const { row } = owed;
  const lines = askedAgain(before.lines, owed.lines, { today, unit: unitOf(row) });
  if (lines === owed.lines) return owed;
  const made = madeAnew(owed.lines, lines);
  const instalment = toCome(made, today)[0]?.amount ?? row.instalment;
  return changeSchedule(context, owed, {
    kind: 'paid_ahead',
    type: 'lease.paid_ahead_taken_back',
    detail: { instalments: made.length, instalment },
    lines,
    made: made.length,
    columns: { instalment },
  });
}
