import { eq } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import { money, formatMoney } from '#domain/money';
import { accounts, receipt, type AllocationPart } from '#domain/ledger/ledger';
import { spendCredit } from '#domain/leases/lease-credit';
import { recordOnLease, type Context } from '../context.ts';
import { updateLease, type LeaseRow } from '../leases/lease-record.ts';
import { creditShares } from '../leases/credit-shares.ts';
import { phaseOf } from './post-payment.ts';
import { postOnLease } from '../ledger/post-transfer.ts';

/**
 * Nobody is given money back while he owes what was taken back: credit that is not on its way to him pays what is in
 * dispute, whichever of the two came first. What no payment brought any more goes first, since its payment was taken back
 * while it was on its way and never reached him. Call it with the lease locked, before anything is given back.
 */
export async function creditPaysDispute(context: Context, row: LeaseRow): Promise<LeaseRow> {
  if (row.disputed === 0 || row.credit === 0) return row;
  const { free, shares } = await creditShares(context, row);
  const amount = Math.min(row.disputed, free);
  if (amount <= 0) return row;
  const unowned = free - shares.reduce((sum, { left }) => sum + left, 0);
  const paid = (of: number): AllocationPart => ({ component: 'disputed', instalment: null, amount: of });
  const key = `dispute-paid:${row.id}:${row.version}`;
  await postOnLease(context, row, {
    key,
    kind: 'credit_applied',
    description: `credit of ${formatMoney(money(amount, row.currency))} pays what is in dispute`,
    entries: receipt(row.id, accounts.unapplied(row.id), [paid(amount)], phaseOf(row)),
  });
  await recordOnLease(context, row, {
    key,
    type: 'lease.dispute_paid',
    detail: { amount: money(amount, row.currency) },
  });
  const sources = shares.map(({ payment: { id, allocation }, left }) => ({ id, allocation, left }));
  for (const [id, allocation] of spendCredit(sources, [paid(Math.max(0, amount - unowned))]))
    await context.tx.update(attempts).set({ allocation }).where(eq(attempts.id, id));
  return updateLease(context, row, { credit: row.credit - amount, disputed: row.disputed - amount });
}
