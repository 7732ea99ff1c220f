import { and, count, eq, gt, gte, inArray, lte, ne, or, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { attempts, promises } from '#db/schema/index';
import { localDate, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { mayBeTaken, type Ordered } from '#domain/leases/commands';
import { refusePromise } from '#domain/leases/promise';
import type { Standing } from '#domain/leases/standing';
import { paceOf } from '#domain/leases/status';
import { money } from '#domain/money';
import { record, recordOnLease, type Context } from '../context.ts';
import { positionToGrant } from './in-doubt.ts';
import {
  businessDate,
  lockLease,
  leastAskedOf,
  lockLeaseFor,
  standingOf,
  updateLease,
  type LeaseRow,
} from './lease-record.ts';

type PromiseRow = typeof promises.$inferSelect;

const DAY = 24 * 3_600_000;

/** Takes a customer's promise to pay on a day: nothing is prompted before it. */
export async function promisePayment(context: Context, input: Ordered<'promise'>): Promise<Standing> {
  const before = await lockLeaseFor('promise', context, input.leaseId);
  const { row } = before;
  const [lately] = await context.tx
    .select({
      made: count(),
      broken: sql<number>`count(*) filter (where ${promises.status} = 'broken')`.mapWith(Number),
    })
    .from(promises)
    .where(and(eq(promises.leaseId, row.id), gt(promises.madeAt, new Date(context.at.getTime() - 90 * DAY))));
  const { overdue, feesDue, nextDue } = await positionToGrant(context, before);
  const refused = refusePromise(businessDate(row, context.at), {
    on: localDate(input.on),
    amount: input.amount,
    asked: overdue + feesDue > 0 ? overdue + feesDue : (nextDue?.amount ?? 0),
    open: row.promisedOn !== null,
    made: lately?.made ?? 0,
    broken: lately?.broken ?? 0,
    byStaff: isStaff(context.actor.role),
  });
  if (refused !== null) throw new Problem('promise_refused', refused, [{ path: 'on', message: refused }]);
  const { on, amount } = input;
  // A lease whose pause or restructure left it behind may have one.
  await supersedePromise(context, row);
  await context.tx
    .insert(promises)
    .values({ id: uuidv7(), leaseId: row.id, on, amount, status: 'open', madeAt: context.at });
  const after = await updateLease(context, row, { promisedOn: on });
  await recordOnLease(context, row, {
    type: 'lease.payment_promised',
    detail: { on, amount: money(amount, row.currency) },
  });
  return standingOf({ ...before, row: after }, context.at);
}

/** What was promised is not waited for any more: the days on which the lease is paid have changed. */
export async function supersedePromise(context: Context, { id, status }: LeaseRow): Promise<void> {
  const [promise] = await context.tx
    .update(promises)
    .set({ status: 'superseded' })
    .where(and(eq(promises.leaseId, id), eq(promises.status, 'open')))
    .returning();
  if (promise === undefined) return;
  await record(context, {
    key: `promise:${promise.id}`,
    type: 'lease.promise_superseded',
    subject: id,
    leaseId: id,
    leaseStatus: status,
    detail: { on: promise.on },
  });
}

/** The day after: the promise was kept when as much was paid, by value dates, since it was made. */
export async function checkPromise(context: Context, { leaseId }: { leaseId: string }): Promise<Standing> {
  const before = await lockLease(context.tx, leaseId);
  const { row } = before;
  if (!mayBeTaken('check_promise', paceOf(row))) return standingOf(before, context.at);
  const [open] = await context.tx
    .select()
    .from(promises)
    .where(and(eq(promises.leaseId, leaseId), eq(promises.status, 'open')));
  if (open !== undefined) await judge(context, row, open);
  const after = await updateLease(context, row, { promisedOn: null });
  return standingOf({ ...before, row: after }, context.at);
}

/**
 * What counts for a day in the past has changed: a promise that is paid by its day after all is kept, and one that is
 * not any more is broken. Call it with the lease locked, when the books are as they are now.
 *
 * @param since the first local day for which something has changed
 */
export async function reviewPromises(context: Context, row: LeaseRow, since: LocalDate): Promise<void> {
  if (since >= businessDate(row, context.at)) return;
  const judged = await context.tx
    .select()
    .from(promises)
    .where(and(eq(promises.leaseId, row.id), inArray(promises.status, ['kept', 'broken']), gte(promises.on, since)));
  for (const promise of judged) await judge(context, row, promise, { valueOn: since });
}

/** Judges a promise by what was paid for it by its day, and tells it where that is news. */
async function judge(context: Context, row: LeaseRow, promise: PromiseRow, news: object = {}): Promise<void> {
  const paid = await paidFor(context, row, promise);
  const status = promise.amount - paid < leastAskedOf(row) ? 'kept' : 'broken';
  if (status === promise.status) return;
  await context.tx.update(promises).set({ status }).where(eq(promises.id, promise.id));
  await recordOnLease(context, row, {
    type: `lease.promise_${status}`,
    detail: {
      on: promise.on,
      promised: money(promise.amount, row.currency),
      paid: money(paid, row.currency),
      ...news,
    },
  });
}

/** What was paid, by value dates, from when a promise was made until its day. Minor units. */
async function paidFor({ tx }: Context, row: LeaseRow, { madeAt, on }: PromiseRow): Promise<number> {
  const madeOn = businessDate(row, madeAt);
  const [sum] = await tx
    .select({ paid: sql<string>`coalesce(sum(coalesce(${attempts.settledAmount}, ${attempts.amount})), 0)` })
    .from(attempts)
    .where(
      and(
        eq(attempts.leaseId, row.id),
        eq(attempts.status, 'succeeded'),
        ne(attempts.kind, 'refund'),
        lte(attempts.valueOn, on),
        or(gt(attempts.valueOn, madeOn), and(eq(attempts.valueOn, madeOn), gt(attempts.settledAt, madeAt))),
      ),
    );
  return Number(sum?.paid ?? 0);
}
