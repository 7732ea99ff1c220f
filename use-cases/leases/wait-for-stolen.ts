import { and, eq, gt } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { whileHeldBy } from '#db/queries/tenures';
import { pauses } from '#db/schema/index';
import { addDays, type LocalDate } from '#domain/calendar';
import { daysOf, lateBefore, moveUnpaid } from '#domain/leases/pause';
import { matured } from '#domain/leases/settlement';
import { theftPauseOf } from '#domain/leases/theft';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import { businessDate, reschedule, updateLease, type LeaseRecord, type LeaseRow } from './lease-record.ts';

/**
 * Collection waits for a stolen vehicle for the days of its plan, and every line that is not paid moves by as many. Where none
 * are left somebody hears of it now, as at the end of the days. Call it with the lease locked, once it is stolen.
 *
 * @param days as `theftDaysLeft` says; null for none
 */
export async function waitForStolen(context: Context, stolen: LeaseRecord, days: number | null): Promise<LeaseRecord> {
  const { id: leaseId, plan, scheduleVersion } = stolen.row;
  const today = businessDate(stolen.row, context.at);
  const pausedUntil = days === null ? null : addDays(today, days);
  const row = await updateLease(context, stolen.row, { pausedUntil });
  if (days === null || pausedUntil === null) {
    await openCase(context, { kind: 'theft_unresolved', leaseId, paymentId: null, detail: { until: null } });
    return { ...stolen, row };
  }
  await context.tx.insert(pauses).values({
    id: uuidv7(),
    leaseId,
    kind: 'theft',
    from: today,
    until: pausedUntil,
    version: scheduleVersion + 1,
    at: context.at,
  });
  // A report is no way out of arrears that were there before it: anybody may make one of himself.
  const from = lateBefore('theft', today, plan.graceDays);
  return reschedule(context, { ...stolen, row }, moveUnpaid(matured(stolen.lines, today), days, { today, from }));
}

/** For how many days collection waits: those of the plan, in a year, however often its customer has had a theft reported. Null for none. */
export async function theftDaysLeft(
  { tx }: Context,
  { id, plan, customerId }: LeaseRow,
  today: LocalDate,
): Promise<number | null> {
  const isLately = and(
    eq(pauses.leaseId, id),
    eq(pauses.kind, 'theft'),
    gt(pauses.until, addDays(today, -365)),
    whileHeldBy(customerId, pauses.leaseId, pauses.at),
  );
  const taken = (await tx.select().from(pauses).where(isLately)).reduce((sum, pause) => sum + daysOf(pause), 0);
  const left = (theftPauseOf(plan) ?? 0) - taken;
  return left > 0 ? left : null;
}
