import { and, desc, eq, gt } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { pauses } from '#db/schema/index';
import { addDays, daysBetween, localDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { mayBeTaken, type Ordered } from '#domain/leases/commands';
import { moveUnpaid, refusePause, takeBack } from '#domain/leases/pause';
import { matured } from '#domain/leases/settlement';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { positionInDoubt } from './in-doubt.ts';
import { changeStatus } from './change-status.ts';
import { businessDate, lockLease, lockLeaseFor, reschedule, standingOf } from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';
import { reckonAnew } from './settle-early.ts';

/** Stops collecting for some days from the lease's own today; every line that is not paid moves by as many. @throws Problem pause_refused; invalid_state unless it is collected. */
export async function pauseLease(context: Context, { leaseId, kind, days }: Ordered<'pause'>): Promise<Standing> {
  const before = await lockLeaseFor('pause', context, leaseId);
  const today = businessDate(before.row, context.at);
  const recent = await context.tx
    .select()
    .from(pauses)
    .where(and(eq(pauses.leaseId, leaseId), gt(pauses.until, addDays(today, -365))));
  const refused = refusePause({
    days,
    by: isStaff(context.actor.role) ? 'staff' : 'customer',
    inArrears: (await positionInDoubt(context, before)).daysPastDue > before.row.plan.graceDays,
    taken: recent,
  });
  if (refused !== null) throw new Problem('pause_refused', refused, [{ path: 'days', message: refused }]);

  const until = addDays(today, days);
  await context.tx.insert(pauses).values({ id: uuidv7(), leaseId, kind, from: today, until, at: context.at });
  await supersedePromise(context, before.row);
  const moved = await reschedule(context, before, moveUnpaid(matured(before.lines, today), days), {
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
 * Ends a pause, at its end or before: days that were not taken are taken back from the schedule. Late fees that have
 * become due again meanwhile are charged. Before its end only a person ends it.
 *
 * @throws Problem invalid_state for a person while the lease is not paused.
 */
export async function resumeLease(context: Context, { leaseId }: { leaseId: string }): Promise<Standing> {
  const isStep = context.actor.role === 'system';
  const before = await (isStep ? lockLease(context.tx, leaseId) : lockLeaseFor('resume', context, leaseId));
  if (!mayBeTaken('resume', before.row.status)) return standingOf(before, context.at);
  const today = businessDate(before.row, context.at);
  const until = localDate(before.row.pausedUntil ?? today);
  const early = today < until;
  if (early && isStep) return standingOf(before, context.at);
  const record = early ? await reschedule(context, before, takeBack(before.lines, daysBetween(today, until))) : before;
  if (early) await endPause(context, leaseId, today);
  const { daysPastDue } = await positionInDoubt(context, record);
  const to = daysPastDue > record.row.plan.graceDays ? 'in_arrears' : 'active';
  const row = await changeStatus(context, { leaseId, to, reason: early ? 'resumed early' : 'the pause is over' });
  return standingOf(await reckonAnew(context, { ...record, row }), context.at);
}

async function endPause({ tx }: Context, leaseId: string, on: string): Promise<void> {
  const [current] = await tx
    .select({ id: pauses.id })
    .from(pauses)
    .where(eq(pauses.leaseId, leaseId))
    .orderBy(desc(pauses.at))
    .limit(1);
  if (current !== undefined) await tx.update(pauses).set({ resumedOn: on }).where(eq(pauses.id, current.id));
}
