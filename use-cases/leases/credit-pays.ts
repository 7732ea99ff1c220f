import { formatMoney, money } from '#domain/money';
import { allocate } from '#domain/leases/allocation';
import { payOf, spendCredit } from '#domain/leases/lease-credit';
import { phaseOf } from '#domain/leases/status';
import { accounts, receipt, type AllocationPart } from '#domain/ledger/ledger';
import { recordOnLease, type Context } from '../context.ts';
import { creditShares, leftOver, type CreditShares } from './credit-shares.ts';
import { applyAllocation, roundOff } from './apply-allocation.ts';
import { debtOf, sumOfDebt, type Debt } from './debt.ts';
import { unitOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { reallocate } from '../payments/reallocate.ts';

/**
 * Credit that is not on its way back pays what is owed, before the handover the deposit, after a lease was given up what was
 * given up; then what is in dispute. A rest of less than a unit is forgiven. Call it with the lease locked.
 *
 * @param most that deposit, fees and lines get together, minor units
 */
export async function creditPays(context: Context, lease: LeaseRecord, most?: number): Promise<LeaseRecord> {
  const { row } = lease;
  const debt = debtOf(lease, context.at);
  if (row.credit === 0 || sumOfDebt(debt) === 0) return lease;
  const credit = await creditShares(context, row);
  const free = Math.max(0, credit.free);
  const allocation = allocate(free, { ...inUnits(debt, free, row), ...(most === undefined ? {} : { most }) });
  const parts = allocation.parts.filter(({ component }) => component !== 'credit');
  if (parts.length === 0) return lease;
  const amount = free - allocation.credit;
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
  await noteSpent(context, credit, parts);
  const applied = await applyAllocation(context, lease, { ...allocation, credit: -amount });
  return roundOff(context, applied, phaseOf(row), { creditOf: String(row.version) });
}

/** What is left of a dispute of less than a unit is forgiven: what is left of the credit can be paid back. */
function inUnits(debt: Debt, free: number, row: LeaseRow): Debt {
  const { disputed } = debt;
  return free < sumOfDebt(debt) ? debt : { ...debt, disputed: disputed - (disputed % unitOf(row)) };
}

/**
 * The payments that brought the credit have paid what it went to. What no payment brought any more pays what is in dispute first,
 * since its payment was taken back while it was on its way and never reached him.
 */
async function noteSpent(context: Context, credit: CreditShares, parts: readonly AllocationPart[]): Promise<void> {
  const open = parts.map((part) => ({ ...part }));
  payOf(
    open.filter(({ component }) => component === 'disputed'),
    leftOver(credit),
  );
  const sources = credit.shares.map(({ payment: { id, allocation }, left }) => ({ id, allocation, left }));
  await reallocate(context, spendCredit(sources, open));
}
