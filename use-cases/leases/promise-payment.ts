import { and, count, eq, gt, gte, inArray, lt, lte, ne, notExists, or, sql, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { uuidv7 } from 'uuidv7';
import { currentSchedule, findLease } from '#db/queries/leases';
import { whileHeldBy } from '#db/queries/tenures';
import { accounts as accountRows, attempts, entries, promises, transfers } from '#db/schema/index';
import { addDays, instantOf, localDate, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { mayBeTaken, type Ordered } from '#domain/leases/commands';
import { positionOn } from '#domain/leases/position';
import { refusePromise } from '#domain/leases/promise';
import type { Standing } from '#domain/leases/standing';
import { paceOf } from '#domain/leases/status';
import { accounts } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { record, recordOnLease, type Context } from '../context.ts';
import { positionToGrant } from './in-doubt.ts';
import {
  businessDate,
  lockLease,
  leastAskedOf,
  lockLeaseFor,
  moneyOf,
  standingOf,
  unitOf,
  updateLease,
  type LeaseRecord,
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
    .where(
      and(
        eq(promises.leaseId, row.id),
        gt(promises.madeAt, new Date(context.at.getTime() - 90 * DAY)),
        whileHeldBy(row.customerId, promises.leaseId, promises.madeAt),
      ),
    );
  const undecided = await findOpen(context, row.id);
  const doubted = undecided === undefined ? null : (await paidFor(context, row, undecided)).doubtedBy;
  const { overdue, feesDue, nextDue } = await positionToGrant(context, before);
  const refused = refusePromise(businessDate(row, context.at), {
    on: localDate(input.on),
    amount: input.amount,
    asked: overdue + feesDue > 0 ? overdue + feesDue : (nextDue?.amount ?? 0),
    open: row.promisedOn !== null,
    doubt: undecided === undefined || doubted === null ? null : { paymentId: doubted, on: undecided.on },
    made: lately?.made ?? 0,
    broken: lately?.broken ?? 0,
    byStaff: isStaff(context.actor.role),
  });
  if (refused !== null) throw new Problem('promise_refused', refused, [{ path: 'on', message: refused }]);
  const due = await refuseMoreThanDue(context, before, input);
  const { on, amount } = input;
  // A lease whose pause or restructure left it behind may have one.
  await supersedePromise(context, row);
  await context.tx
    .insert(promises)
    .values({ id: uuidv7(), leaseId: row.id, on, amount, due, status: 'open', madeAt: context.at });
  const after = await updateLease(context, row, { promisedOn: on });
  await recordOnLease(context, row, {
    type: 'lease.payment_promised',
    detail: { on, amount: money(amount, row.currency) },
  });
  return standingOf({ ...before, row: after }, context.at);
}

/**
 * What is promised is due by its day, and not paid: whoever has paid all that was due by then has broken no promise.
 *
 * @returns what is due by its day, in minor units
 * @throws Problem unprocessable for more
 */
async function refuseMoreThanDue(
  context: Context,
  record: LeaseRecord,
  { on, amount }: Pick<Ordered<'promise'>, 'on' | 'amount'>,
): Promise<number> {
  const { depositDue, feesDue, dueNow } = await positionToGrant(context, record, localDate(on));
  const unit = unitOf(record.row);
  const due = depositDue + feesDue + dueNow;
  const most = Math.ceil(due / unit) * unit;
  if (amount <= most) return due;
  const [path, message] =
    most === 0 ? ['on', 'nothing is due by then'] : ['amount.amount', `must be at most ${most}, what is due by then`];
  throw new Problem('unprocessable', 'A promise is for no more than is due by its day', [{ path, message }]);
}

/**
 * What was promised for a day to come is not waited for any more: the days on which the lease is paid have changed, or it
 * ends. One that is paid already was kept, and so was one by whose day nothing is owed any more. One whose day is over was
 * kept or broken, or waits for a charge of which nobody knows yet.
 */
export async function supersedePromise(context: Context, row: LeaseRow): Promise<void> {
  const promise = await findOpen(context, row.id);
  if (promise === undefined) return;
  if (promise.on < businessDate(row, context.at)) return judge(context, row, promise);
  const { paid, isKept } = await paidFor(context, row, promise);
  if (isKept) return judge(context, row, promise);
  const lines = await currentSchedule(context.tx, row.id);
  const { depositDue, feesDue, dueNow } = positionOn(localDate(promise.on), moneyOf(row), lines);
  if (depositDue + feesDue + dueNow < leastAskedOf(row)) {
    const forgiven = Math.max(0, promise.amount - paid);
    await context.tx.update(promises).set({ forgiven }).where(eq(promises.id, promise.id));
    return judge(context, row, { ...promise, forgiven });
  }
  const { id, status } = row;
  await context.tx.update(promises).set({ status: 'superseded' }).where(eq(promises.id, promise.id));
  await record(context, {
    key: `promise:${promise.id}`,
    type: 'lease.promise_superseded',
    subject: id,
    leaseId: id,
    leaseStatus: status,
    detail: { on: promise.on },
  });
}

/**
 * The day after: the promise was kept when as much was paid by its day, by value dates, that was not known when it was made, less the fees of it
 * that fell. While a charge of which nobody knows yet may have kept it, it stays open: what becomes of the charge decides.
 */
export async function checkPromise(context: Context, { leaseId }: { leaseId: string }): Promise<Standing> {
  const before = await lockLease(context.tx, leaseId);
  const { row } = before;
  if (!mayBeTaken('check_promise', paceOf(row))) return standingOf(before, context.at);
  const open = await findOpen(context, leaseId);
  if (open !== undefined) await judge(context, row, open);
  const after = await updateLease(context, row, { promisedOn: null });
  return standingOf({ ...before, row: after }, context.at);
}

async function findOpen({ tx }: Context, leaseId: string): Promise<PromiseRow | undefined> {
  const isOpen = and(eq(promises.leaseId, leaseId), eq(promises.status, 'open'));
  const [open] = await tx.select().from(promises).where(isOpen).for('update');
  return open;
}

/** A charge in doubt was not paid: a promise whose day is over may have waited for it. The lease need not be locked. */
export async function reviewDoubtedPromise(context: Context, leaseId: string): Promise<void> {
  const open = await findOpen(context, leaseId);
  if (open === undefined) return;
  const row = await findLease(context.tx, leaseId);
  if (row !== undefined && open.on < businessDate(row, context.at)) await judge(context, row, open);
}

/**
 * What counts for a day in the past has changed: a promise that is paid by its day after all is kept, and one that is
 * not any more is broken. Call it with the lease locked, when the books are as they are now.
 *
 * @param since the first local day for which something has changed
 */
export async function reviewPromises(context: Context, row: LeaseRow, since: LocalDate): Promise<void> {
  if (since >= businessDate(row, context.at)) return;
  const isOver = and(gte(promises.on, since), lt(promises.on, businessDate(row, context.at)));
  const judged = await context.tx
    .select()
    .from(promises)
    .where(and(eq(promises.leaseId, row.id), inArray(promises.status, ['open', 'kept', 'broken']), isOver))
    .for('update');
  for (const promise of judged) await judge(context, row, promise, { valueOn: since });
}

/** What fees that were owed when it was promised fell by: they were waived by its day, or undone whenever that was. Minor units. */
async function feesFallen({ tx }: Context, row: LeaseRow, { madeAt, on }: PromiseRow): Promise<number> {
  const undone = alias(transfers, 'undone');
  const isWaived = and(eq(transfers.kind, 'fee_waiver'), gte(transfers.at, madeAt), lte(transfers.businessDate, on));
  const isUndone = and(eq(transfers.kind, 'late_fee_undone'), gt(transfers.at, madeAt), lte(undone.at, madeAt));
  const [fell] = await tx
    .select({ amount: sql<string>`coalesce(-sum(${entries.amount}), 0)` })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accountRows, eq(accountRows.id, entries.accountId))
    .leftJoin(undone, eq(undone.id, transfers.reverses))
    .where(
      and(
        and(eq(transfers.leaseId, row.id), eq(accountRows.name, accounts.receivable(row.id))),
        or(isWaived, isUndone),
      ),
    );
  return Number(fell?.amount ?? 0);
}

/** Judges a promise by what was paid for it by its day, and tells it where that is news. */
async function judge(context: Context, row: LeaseRow, promise: PromiseRow, news: object = {}): Promise<void> {
  const { paid, isKept, mayBeKept } = await paidFor(context, row, promise);
  const status = isKept ? 'kept' : 'broken';
  if (status === promise.status || (status === 'broken' && mayBeKept)) return;
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

/** Minor units. */
interface PaidFor {
  readonly paid: number;
  /** The charge of which nobody knows yet. */
  readonly doubtedBy: string | null;
  readonly isKept: boolean;
  /** By what nobody knows yet. */
  readonly mayBeKept: boolean;
}

/**
 * What was paid until a promise's day, by value dates, and was not known when it was made; and what may have been, by charges
 * that were asked for since. Money of before paid first what was due beside the promise.
 */
async function paidFor(context: Context, row: LeaseRow, promise: PromiseRow): Promise<PaidFor> {
  const { tx } = context;
  const { madeAt, on, amount, due, forgiven } = promise;
  const madeOn = businessDate(row, madeAt);
  const { valueOn, settledAt, requestedAt, status } = attempts;
  // The same money, which a slip had put into suspense, say.
  const had = alias(attempts, 'had');
  const known = tx
    .select({ one: sql`1` })
    .from(had)
    .where(
      and(
        and(eq(had.leaseId, row.id), eq(had.kind, 'inbound'), eq(attempts.kind, 'inbound')),
        and(eq(had.provider, attempts.provider), eq(had.providerReference, attempts.providerReference)),
        lte(had.settledAt, madeAt),
      ),
    );
  const isPaid = and(eq(status, 'succeeded'), lte(valueOn, on));
  const isNews = and(gt(settledAt, madeAt), ne(attempts.provider, 'former'), notExists(known));
  const until = new Date(instantOf(addDays(localDate(on), 1), 0, row.market));
  const isDoubted = and(inArray(status, ['pending', 'unknown']), gte(requestedAt, madeAt), lt(requestedAt, until));
  const sum = (which: SQL | undefined) =>
    sql<string>`coalesce(sum(coalesce(${attempts.settledAmount}, ${attempts.amount}) - ${attempts.takenBack}) filter (where ${which}), 0)`;
  const [found] = await tx
    .select({
      since: sum(and(isPaid, or(gt(valueOn, madeOn), and(eq(valueOn, madeOn), isNews)))),
      before: sum(and(isPaid, lt(valueOn, madeOn), isNews)),
      doubted: sum(isDoubted),
      doubtedBy: sql<string | null>`min(${attempts.id}::text) filter (where ${isDoubted})`,
    })
    .from(attempts)
    .where(and(eq(attempts.leaseId, row.id), ne(attempts.kind, 'refund')));
  const owed = (due ?? amount) - (await feesFallen(context, row, promise));
  const beside = Math.max(0, owed - amount);
  const paid = Number(found?.since ?? 0) + Math.max(0, Number(found?.before ?? 0) - beside);
  const asked = Math.min(amount, owed) - forgiven;
  const isKeptBy = (total: number) => asked - total < leastAskedOf(row);
  return {
    paid,
    doubtedBy: found?.doubtedBy ?? null,
    isKept: isKeptBy(paid),
    mayBeKept: isKeptBy(paid + Number(found?.doubted ?? 0)),
  };
}
