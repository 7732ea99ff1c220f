import { and, desc, eq } from 'drizzle-orm';
import { booked } from '#db/queries/payment-states';
import { attempts } from '#db/schema/index';
import { creditInstead, spendCredit } from '#domain/leases/lease-credit';
import { accounts, receipt, type AllocationPart } from '#domain/ledger/ledger';
import { phaseOf } from '#domain/leases/status';
import { formatMoney, money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { creditShares, type CreditShares } from '../leases/credit-shares.ts';
import { unitOf, updateLease, type LeaseRow } from '../leases/lease-record.ts';
import { roundDispute } from '../leases/round-dispute.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { reallocate } from './reallocate.ts';
import { failUnsent } from './fail-unsent.ts';

/**
 * Whose money the credit of a lease is, before anything of it is given back. Nobody is given money back while he owes what
 * was taken back: his credit pays what is in dispute, whichever of the two came first, and a refund that was ordered before and
 * is not sent ends. Where the payment that
 * brought the credit was taken back, the credit is of the person who has paid the dispute since. Call it with the lease locked.
 */
export async function creditToReturn(
  context: Context,
  found: LeaseRow,
): Promise<{ readonly row: LeaseRow } & CreditShares> {
  if (found.disputed > 0) await endUnsentRefunds(context, eq(attempts.leaseId, found.id));
  const shares = await creditShares(context, found);
  const row = await payDispute(context, found, shares);
  if (row !== found) return { row, ...(await creditShares(context, row)) };
  return { row, ...((await nameOwners(context, row, shares)) ? await creditShares(context, row) : shares) };
}

/** Refunds of these that no provider has been sent are not sent any more. @returns how many there were */
export async function endUnsentRefunds(context: Context, whose: ReturnType<typeof eq>): Promise<number> {
  const isUnsent = and(whose, eq(attempts.kind, 'refund'), eq(attempts.status, 'pending'), eq(attempts.sent, false));
  const unsent = await context.tx.select({ id: attempts.id }).from(attempts).where(isUnsent);
  for (const { id } of unsent) await failUnsent(context, id, 'not_due');
  return unsent.length;
}

/**
 * Credit that is not on its way back pays what is in dispute, where there is enough in whole units. What no payment brought
 * any more goes first, since its payment was taken back while it was on its way and never reached him.
 */
async function payDispute(context: Context, row: LeaseRow, { free, shares }: CreditShares): Promise<LeaseRow> {
  const { disputed } = row;
  // What is left of a dispute of less than a unit is forgiven: what is left of the credit can be paid back.
  const amount = free < disputed ? free : disputed - (disputed % unitOf(row));
  if (amount <= 0) return row;
  const unowned = free - sumLeft(shares);
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
  await reallocate(context, spendCredit(sources, [paid(Math.max(0, amount - unowned))]));
  const after = await updateLease(context, row, { credit: row.credit - amount, disputed: disputed - amount });
  return roundDispute(context, after, { creditOf: String(row.version) });
}

/**
 * A refund that was on its way when its payment was taken back, and failed after somebody had paid that dispute, was disputed
 * for nothing: what paid it, the newest first, is credit.
 */
async function nameOwners(context: Context, row: LeaseRow, { free, shares }: CreditShares): Promise<boolean> {
  const unowned = free - sumLeft(shares);
  if (unowned <= 0 || row.disputed > 0) return false;
  const isBooked = and(eq(attempts.leaseId, row.id), booked);
  const payments = await context.tx
    .select({ id: attempts.id, allocation: attempts.allocation })
    .from(attempts)
    .where(isBooked)
    .orderBy(desc(attempts.createdAt), desc(attempts.id));
  const { changed } = creditInstead(payments, unowned, ({ component }) => component === 'disputed');
  await reallocate(context, changed);
  return changed.size > 0;
}

const sumLeft = (shares: CreditShares['shares']) => shares.reduce((sum, { left }) => sum + left, 0);
