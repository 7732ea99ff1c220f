import { and, eq } from 'drizzle-orm';
import { scheduleOf } from '#db/queries/leases';
import { takenOverVersion } from '#db/queries/tenures';
import { scheduleChanges, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import { openAgain } from '#domain/leases/days-of-use';
import { isWorkout, OBJECTION_DAYS } from '#domain/leases/schedule-change';
import type { Standing } from '#domain/leases/standing';
import { undone } from '#domain/leases/undo-change';
import { accounts, receipt, takenBack } from '#domain/ledger/ledger';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { reallocate } from '../payments/reallocate.ts';
import { refuseWhileQuoteWaits } from './before-end.ts';
import { changed } from './change-schedule.ts';
import { changeStatus } from './change-status.ts';
import {
  lockLeaseFor,
  reschedule,
  standingOf,
  statusWithinGrace,
  type LeaseRecord,
  type LeaseRow,
} from './lease-record.ts';
import { asBefore, lastChangeOf, mayObject } from './objection.ts';
import { supersedePromise } from './promise-payment.ts';
import { tellOfSchedule } from './tell-schedule.ts';
import { paymentsOf } from './undo-late-fees.ts';

/**
 * The schedule is as if the last restructure, re-ageing or re-amortising had never been: payments since fill the lines of
 * before in the order of their value dates. Nobody owes more or less by it; whether the lease is late again its days say.
 *
 * @throws Problem invalid_state unless it is collected; schedule_change_refused as `refuseWithoutObjection`, and where the schedule was changed or made over
 * since, a late fee was charged by it or something of it was waived.
 */
export async function undoRestructure(
  context: Context,
  { leaseId, reason }: Ordered<'undoRestructure'>,
): Promise<Standing> {
  const now = await lockLeaseFor('undoRestructure', context, leaseId);
  const { row } = now;
  await refuseWhileQuoteWaits(context, row);
  const change = await lastChange(context, row);
  if (context.actor.role === 'customer') await refuseWithoutObjection(context, row);
  if (row.transferredAt !== null && change.version <= (await takenOverVersion(context.tx, row)))
    throw new Problem('schedule_change_refused', 'it was restructured before its customer has signed for it as it is');
  await refuseWithFees(context, row, change.version);
  const before = await asBefore(context, row, change, await scheduleOf(context.tx, leaseId, change.version - 1));
  if (before === null) throw changedSince();
  const first = change.made === 0 ? Infinity : (now.lines.at(-change.made)?.number ?? Infinity);
  const payments = (await paymentsOf(context, leaseId)).toReversed();
  const back = changed(() => undone(before, now.lines, first, payments));
  await supersedePromise(context, row);
  await payAnew(context, row, back);
  const after = await reschedule(context, now, openAgain(back.lines), { ...change.before, promisedOn: null });
  const version = after.row.scheduleVersion;
  await context.tx
    .update(scheduleChanges)
    .set({ undoneIn: version })
    .where(and(eq(scheduleChanges.leaseId, leaseId), eq(scheduleChanges.version, change.version)));
  await recordOnLease(context, row, {
    type: 'lease.restructure_undone',
    detail: { kind: change.kind, madeOn: change.on, reason, payments: back.changed.size, scheduleVersion: version },
  });
  await tellOfSchedule(context, 'undone', now, after);
  return standingOf(await withinGrace(context, after), context.at);
}

/** @throws Problem schedule_change_refused for a customer but where it has him pay more each time, and not long ago */
async function refuseWithoutObjection(context: Context, row: LeaseRow): Promise<void> {
  if (await mayObject(context, row)) return;
  throw new Problem(
    'schedule_change_refused',
    `you may have undone what makes you pay more each time, within ${OBJECTION_DAYS} days: an agent can help with the rest`,
  );
}

async function lastChange(context: Context, row: LeaseRow) {
  const change = await lastChangeOf(context, row);
  if (change !== undefined && isWorkout(change.kind)) return change;
  throw changedSince();
}

const changedSince = () =>
  new Problem('schedule_change_refused', 'its schedule was not restructured, or was changed since');

/** A late fee hangs on a line of the schedule by which it was charged. */
async function refuseWithFees({ tx }: Context, { id }: LeaseRow, version: number): Promise<void> {
  const since = and(eq(transfers.leaseId, id), eq(transfers.kind, 'late_fee'));
  const fees = await tx.select({ key: transfers.key }).from(transfers).where(since);
  if (fees.some(({ key }) => Number(key.split(':')[2]) >= version))
    throw new Problem('schedule_change_refused', 'a late fee was charged by the new schedule');
}

/** What payments had paid of lines that are gone they pay of those of before, and earn by their components. */
async function payAnew(context: Context, row: LeaseRow, back: ReturnType<typeof undone>): Promise<void> {
  if (back.changed.size === 0) return;
  const unapplied = accounts.unapplied(row.id);
  const sums = new Map<string, number>();
  for (const { account, amount } of [
    ...takenBack(row.id, unapplied, back.gone, 'running'),
    ...receipt(row.id, unapplied, back.instead, 'running'),
  ])
    sums.set(account, (sums.get(account) ?? 0) + amount);
  const entries = [...sums].filter(([, amount]) => amount !== 0).map(([account, amount]) => ({ account, amount }));
  if (entries.length > 0)
    await postOnLease(context, row, {
      key: `restructure-undone:${row.id}:${row.scheduleVersion}`,
      kind: 'restructure_undone',
      description: 'payments pay the lines of before a restructure',
      entries,
    });
  await reallocate(context, [...back.changed]);
}

async function withinGrace(context: Context, record: LeaseRecord): Promise<LeaseRecord> {
  const { row } = record;
  const to = statusWithinGrace(record, context.at);
  if (to === row.status) return record;
  return { ...record, row: await changeStatus(context, { leaseId: row.id, to, reason: 'a restructure was undone' }) };
}
