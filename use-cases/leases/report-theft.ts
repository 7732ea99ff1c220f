import { and, eq, gt, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { cases, pauses, thefts } from '#db/schema/index';
import { addDays, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import { daysOf, moveUnpaid } from '#domain/leases/pause';
import { matured } from '#domain/leases/settlement';
import type { Standing } from '#domain/leases/standing';
import { theftPauseOf } from '#domain/leases/theft';
import { closeCasesOf } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { endEarly } from './end-early.ts';
import { positionInDoubt } from './in-doubt.ts';
import { businessDate, lockLeaseFor, reschedule, standingOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';
import { reckonAnew } from './settle-early.ts';

/**
 * The vehicle was stolen: for the plan's days, those of a year together, nothing is collected, and every line that is not paid, and not late by more than its grace, moves by as many, as
 * in a pause, which a theft ends. What the police and the reporter said stays with the theft, for its dossier.
 *
 * @throws Problem invalid_state unless it runs and is not stolen already; unprocessable for a theft in the future or
 * before the handover.
 */
export async function reportTheft(context: Context, input: Ordered<'reportTheft'>): Promise<Standing> {
  const found = await lockLeaseFor('reportTheft', context, input.leaseId);
  const stolenAt = stolenAtOf(context, found.row, input.stolenAt);
  const before = await endEarly(context, found);
  const today = businessDate(before.row, context.at);
  const days = await daysLeft(context, before.row, today);
  const pausedUntil = days === null ? null : addDays(today, days);
  const { leaseId, policeReference = null, note } = input;
  await context.tx.insert(thefts).values({ id: uuidv7(), leaseId, stolenAt, policeReference, reportedAt: context.at });
  await supersedePromise(context, before.row);
  if (pausedUntil !== null)
    await context.tx
      .insert(pauses)
      .values({ id: uuidv7(), leaseId, kind: 'theft', from: today, until: pausedUntil, at: context.at });
  const reason =
    note ?? (pausedUntil === null ? 'reported stolen' : `reported stolen, nothing is collected until ${pausedUntil}`);
  // Stolen first: what moves its lines is no payment, and starts no vehicle that is stopped.
  const row = await changeStatus(context, { leaseId, to: 'stolen', reason }, { pausedUntil, promisedOn: null });
  // Nothing waits for it to be found: somebody hears of it now, as at the end of a pause.
  if (pausedUntil === null)
    await openCase(context, { kind: 'theft_unresolved', leaseId, paymentId: null, detail: { until: null } });
  const moved = await movedBy(context, { ...before, row }, pausedUntil === null ? 0 : (days ?? 0));
  return standingOf(moved, context.at);
}

/** For how many days collection waits: those of the plan, in a year, however often a theft is reported. Null for none. */
async function daysLeft({ tx }: Context, { id, plan }: LeaseRow, today: LocalDate): Promise<number | null> {
  const isLately = and(eq(pauses.leaseId, id), eq(pauses.kind, 'theft'), gt(pauses.until, addDays(today, -365)));
  const taken = (await tx.select().from(pauses).where(isLately)).reduce((sum, pause) => sum + daysOf(pause), 0);
  const left = (theftPauseOf(plan) ?? 0) - taken;
  return left > 0 ? left : null;
}

async function movedBy(context: Context, before: LeaseRecord, days: number): Promise<LeaseRecord> {
  if (days === 0) return before;
  const today = businessDate(before.row, context.at);
  // A report is no way out of arrears that were there before it: anybody may make one of himself.
  const graceEnds = addDays(today, -before.row.plan.graceDays);
  return reschedule(context, before, moveUnpaid(matured(before.lines, today), days, graceEnds));
}

function stolenAtOf({ at }: Context, { handedOverAt }: LeaseRow, said: string | undefined): Date {
  if (said === undefined) return at;
  const stolenAt = new Date(said);
  const refuse = (message: string) =>
    new Problem('unprocessable', 'the theft cannot have been then', [{ path: 'at', message }]);
  if (stolenAt > at) throw refuse('must not be in the future, by the clock of the lease');
  if (handedOverAt !== null && stolenAt < handedOverAt) throw refuse('must be after the handover');
  return stolenAt;
}

/**
 * The vehicle was found: the lease goes on as its books say, and days of the theft's pause that were not taken are taken
 * back from the schedule.
 *
 * @throws Problem invalid_state unless it is stolen.
 */
export async function recoverTheft(context: Context, { leaseId, note }: Ordered<'recoverTheft'>): Promise<Standing> {
  const found = await lockLeaseFor('recoverTheft', context, leaseId);
  const record = await endEarly(context, found);
  const { daysPastDue } = await positionInDoubt(context, record);
  const to = daysPastDue > record.row.plan.graceDays ? 'in_arrears' : 'active';
  const row = await changeStatus(context, { leaseId, to, reason: note ?? 'the vehicle was found' });
  await noteFound(context, leaseId);
  return standingOf(await reckonAnew(context, { ...record, row }), context.at);
}

async function noteFound(context: Context, leaseId: string): Promise<void> {
  const { tx, at } = context;
  await tx
    .update(thefts)
    .set({ recoveredAt: at })
    .where(and(eq(thefts.leaseId, leaseId), isNull(thefts.recoveredAt)));
  const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'theft_unresolved'));
  await closeCasesOf(context, isOpen, 'the vehicle was found');
}
