import { money, formatMoney } from '#domain/money';
import { accounts, receipt } from '#domain/payments/ledger';
import { recordOnLease, type Context } from '../context.ts';
import { updateLease, type LeaseRow } from '../leases/lease-record.ts';
import { creditShares } from '../leases/credit-shares.ts';
import { phaseOf } from './post-payment.ts';
import { postOnLease } from '../ledger/post-transfer.ts';

/**
 * Credit that no payment brought any more, since its payment was taken back while it was on its way to the customer and
 * never reached him, pays what that put in dispute. Call it with the lease locked.
 */
export async function creditPaysDispute(context: Context, row: LeaseRow): Promise<LeaseRow> {
  if (row.disputed === 0 || row.credit === 0) return row;
  const { free, shares } = await creditShares(context, row);
  const unowned = free - shares.reduce((sum, { left }) => sum + left, 0);
  const amount = Math.min(row.disputed, unowned);
  if (amount <= 0) return row;
  const key = `dispute-paid:${row.id}:${row.version}`;
  await postOnLease(context, row, {
    key,
    kind: 'credit_applied',
    description: `credit of ${formatMoney(money(amount, row.currency))} pays what is in dispute`,
    entries: receipt(
      row.id,
      accounts.unapplied(row.id),
      [{ component: 'disputed', instalment: null, amount }],
      phaseOf(row),
    ),
  });
  await recordOnLease(context, row, {
    key,
    type: 'lease.dispute_paid',
    detail: { amount: money(amount, row.currency) },
  });
  return updateLease(context, row, { credit: row.credit - amount, disputed: row.disputed - amount });
}
