import { formatMoney, money } from '#domain/money';
import { allocate } from '#domain/leases/allocation';
import { payOf, spendCredit } from '#domain/leases/lease-credit';
import { isGivenUp, phaseOf } from '#domain/leases/status';
import { accounts, receipt, type AllocationPart } from '#domain/ledger/ledger';
import { recordOnLease, type Context } from '../context.ts';
import { creditShares, leftOver, type CreditShares } from './credit-shares.ts';
import { applyAllocation, roundOff } from './apply-allocation.ts';
import { debtAt, sumOfDebt, type Debt } from './debt.ts';
import { unitOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { tellWhenAllIsPaid } from './paid-after-write-off.ts';
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
  if (row.credit === 0) return lease;
  const debt = await debtAt(context, lease);
  if (sumOfDebt(debt) === 0) return lease;
  const credit = await creditShares(context, row);
  const free = Math.max(0, credit.free);
  const allocation = allocate(free, { ...inUnits(debt, free, row), ...(most === undefined ? {} : { most }) });
  const parts = allocation.parts.filter(({ component }) => component !== 'credit');
  if (parts.length === 0) return lease;
  const amount = free - allocation.credit;
  const key = `credit-applied:${row.id}:${row.version}`;
  await post(context, row, key, spentBy(credit, parts));
  await recordOnLease(context, row, {
    key,
    type: 'lease.credit_applied',
    detail: { amount: money(amount, row.currency) },
  });
  const applied = await applyAllocation(context, lease, { ...allocation, credit: -amount });
  const after = await roundOff(context, applied, phaseOf(row), { creditOf: String(row.version) });
  await tellWhenAllIsPaid(context, lease, after);
  return after;
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
function spentBy(credit: CreditShares, parts: readonly AllocationPart[]) {
  const open = parts.map((part) => ({ ...part }));
  const disputed = open.filter(({ component }) => component === 'disputed');
  const { paid: unowned } = payOf(disputed, leftOver(credit));
  const sources = credit.shares.map(({ payment: { id, allocation }, left }) => ({ id, allocation, left }));
  const { spent, rest } = spendCredit(sources, open);
  return { spent, unowned: [...unowned, ...rest] };
}

/** What was given up and a payment's credit has paid is recovered by that payment: each has its transfer. */
async function post(
  context: Context,
  row: LeaseRow,
  key: string,
  { spent, unowned }: ReturnType<typeof spentBy>,
): Promise<void> {
  const { id: leaseId, currency } = row;
  const all = [...spent.flatMap(({ paid }) => paid), ...unowned];
  const each = [
    ...spent.map(({ id, paid }) => ({ as: `${key}:${id}`, parts: paid, cause: { leaseId, paymentId: id } })),
    { as: key, parts: unowned, cause: { leaseId } },
  ];
  const transfers = isGivenUp(row.status) ? each : [{ as: key, parts: all, cause: { leaseId } }];
  for (const { as, parts, cause } of transfers) {
    if (parts.length === 0) continue;
    const amount = parts.reduce((sum, part) => sum + part.amount, 0);
    await postOnLease(context, row, {
      key: as,
      kind: 'credit_applied',
      description: `credit of ${formatMoney(money(amount, currency))} pays what is owed`,
      cause,
      entries: receipt(leaseId, accounts.unapplied(leaseId), parts, phaseOf(row)),
    });
  }
  await reallocate(
    context,
    spent.map(({ id, allocation }) => [id, allocation] as const),
  );
}
