import { eq } from 'drizzle-orm';
import { pauses } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { daysCredited, takeFeesBack, unfoundedFees, waivedByFee } from '#domain/leases/value-date';
import type { Context } from '../context.ts';
import { applyAllocation } from './apply-allocation.ts';
import type { LeaseRecord } from './lease-record.ts';
import { takeFeesOff } from './take-fees-off.ts';
import { feeHistoryOf, feeMovesOf, lateFeesOf, paymentsOf } from './undo-late-fees.ts';

/**
 * Once the days are given that our own workshop took too long, late fees fall that would not have been charged, had they been given on
 * their day: as where money proves to have been timely. A line that is not paid in its time from now on may be charged again. Call it
 * with the lease locked, and the pause written, before its lines move.
 */
export async function undoWorkshopFees(context: Context, before: LeaseRecord, pauseId: string): Promise<LeaseRecord> {
  const { row } = before;
  if (row.feesCharged === 0) return before;
  const [given] = await context.tx.select({ since: pauses.owedSince }).from(pauses).where(eq(pauses.id, pauseId));
  if (given === undefined || given.since === null) return before;
  const history = await feeHistoryOf(context, row);
  const charged = await lateFeesOf(context, before, 'standing');
  const unfounded = unfoundedFees(charged, history).filter((fee) => daysCredited(fee, history.credited) > 0);
  const taken = takeFeesBack(unfounded, row, waivedByFee(await feeMovesOf(context, row.id)));
  if (taken.amount === 0) return before;
  const { after, freed } = await takeFeesOff(context, before, {
    taken,
    payments: await paymentsOf(context, row.id),
    cause: { pauseId, owedSince: localDate(given.since) },
  });
  return freed === null ? after : applyAllocation(context, after, freed);
}
