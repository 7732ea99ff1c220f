import { eq } from 'drizzle-orm';
import { accounts as accountRows, attempts, entries } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import { hasEnded, isRunning } from '#domain/leases/status';
import { formatMoney, money } from '#domain/money';
import { fill } from '#domain/payments/allocation';
import { accounts, books, reversal, type Entry } from '#domain/payments/ledger';
import type { AllocationPart } from '#domain/payments/payment';
import { record, type Context } from '../context.ts';
import {
  businessDate,
  lockLease,
  oldestUnpaid,
  standingOf,
  updateLease,
  updateLines,
  type LeaseRecord,
} from '../leases/lease-record.ts';
import { lockAttempt, type AttemptRow } from './attempt-record.ts';
import { backInSuspense } from './inbound/claim-suspense.ts';
import { postTransfer } from './post-transfer.ts';

/**
 * The provider took a payment back, or cash was booked by mistake: the counter-entry of its transfer, its
 * parts are owed again. Repeated, it changes nothing.
 *
 * @throws Problem invalid_state when the payment is not in the books, is a refund, belongs to a lease that is
 * over, or was given back already as credit.
 */
export async function reversePayment(
  context: Context,
  input: { leaseId: string; attemptId: string; reason: string },
): Promise<Standing> {
  const before = await lockLease(context.tx, input.leaseId);
  const attempt = await lockAttempt(context.tx, input.attemptId);
  if (attempt.leaseId !== before.row.id) throw new Problem('not_found', 'the lease has no such payment');
  if (attempt.status === 'reversed') return standingOf(before, context.at);
  refuseUnlessReversible(before, attempt);

  await postCounterEntry(context, before, attempt);
  await context.tx.update(attempts).set({ status: 'reversed' }).where(eq(attempts.id, attempt.id));
  if (attempt.source !== null && attempt.kind === 'inbound') await backInSuspense(context, { paymentId: attempt.id });
  const after = await owedAgain(context, before, attempt);
  const amount = money(attempt.settledAmount ?? attempt.amount, attempt.currency);
  await record(context, {
    key: `payment.reversed:${attempt.id}`,
    type: 'payment.reversed',
    subject: attempt.id,
    leaseId: before.row.id,
    leaseStatus: after.row.status,
    detail: { paymentId: attempt.id, amount, reason: input.reason },
  });
  return standingOf(after, context.at);
}

function refuseUnlessReversible({ row }: LeaseRecord, attempt: AttemptRow): void {
  const refuse = (why: string) => new Problem('invalid_state', why);
  if (attempt.status !== 'succeeded' || attempt.transferId === null) throw refuse('the payment is not in the books');
  if (attempt.refundOf !== null) throw refuse('a refund cannot be reversed');
  if (hasEnded(row.status)) throw refuse(`the lease is ${row.status}: its books are closed`);
  if (sumOf(attempt.allocation, 'credit') > row.credit) throw refuse('credit of this payment was used or given back');
}

/** The payment's entries the other way round; a deposit that was earned at handover is taken out of the income. */
async function postCounterEntry(context: Context, { row }: LeaseRecord, attempt: AttemptRow): Promise<void> {
  const transferId = attempt.transferId ?? '';
  const posted: Entry[] = await context.tx
    .select({ account: accountRows.name, amount: entries.amount })
    .from(entries)
    .innerJoin(accountRows, eq(accountRows.id, entries.accountId))
    .where(eq(entries.transferId, transferId))
    .orderBy(entries.line);
  const amount = money(attempt.settledAmount ?? attempt.amount, attempt.currency);
  const held = accounts.deposit(row.id);
  const moved = isRunning(row.status)
    ? posted.map((entry) => (entry.account === held ? { ...entry, account: accounts.income('vehicle') } : entry))
    : posted;
  await postTransfer(context, {
    key: `reversal:${attempt.id}`,
    kind: 'reversal',
    leaseId: row.id,
    book: books.lease(row.id),
    currency: row.currency,
    businessDate: businessDate(row, context.at),
    description: `${formatMoney(amount)} by ${attempt.provider} taken back`,
    cause: { paymentId: attempt.id, transferId },
    reverses: transferId,
    entries: merged(reversal(moved)),
  });
}

async function owedAgain(context: Context, { row, lines }: LeaseRecord, attempt: AttemptRow): Promise<LeaseRecord> {
  const parts = attempt.allocation;
  const back = parts.map((part) => ({ ...part, amount: -part.amount }));
  const after = lines.map((line) => (parts.some((part) => part.instalment === line.number) ? fill(line, back) : line));
  const changed = after.filter((line, i) => line !== lines[i]);
  await updateLines(context, row, changed);
  const deposit = sumOf(parts, 'deposit');
  const updated = await updateLease(context, row, {
    depositPaid: row.depositPaid - deposit,
    feesPaid: row.feesPaid - sumOf(parts, 'fee'),
    credit: row.credit - sumOf(parts, 'credit'),
    oldestUnpaidOn: row.scheduleVersion === 0 ? null : oldestUnpaid(after),
    ...(deposit > 0 && row.status === 'awaiting_handover' ? { status: 'awaiting_deposit' as const } : {}),
  });
  return { row: updated, lines: after };
}

function sumOf(parts: readonly AllocationPart[], component: string): number {
  return parts.reduce((sum, part) => sum + (part.component === component ? part.amount : 0), 0);
}

function merged(all: readonly Entry[]): Entry[] {
  const sums = new Map<string, number>();
  for (const { account, amount } of all) sums.set(account, (sums.get(account) ?? 0) + amount);
  return [...sums].filter(([, amount]) => amount !== 0).map(([account, amount]) => ({ account, amount }));
}
