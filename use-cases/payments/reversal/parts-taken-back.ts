import { and, eq, sql } from 'drizzle-orm';
import { accounts as accountRows, entries, transfers } from '#db/schema/index';
import { lessWentBack, partTakenBack, splitRecovery, takenBackParts } from '#domain/leases/lease-credit';
import { hasEnded, isGivenUp } from '#domain/leases/status';
import { accounts, type AllocationPart } from '#domain/ledger/ledger';
import type { Context } from '../../context.ts';
import { creditShares } from '../../leases/credit-shares.ts';
import type { LeaseRecord } from '../../leases/lease-record.ts';
import { isRedeemed } from '../../leases/repossession/repossession-record.ts';
import { saleWithoutShortfall } from '../../leases/repossession/paid-before-sale.ts';
import type { AttemptRow } from '../attempt-record.ts';
import type { takenNow } from './taken-now.ts';

/** How much of a payment was booked as recovery after a write-off, minus later reversals: reversing it moves that back to the write-off. */
async function recoveredOf({ tx }: Context, { id, leaseId }: AttemptRow): Promise<number> {
  const isOfIt = and(eq(transfers.leaseId, leaseId), eq(sql`${transfers.cause} ->> 'paymentId'`, id));
  const [recovered] = await tx
    .select({ amount: sql<string>`coalesce(-sum(${entries.amount}), 0)` })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accountRows, eq(accountRows.id, entries.accountId))
    .where(and(isOfIt, eq(accountRows.name, accounts.recovery)));
  return Number(recovered?.amount ?? 0);
}

/**
 * What is undone of what the payment was for, and what it is for from now on.
 *
 * @param notOwed what of it nobody owes by law, minor units
 */
export async function partsTakenBack(
  context: Context,
  lease: LeaseRecord,
  attempt: AttemptRow,
  { amount, back, isPart }: Awaited<ReturnType<typeof takenNow>>,
  notOwed: number,
): Promise<{ readonly parts: AllocationPart[]; readonly stays: AllocationPart[] }> {
  const { row } = lease;
  const { id, allocation } = attempt;
  const { free: there, shares } = await creditShares(context, row);
  // What is forgiven takes no credit.
  const free = Math.min(there, amount - notOwed);
  const left = shares.find(({ payment }) => payment.id === id)?.left ?? 0;
  const { taken, stays } = isPart
    ? partTakenBack(allocation, { amount, back, left })
    : { taken: lessWentBack(allocation, back), stays: [] };
  const ended = hasEnded(row.status);
  // A vehicle that its customer has had back is paid for, as one of a lease that is completed: it is not owed again.
  if (!isGivenUp(row.status) || (await isRedeemed(context.tx, row.id)))
    return { parts: takenBackParts(taken, { ended, free }), stays };
  const recovered = await recoveredOf(context, attempt);
  // Where nobody owes what a sale has not brought, nothing else is owed again: what is neither forgiven nor there is in dispute.
  const isForgiven = (await saleWithoutShortfall(context, lease)) !== null;
  const { recovery, rest } = splitRecovery(taken, isForgiven ? Math.min(recovered, notOwed) : recovered);
  const again = takenBackParts(recovery, { ended: false, free });
  return { parts: [...again, ...takenBackParts(rest, { ended, free })], stays };
}
