import { and, desc, eq, inArray, isNotNull, isNull } from 'drizzle-orm';
import { scheduleChanges, scheduleLines } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { ofTheirLines, type FeeOfVersion } from './undo-late-fees.ts';

/** Keeps which lines of the schedule are charged no late fee today since money in doubt may have paid them in time. */
export async function notePutOff({ tx, at }: Context, row: LeaseRow, lines: readonly number[]): Promise<void> {
  if (lines.length === 0) return;
  const { leaseId, version, number, feePutOffOn } = scheduleLines;
  const isIts = and(eq(leaseId, row.id), eq(version, row.scheduleVersion), inArray(number, [...lines]));
  await tx
    .update(scheduleLines)
    .set({ feePutOffOn: businessDate(row, at) })
    .where(and(isIts, isNull(feePutOffOn)));
}

/**
 * The late fees that were put off, each as it would have been charged on its day. The value dates of the money that
 * is known by now say whether they are owed, wherever a pause or a restructure has moved their lines since. Those
 * of the newest schedule come first; what a schedule put off that was undone is not owed.
 */
export async function feesPutOff({ tx }: Context, record: LeaseRecord): Promise<FeeOfVersion[]> {
  const { id, plan } = record.row;
  if (plan.lateFee === null) return [];
  const { amount } = plan.lateFee;
  const { leaseId, version, number, feePutOffOn } = scheduleLines;
  const rows = await tx
    .select({ version, instalment: number, on: feePutOffOn })
    .from(scheduleLines)
    .where(and(eq(leaseId, id), isNotNull(feePutOffOn)))
    .orderBy(desc(version));
  const undone = await tx
    .select({ version: scheduleChanges.version, until: scheduleChanges.undoneIn })
    .from(scheduleChanges)
    .where(and(eq(scheduleChanges.leaseId, id), isNotNull(scheduleChanges.undoneIn)));
  const isGone = (of: number) => undone.some(({ version: from, until }) => from <= of && of < (until ?? 0));
  const fees = rows.flatMap(({ on, ...line }) =>
    on === null || isGone(line.version)
      ? []
      : [{ ...line, id: `put-off:${line.version}:${line.instalment}`, on: localDate(on), chargedOn: null, amount }],
  );
  return ofTheirLines({ tx }, record, fees);
}
