import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { books, waiver } from '#domain/ledger/ledger';
import { money } from '#domain/money';
import { record, type Context } from '../context.ts';
import { postTransfer } from '../ledger/post-transfer.ts';
import { roundOff } from './apply-allocation.ts';
import { tellOfAccount } from './tell-of-account.ts';
import { businessDate, lockLeaseFor, positionAt, standingOf, updateLease, type LeaseRecord } from './lease-record.ts';

/**
 * Forgives fees that are not paid; a rest of less than a unit is forgiven with them.
 *
 * @throws Problem invalid_state unless the lease runs; unprocessable when fewer are due.
 */
export async function waiveFees(
  context: Context,
  { leaseId, amount, reason }: Ordered<'waiveFees'>,
): Promise<Standing> {
  const before = await lockLeaseFor('waiveFees', context, leaseId);
  const { row } = before;
  const { feesDue } = positionAt(before, context.at);
  if (amount > feesDue) {
    const message = `must be at most the fees that are due, ${feesDue}`;
    throw new Problem('unprocessable', 'there are not so many fees to waive', [{ path: 'amount.amount', message }]);
  }
  const key = `fee-waiver:${leaseId}:${row.feesWaived + amount}`;
  const forgiven = await forgiveFees(context, before, { key, amount, reason });
  const after = await roundOff(context, forgiven, 'running', { waiver: key });
  await tellOfAccount(context, after, { key, change: 'fees_waived', amount });
  return standingOf(after, context.at);
}

/** Fees that are due are not owed any more. Call it with the lease locked. */
export async function forgiveFees(
  context: Context,
  before: LeaseRecord,
  { key, amount, reason }: { key: string; amount: number; reason: string },
): Promise<LeaseRecord> {
  const { row } = before;
  await postTransfer(context, {
    key,
    kind: 'fee_waiver',
    leaseId: row.id,
    book: books.lease(row.id),
    currency: row.currency,
    businessDate: businessDate(row, context.at),
    description: 'late fee forgiven',
    cause: { leaseId: row.id },
    entries: waiver(row.id, new Map([['fee', amount]])),
  });
  const after = await updateLease(context, row, { feesWaived: row.feesWaived + amount });
  await record(context, {
    type: 'lease.fees_waived',
    subject: row.id,
    leaseId: row.id,
    leaseStatus: row.status,
    detail: { amount: money(amount, row.currency), reason },
  });
  return { ...before, row: after };
}
