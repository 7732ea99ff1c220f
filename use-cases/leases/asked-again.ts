import { askedAgain } from '#domain/leases/asked-again';
import { toCome } from '#domain/leases/position';
import { madeAnew } from '#domain/leases/spread';
import { isRunning } from '#domain/leases/status';
import type { Context } from '../context.ts';
import { changeSchedule } from './change-schedule.ts';
import { businessDate, unitOf, type LeaseRecord } from './lease-record.ts';

/**
 * What was taken back of money that was used as paid ahead is due on the days that it paid for (`askedAgain`). Call it with the
 * lease locked, when what was paid is owed again.
 *
 * @param before the lease with the money
 * @param owed the same without it
 */
export async function askPaidAheadAgain(
  context: Context,
  before: LeaseRecord,
  owed: LeaseRecord,
): Promise<LeaseRecord> {
  const { row } = owed;
  if (!isRunning(row.status)) return owed;
  const today = businessDate(row, context.at);
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
