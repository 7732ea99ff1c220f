import { formatMoney, money } from '#domain/money';
import { allocate } from '#domain/leases/allocation';
import { spendCredit } from '#domain/leases/lease-credit';
import { phaseOf } from '#domain/leases/status';
import { accounts, receipt, type AllocationPart } from '#domain/ledger/ledger';
import { recordOnLease, type Context } from '../context.ts';
import { creditShares } from './credit-shares.ts';
import { applyAllocation, roundOff } from './apply-allocation.ts';
import { positionAt, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { reallocate } from '../payments/reallocate.ts';

/**
 * Credit of a lease that has not ended pays what is owed, before the handover the deposit; at most `most` of it, minor units. A
 * rest of less than a unit is forgiven. Call it with the lease locked.
 */
export async function creditPays(context: Context, lease: LeaseRecord, most?: number): Promise<LeaseRecord> {
  const { row, lines } = lease;
  const { depositDue, feesDue } = positionAt(lease, context.at);
  const allocation = allocate(row.credit, { depositDue, feesDue, lines, ...(most === undefined ? {} : { most }) });
  const parts = allocation.parts.filter(({ component }) => component !== 'credit');
  if (parts.length === 0) return lease;
  const amount = parts.reduce((sum, part) => sum + part.amount, 0);
  const key = `credit-applied:${row.id}:${row.version}`;
  await postOnLease(context, row, {
    key,
    kind: 'credit_applied',
    description: `credit of ${formatMoney(money(amount, row.currency))} pays what is owed`,
    entries: receipt(row.id, accounts.unapplied(row.id), parts, phaseOf(row)),
  });
  await recordOnLease(context, row, {
    key,
    type: 'lease.credit_applied',
    detail: { amount: money(amount, row.currency) },
  });
  await noteSpent(context, row, parts);
  const applied = await applyAllocation(context, { row: { ...row, credit: 0 }, lines }, allocation);
  return roundOff(context, applied, phaseOf(row), { creditOf: String(row.version) });
}

/** The payments that brought the credit have paid what it went to. */
async function noteSpent(context: Context, row: LeaseRow, parts: readonly AllocationPart[]): Promise<void> {
  const { shares } = await creditShares(context, row);
  const sources = shares.map(({ payment: { id, allocation }, left }) => ({ id, allocation, left }));
  await reallocate(context, spendCredit(sources, parts));
}
