import { uuidv7 } from 'uuidv7';
import type { DeathRow } from '#db/queries/deaths';
import { pauses } from '#db/schema/index';
import { addDays, daysBetween, localDate } from '#domain/calendar';
import { lateBefore, moveUnpaid } from '#domain/leases/pause';
import { matured } from '#domain/leases/settlement';
import type { Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { endPauseEarly } from './end-pause-early.ts';
import { positionInDoubt } from './in-doubt.ts';
import { businessDate, reschedule, updateLease, type LeaseRecord } from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';
import { reckonAnew } from './settle-early.ts';
import { theftDaysLeft, waitForStolen } from './wait-for-stolen.ts';

interface Stillness {
  readonly kind: 'death' | 'hardship';
  readonly days: number;
  readonly reason: string;
}

/**
 * Nothing is collected, charged or reminded of for some days from the lease's own today, and its vehicle is not stopped: every
 * line that is not paid moves by as many. A pause that goes on ends with it; a stolen vehicle stays stolen. The total price stays.
 * Call it with the lease locked.
 */
export async function pauseForDays(context: Context, found: LeaseRecord, stillness: Stillness): Promise<LeaseRecord> {
  const { kind, days, reason } = stillness;
  const before = await endPauseEarly(context, found);
  const { id: leaseId, status, plan, scheduleVersion } = before.row;
  const today = businessDate(before.row, context.at);
  const pausedUntil = addDays(today, days);
  await supersedePromise(context, before.row);
  await context.tx.insert(pauses).values({
    id: uuidv7(),
    leaseId,
    kind,
    from: today,
    until: pausedUntil,
    version: scheduleVersion + 1,
    at: context.at,
  });
  const changes = { pausedUntil, promisedOn: null };
  // Still first: what moves its lines is no payment.
  const row =
    status === 'paused' || status === 'stolen'
      ? await updateLease(context, before.row, changes)
      : await changeStatus(context, { leaseId, to: 'paused', reason, event: 'lease.paused' }, changes);
  const from = lateBefore(kind, today, plan.graceDays);
  const lines = moveUnpaid(matured(before.lines, today), days, { today, from });
  return reschedule(context, { ...before, row }, lines);
}

/** As `pauseForDays`, until it has to be decided what becomes of the leases of a customer who is said to have died. */
export async function waitForEstate(context: Context, found: LeaseRecord, { dueOn }: DeathRow): Promise<LeaseRecord> {
  const days = Math.max(1, daysBetween(businessDate(found.row, context.at), localDate(dueOn)));
  const reason = 'the customer is said to have died';
  return pauseForDays(context, found, { kind: 'death', days, reason });
}

/** It is collected again, by its books; days that were not taken are taken back. A stolen vehicle is waited for again. Call it with the lease locked. */
export async function goOn(context: Context, found: LeaseRecord, reason: string): Promise<LeaseRecord> {
  const record = await endPauseEarly(context, found);
  const { row: known } = record;
  if (known.status === 'stolen')
    return waitForStolen(context, record, await theftDaysLeft(context, known, businessDate(known, context.at)));
  if (known.status !== 'paused') return record;
  const { daysPastDue } = await positionInDoubt(context, record);
  const to = daysPastDue > record.row.plan.graceDays ? 'in_arrears' : 'active';
  const row = await changeStatus(context, { leaseId: record.row.id, to, reason });
  return reckonAnew(context, { ...record, row });
}
