import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import { openDeathOf } from '#db/queries/deaths';
import { leases } from '#db/schema/index';
import { addDays, instantOf, localDate } from '#domain/calendar';
import { FURTHER_DAYS } from '#domain/leases/death';
import { isPast, leaseStatuses } from '#domain/leases/status';
import { openCase } from '../cases/open-case.ts';
import { emit, recordOnLease, type Context } from '../context.ts';
import { businessDate, lockLease, updateLease, type LeaseRecord } from './lease-record.ts';

/** Where something is the customer's that he would lose: an offer, a vehicle that is held for him, what he has paid. */
const kept = leaseStatuses.filter((status) => status === 'offered' || isPast('offered', status));

/** Days in which somebody who is found to live goes on with what has waited. */
const DAYS_AFTER = 3;
const DAY = 86_400_000;

/**
 * The end of an application whose customer is said to have died is put off: while it is not proven, then until his estate has
 * chosen, and where nobody has decided by then for another month each time, of which a person hears. Call it with the lease locked.
 *
 * @returns null where nobody has said so, and it ends
 */
export async function putOffForEstate(context: Context, before: LeaseRecord): Promise<LeaseRecord | null> {
  const { row } = before;
  const death = kept.includes(row.status) ? await openDeathOf(context.tx, row.customerId) : undefined;
  if (death === undefined) return null;
  const today = businessDate(row, context.at);
  const isInTime = today < death.dueOn;
  const until = isInTime ? addDays(localDate(death.dueOn), 1) : addDays(today, FURTHER_DAYS);
  if (!isInTime)
    await openCase(context, {
      kind: 'estate_overdue',
      leaseId: row.id,
      paymentId: null,
      detail: { until: death.dueOn },
    });
  return holdUntil(context, before, new Date(instantOf(until, 0, row.market)));
}

/** He lives: what has waited ends no sooner than he can go on with it, and no later for that. */
export async function endWaitForEstate(context: Context, customerId: string): Promise<void> {
  const { tx, at } = context;
  const until = new Date(at.getTime() + DAYS_AFTER * DAY);
  const isHeld = and(
    eq(leases.customerId, customerId),
    inArray(leases.status, kept),
    gt(leases.holdExtendedUntil, until),
  );
  const found = await tx.select({ id: leases.id }).from(leases).where(isHeld).orderBy(asc(leases.id));
  for (const { id } of found) {
    const { row } = await holdUntil(context, await lockLease(tx, id), until);
    const data = { leaseId: id, customerId, until: null };
    await emit(context, { type: 'death.refuted', subject: id, leaseId: id, data });
    await recordOnLease(context, row, { type: 'death.refuted', detail: { until: until.toISOString() } });
  }
}

async function holdUntil(context: Context, before: LeaseRecord, until: Date): Promise<LeaseRecord> {
  const row = await updateLease(context, before.row, { holdExtendedUntil: until });
  const detail = { until: until.toISOString(), reason: 'the customer is said to have died' };
  await recordOnLease(context, row, { type: 'lease.hold_extended', detail });
  return { ...before, row };
}
