import { and, eq, isNotNull, ne } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { arrearsBegin, levelled, unpaid } from '#domain/leases/position';
import type { ChargedFee } from '#domain/leases/value-date';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRecord } from './lease-record.ts';

/**
 * The late fees that were not charged since a prompt might have paid their line in time, of which it is known by now
 * whether it did, and whose line was paid meanwhile: nobody looks at such a line any more. As they would have been
 * charged on the day after the grace; the value dates of the money say whether they are owed.
 */
export async function feesPutOff(
  { tx }: Context,
  { row, lines: booked }: LeaseRecord,
): Promise<(ChargedFee & { readonly version: number })[]> {
  const { lateFee, graceDays } = row.plan;
  const lines = levelled(booked);
  const isPaid = lines.filter((line) => unpaid(line) === 0 && line.paid > 0 && line.feeChargedOn === null);
  if (lateFee === null || isPaid.length === 0) return [];
  const isKnown = and(
    eq(attempts.leaseId, row.id),
    ne(attempts.kind, 'refund'),
    ne(attempts.provider, 'cash'),
    isNotNull(attempts.settledAt),
  );
  const prompts = await tx
    .select({ requestedAt: attempts.requestedAt, settledAt: attempts.settledAt })
    .from(attempts)
    .where(isKnown);
  const doubts = prompts.map(({ requestedAt, settledAt }) => ({
    from: businessDate(row, requestedAt),
    to: businessDate(row, settledAt ?? requestedAt),
  }));
  return isPaid
    .filter(({ dueOn }) => {
      const lastDay = addDays(dueOn, graceDays);
      return doubts.some(({ from, to }) => dueOn <= from && from <= lastDay && lastDay < to);
    })
    .map(({ number, dueOn }) => ({
      id: `put-off:${number}`,
      version: row.scheduleVersion,
      instalment: number,
      on: arrearsBegin(dueOn, graceDays),
      amount: lateFee.amount,
      dueOn,
      upTo: lines.filter((line) => line.number <= number).reduce((sum, { amount, waived }) => sum + amount - waived, 0),
    }));
}
