import { and, eq, gt, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { openDeathOf } from '#db/queries/deaths';
import { whileHeldBy } from '#db/queries/tenures';
import { leaseClock } from '#db/queries/leases';
import { cases, maintenance, pauses } from '#db/schema/index';
import { addDays, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { mayBeTaken, type Ordered } from '#domain/leases/commands';
import { FURTHER_DAYS } from '#domain/leases/death';
import { moveUnpaid, pauseKinds, refusePause } from '#domain/leases/pause';
import { matured } from '#domain/leases/settlement';
import type { Standing } from '#domain/leases/standing';
import { paceOf } from '#domain/leases/status';
import { openCase } from '../cases/open-case.ts';
import { recordOnLease, type Context } from '../context.ts';
import { positionInDoubt, positionToGrant } from './in-doubt.ts';
import { changeStatus } from './change-status.ts';
import { endPauseEarly, isEarly } from './end-pause-early.ts';
import { reviewHardship } from './grant-hardship.ts';
import { pauseForDays } from './pause-for-days.ts';
import {
  businessDate,
  lockLease,
  lockLeaseFor,
  reschedule,
  standingOf,
  updateLease,
  type LeaseRecord,
  type LeaseRow,
} from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';
import { reckonAnew } from './settle-early.ts';
import { undoWorkshopFees } from './undo-workshop-fees.ts';

/**
 * Stops collecting for some days from the lease's own today; every line that is not paid moves by as many.
 *
 * @throws Problem pause_refused; invalid_state unless it is collected.
 */
export async function pauseLease(context: Context, order: Ordered<'pause'>): Promise<Standing> {
  const { leaseId, kind, days } = order;
  const before = await lockLeaseFor('pause', context, leaseId);
  const owed = kind === 'repair' ? await owedForWorkshop(context, before.row, order) : null;
  const isOwed = owed !== null;
  const today = businessDate(before.row, context.at);
  const recent = await context.tx
    .select()
    .from(pauses)
    .where(
      and(
        eq(pauses.leaseId, leaseId),
        inArray(pauses.kind, pauseKinds),
        eq(pauses.isOwed, false),
        gt(pauses.until, addDays(today, -365)),
        whileHeldBy(before.row.customerId, pauses.leaseId, pauses.at),
      ),
    );
  const refused = refusePause({
    days,
    by: isStaff(context.actor.role) ? 'staff' : 'customer',
    inArrears: (await positionToGrant(context, before)).daysPastDue > before.row.plan.graceDays,
    taken: isOwed ? [] : recent,
  });
  if (refused !== null) throw new Problem('pause_refused', refused, [{ path: 'days', message: refused }]);

  const until = addDays(today, days);
  const pauseId = uuidv7();
  const of = { isOwed, owedSince: owed?.since ?? null, version: before.row.scheduleVersion + 1 };
  await context.tx.insert(pauses).values({ id: pauseId, leaseId, kind, from: today, until, ...of, at: context.at });
  await supersedePromise(context, before.row);
  const cleared = await undoWorkshopFees(context, before, pauseId);
  const moved = await reschedule(context, cleared, moveUnpaid(matured(cleared.lines, today), days, { today }), {
    pausedUntil: until,
    promisedOn: null,
  });
  const row = await changeStatus(context, {
    leaseId,
    to: 'paused',
    reason: `${kind}, ${days} days, until ${until}`,
    event: 'lease.paused',
  });
  return standingOf({ ...moved, row }, context.at);
}

/**
 * Whether the house owes the days for its own workshop: so the order says, or an open case where staff give them by hand; and since
 * when it does, where the work is known.
 */
async function owedForWorkshop(
  context: Context,
  row: LeaseRow,
  { isOwed = false, workId }: Ordered<'pause'>,
): Promise<{ readonly since: LocalDate | null } | null> {
  const { tx, actor } = context;
  const { id: leaseId, market } = row;
  const { kind, status, leaseId: of, detail } = cases;
  const isOpen = and(eq(of, leaseId), eq(kind, 'days_not_credited'), eq(status, 'open'));
  const told = isOwed || !isStaff(actor.role) ? [] : await tx.select({ detail }).from(cases).where(isOpen);
  if (!isOwed && told.length === 0) return null;
  const ids = isOwed ? [workId] : told.map((one) => one.detail['maintenanceId']);
  const known = ids.filter((id) => typeof id === 'string');
  const works = await tx.select().from(maintenance).where(inArray(maintenance.id, known));
  const since: LocalDate[] = [];
  for (const { endedAt, creditDays } of works)
    if (endedAt !== null)
      since.push(addDays(localDateAt(leaseClock(row, endedAt.getTime()).getTime(), market), -creditDays));
  return { since: since.toSorted()[0] ?? null };
}

/**
 * Ends a pause, at its end or before: days that were not taken are taken back from the schedule. Late fees that have
 * become due again meanwhile are charged. Before its end only a person ends it. One for a stolen vehicle ends by itself
 * alone, and the lease stays stolen.
 *
 * @throws Problem invalid_state for a person while the lease is not paused.
 */
export async function resumeLease(context: Context, { leaseId }: { leaseId: string }): Promise<Standing> {
  const isStep = context.actor.role === 'system';
  const before = await (isStep ? lockLease(context.tx, leaseId) : lockLeaseFor('resume', context, leaseId));
  const { status, pausedUntil } = before.row;
  if (!mayBeTaken('resume', paceOf(before.row))) return standingOf(before, context.at);
  const early = isEarly(context, before);
  if (early && isStep) return standingOf(before, context.at);
  if ((await openDeathOf(context.tx, before.row.customerId)) !== undefined)
    return standingOf(await waitFurther(context, before, isStep), context.at);
  if (status === 'stolen') return standingOf(await endTheftPause(context, before, pausedUntil), context.at);
  const record = await endPauseEarly(context, before);
  const { daysPastDue } = await positionInDoubt(context, record);
  const to = daysPastDue > record.row.plan.graceDays ? 'in_arrears' : 'active';
  const row = await changeStatus(context, { leaseId, to, reason: early ? 'resumed early' : 'the pause is over' });
  await reviewHardship(context, before.row);
  return standingOf(await reckonAnew(context, { ...record, row }), context.at);
}

/** The days for which collection waited for a stolen vehicle are over: what is due is collected again, and an admin hears of it. */
async function endTheftPause(context: Context, before: LeaseRecord, until: string | null): Promise<LeaseRecord> {
  const row = await updateLease(context, before.row, { pausedUntil: null });
  await recordOnLease(context, row, { type: 'lease.theft_pause_over', detail: { until } });
  await openCase(context, { kind: 'theft_unresolved', leaseId: row.id, paymentId: null, detail: { until } });
  return reckonAnew(context, { ...before, row });
}

/**
 * The customer is said to have died, and nobody has decided in time what becomes of his leases: they wait on, and a person hears
 * of it again.
 *
 * @throws Problem invalid_state for a person: whoever speaks for him may not be who pays
 */
async function waitFurther(context: Context, before: LeaseRecord, isStep: boolean): Promise<LeaseRecord> {
  const { id: leaseId, pausedUntil: until } = before.row;
  if (!isStep) throw new Problem('invalid_state', 'its customer is said to have died: staff confirm or refute that');
  await openCase(context, { kind: 'estate_overdue', leaseId, paymentId: null, detail: { until } });
  const reason = 'nothing is decided about the estate';
  return pauseForDays(context, before, { kind: 'death', days: FURTHER_DAYS, reason });
}
