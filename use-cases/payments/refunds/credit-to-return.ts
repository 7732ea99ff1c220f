import { and, desc, eq } from 'drizzle-orm';
import { booked } from '#db/queries/payment-states';
import { attempts } from '#db/schema/index';
import { creditInstead } from '#domain/leases/lease-credit';
import { hasEnded } from '#domain/leases/status';
import type { Context } from '../../context.ts';
import { creditPays } from '../../leases/credit-pays.ts';
import { creditShares, leftOver, type CreditShares } from '../../leases/credit-shares.ts';
import { debtAt, sumOfDebt } from '../../leases/debt.ts';
import type { LeaseRecord } from '../../leases/lease-record.ts';
import { reallocate } from '../reallocate.ts';
import { failUnsent } from '../outcomes/fail-unsent.ts';

/**
 * Whose money the credit of a lease is, before anything of it is given back or goes by what is owed. Nobody is given money back
 * while he owes: his credit pays what is in dispute, and of a lease that was given up what is owed, whichever came first, and a
 * refund that was ordered before and is not sent ends. Where the payment that brought the credit was taken back, the credit is
 * of the person who has paid the dispute since. Call it with the lease locked.
 */
export async function creditToReturn(context: Context, found: LeaseRecord): Promise<LeaseRecord & CreditShares> {
  const { id, status } = found.row;
  if (sumOfDebt(await debtAt(context, found)) > 0) await endUnsentRefunds(context, eq(attempts.leaseId, id));
  await nameOwners(context, found);
  // While a lease runs what is owed of it has a time, and a quote may have a claim to the credit.
  const lease = await creditPays(context, found, hasEnded(status) ? undefined : 0);
  return { ...lease, ...(await creditShares(context, lease.row)) };
}

/** Refunds of these that no provider has been sent are not sent any more. */
export async function endUnsentRefunds(context: Context, whose: ReturnType<typeof eq>): Promise<void> {
  const isUnsent = and(whose, eq(attempts.kind, 'refund'), eq(attempts.status, 'pending'), eq(attempts.sent, false));
  const unsent = await context.tx.select({ id: attempts.id }).from(attempts).where(isUnsent);
  for (const { id } of unsent) await failUnsent(context, id, 'not_due');
}

/**
 * A refund that was on its way when its payment was taken back, and failed after somebody had paid that dispute, was disputed
 * for nothing: what paid it, the newest first, is credit.
 */
async function nameOwners(context: Context, { row }: LeaseRecord): Promise<void> {
  if (row.credit <= row.disputed) return;
  const unowned = leftOver(await creditShares(context, row)) - row.disputed;
  if (unowned <= 0) return;
  const isBooked = and(eq(attempts.leaseId, row.id), booked);
  const payments = await context.tx
    .select({ id: attempts.id, allocation: attempts.allocation })
    .from(attempts)
    .where(isBooked)
    .orderBy(desc(attempts.createdAt), desc(attempts.id));
  const { changed } = creditInstead(payments, unowned, ({ component }) => component === 'disputed');
  await reallocate(context, changed);
}
