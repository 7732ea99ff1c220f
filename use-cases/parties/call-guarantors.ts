import { and, asc, eq, gte, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { openDeathOf } from '#db/queries/deaths';
import { paidByGuarantors } from '#db/queries/guarantees';
import { leaseClock } from '#db/queries/leases';
import { guarantees, leases, notifications } from '#db/schema/index';
import { daysBetween, instantOf, localDate, type LocalDate } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { afterQuietHours } from '#domain/quiet-hours';
import { askedOf, CALLED_EVERY_DAYS, guarantorAfterOf, isCalled } from '#domain/parties/guarantee';
import { doEach } from '#platform/attempt-each';
import { transact, type Context } from '../context.ts';
import { positionInDoubt } from '../leases/in-doubt.ts';
import { businessDate } from '../leases/lease-record.ts';
import { lockGuarantee, tellOfGuarantee } from './guarantee-record.ts';
import { overdueAsConsented } from './overdue-as-consented.ts';

const late = ['active', 'in_arrears', 'immobilised'] as const;

/**
 * Calls upon those who answer for leases that are late beyond what their plan says, after the customer was told, by day, not
 * too often, and one after the other where there are two. Upkeep looks every few minutes.
 *
 * @param wall the wall's time; days past due are on the clock of each lease
 */
export async function callGuarantors(db: Database, wall: Date, beat: () => void): Promise<void> {
  const due = await db
    .select({ id: guarantees.id, clockOffsetMs: leases.clockOffsetMs })
    .from(guarantees)
    .innerJoin(leases, eq(leases.id, guarantees.leaseId))
    .where(and(eq(guarantees.status, 'consented'), inArray(leases.status, [...late]), mayBeCalled(wall)))
    .orderBy(asc(guarantees.calls), asc(guarantees.id));
  await doEach(due, async ({ id, clockOffsetMs }) => {
    beat();
    const at = leaseClock({ clockOffsetMs }, wall.getTime());
    await transact(db, system('parties'), at, (context) => callGuarantor(context, id));
  });
}

/** What no lease has to be locked for to know: by days of UTC, which are a day off at most. */
function mayBeCalled(wall: Date) {
  const today = sql`(${wall.toISOString()}::timestamptz + ${leases.clockOffsetMs} * interval '1 millisecond')::date + 1`;
  const after = sql`coalesce((${leases.plan} ->> 'guarantorAfterDaysPastDue')::int, ${guarantorAfterOf({})})`;
  return and(
    sql`${leases.oldestUnpaidOn} + ${after} < ${today}`,
    or(isNull(guarantees.calledOn), sql`${guarantees.calledOn} + ${sql.raw(String(CALLED_EVERY_DAYS))} <= ${today}`),
  );
}

/** Asks him for what is overdue by the schedule to which he has said yes, as far as he answers for it. @returns whether he is asked now */
export async function callGuarantor(context: Context, guaranteeId: string): Promise<boolean> {
  const { tx, at } = context;
  const { lease, row } = await lockGuarantee(context, guaranteeId);
  const { status, market, plan, customerId, id: leaseId } = lease.row;
  if (row.status !== 'consented' || !late.some((one) => one === status)) return false;
  // Not at night, and for nobody who has died: his estate has its time.
  if (afterQuietHours(at.getTime(), null, market) !== at.getTime()) return false;
  if ((await openDeathOf(tx, customerId)) !== undefined) return false;
  const { daysPastDue, overdue, oldestUnpaidOn } = await positionInDoubt(context, lease);
  if (overdue === 0 || oldestUnpaidOn === null) return false;
  const today = businessDate(lease.row, at);
  const paid = (await paidByGuarantors(tx, [row.id])).get(row.id) ?? 0;
  const agreed = await overdueAsConsented(context, lease, row.consentedAt ?? row.invitedAt, today);
  const asked = askedOf(Math.min(overdue, agreed ?? overdue), { cap: row.cap, paid });
  const call = {
    daysPastDue,
    after: guarantorAfterOf(plan),
    notices: await reminded(context, { leaseId, customerId, since: new Date(instantOf(oldestUnpaidOn, 0, market)) }),
    calls: row.calledFor === oldestUnpaidOn ? row.calls : 0,
    lastCallDays: await lastCallDays(context, leaseId, today),
  };
  if (asked === 0 || !isCalled(call)) return false;
  const called = { calledFor: oldestUnpaidOn, calledOn: today, calls: call.calls + 1 };
  await tx.update(guarantees).set(called).where(eq(guarantees.id, row.id));
  await tellOfGuarantee(context, lease.row, row, 'guarantor.called', asked);
  return true;
}

/** How many days ago anybody was called upon for a lease: what two are asked for at once is paid twice. */
async function lastCallDays({ tx }: Context, leaseId: string, today: LocalDate): Promise<number | null> {
  const [last] = await tx
    .select({ on: sql<string | null>`max(${guarantees.calledOn})` })
    .from(guarantees)
    .where(eq(guarantees.leaseId, leaseId));
  return last?.on == null ? null : daysBetween(localDate(last.on), today);
}

/** Reminders that have reached the customer since the oldest unpaid day. */
function reminded(
  { tx }: Context,
  { leaseId, customerId, since }: { readonly leaseId: string; readonly customerId: string; readonly since: Date },
): Promise<number> {
  const isReminder = and(eq(notifications.leaseId, leaseId), eq(notifications.template, 'reminder'));
  const hasReached = and(eq(notifications.userId, customerId), isNotNull(notifications.sentAt));
  return tx.$count(notifications, and(isReminder, hasReached, gte(notifications.askedAt, since)));
}
