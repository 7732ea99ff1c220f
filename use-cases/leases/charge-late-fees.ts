import { and, eq, not, sql } from 'drizzle-orm';
import { doubtsOf } from '#db/queries/doubts';
import { outer } from '#db/queries/outer';
import { entries, transfers } from '#db/schema/index';
import { mayBeTaken } from '#domain/leases/commands';
import { lateFeesDue, lateFeesPutOff } from '#domain/leases/late-fee';
import type { Standing } from '#domain/leases/standing';
import { paceOf } from '#domain/leases/status';
import { keys } from '#domain/ledger/keys';
import { money } from '#domain/money';
import { books, lateFee } from '#domain/ledger/ledger';
import { record, type Context } from '../context.ts';
import { postTransfer } from '../ledger/post-transfer.ts';
import { feeKey } from './fee-lines.ts';
import { feesDueAgain } from './fees-due-again.ts';
import { notePutOff } from './fees-put-off.ts';
import { mayObject } from './objection.ts';
import {
  businessDate,
  feeFacts,
  leastAskedOf,
  lockLease,
  positionAt,
  standingOf,
  unitOf,
  updateLease,
  updateLines,
  type LeaseRecord,
} from './lease-record.ts';

/**
 * Charges the late fees of the lease's own today, each line's once. Nothing is charged where the plan has none, while the
 * lease is paused, once it has ended, or while its customer may have undone what makes him pay more each time. A line that
 * money in doubt may have paid is looked at again the next day, and when the doubt is over. It is charged then also where it
 * was paid too late meanwhile.
 */
export async function chargeLateFees(
  context: Context,
  { leaseId }: { leaseId: string },
): Promise<{ charged: number; standing: Standing }> {
  const found = await lockLease(context.tx, leaseId);
  if (!mayBeTaken('charge_late_fees', paceOf(found.row)))
    return { charged: 0, standing: standingOf(found, context.at) };
  const known = await feesDueAgain(context, found);
  const after = (await mayObject(context, known.row)) ? known : await chargeOfToday(context, known);
  return { charged: await chargedNow(context, after.row), standing: standingOf(after, context.at) };
}

/** What stands of the fees that were booked at this step, minor units: also for who asks again, since the answer was lost. */
async function chargedNow(context: Context, row: LeaseRecord['row']): Promise<number> {
  const isUndone = sql`exists (select from ledger.transfers undone where undone.reverses = ${outer(transfers.id)})`;
  const [sum] = await context.tx
    .select({ charged: sql<string>`coalesce(sum(${entries.amount}), 0)` })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .where(
      and(
        eq(transfers.leaseId, row.id),
        eq(transfers.kind, 'late_fee'),
        eq(transfers.at, context.at),
        sql`${entries.amount} > 0`,
        not(isUndone),
      ),
    );
  return Number(sum?.charged ?? 0);
}

async function chargeOfToday(context: Context, before: LeaseRecord): Promise<LeaseRecord> {
  const { row, lines } = before;
  const leaseId = row.id;
  const today = businessDate(row, context.at);
  const { depositDue, feesDue } = positionAt(before, context.at);
  const doubts = (await doubtsOf(context.tx, [row])).get(row.id) ?? [];
  const facts = feeFacts(before);
  const circumstances = { unit: unitOf(row), leastAsked: leastAskedOf(row), doubts, depositDue, feesDue };
  await notePutOff(context, row, lateFeesPutOff(today, facts, circumstances));
  const due = lateFeesDue(today, facts, circumstances);
  const charged = due.reduce((sum, { amount }) => sum + amount, 0);
  if (charged === 0) return before;
  for (const { instalment, amount } of due) {
    const key = await feeKey(context, keys.lateFee(leaseId, row.scheduleVersion, instalment));
    await postTransfer(context, {
      key,
      kind: 'late_fee',
      leaseId,
      book: books.lease(leaseId),
      currency: row.currency,
      businessDate: today,
      description: `late fee for instalment ${instalment}`,
      cause: { leaseId, instalment: String(instalment) },
      entries: lateFee(leaseId, amount),
    });
    await record(context, {
      key,
      type: 'lease.late_fee_charged',
      subject: leaseId,
      leaseId,
      leaseStatus: row.status,
      detail: { instalment, amount: money(amount, row.currency) },
    });
  }
  const marked = lines.map((line) =>
    due.some(({ instalment }) => instalment === line.number) ? { ...line, feeChargedOn: today } : line,
  );
  await updateLines(
    context,
    row,
    marked.filter((line, i) => line !== lines[i]),
  );
  return { row: await updateLease(context, row, { feesCharged: row.feesCharged + charged }), lines: marked };
}
