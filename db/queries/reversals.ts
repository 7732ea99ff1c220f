import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import type { Wall } from '#domain/payments/wire';
import type { Queryable } from '../client.ts';
import { attempts, transfers } from '../schema/index.ts';
import { bearingReceipts } from './receipts.ts';

/**
 * What a provider took back by the transfer that a query of payments joins: minor units, null where it took nothing. It is less
 * than the payment where a part had gone back before, or it took a part.
 */
export const takenBackSum = sql<string | null>`(select -sum(e.amount) from ledger.entries e
  join ledger.accounts a on a.id = e.account_id
  where e.transfer_id = ${transfers.id} and a.name = 'clearing:' || ${attempts.provider})`;

/** Joins the transfers that took a payment back as it is booked: parts of it, and the one that undid what was left. */
export const isReversal = and(
  and(eq(transfers.leaseId, attempts.leaseId), eq(transfers.kind, 'reversal')),
  or(
    eq(transfers.reverses, attempts.transferId),
    eq(sql`${transfers.cause} ->> 'transferId'`, sql`${attempts.transferId}::text`),
  ),
);

/** What took a payment back since it was booked last: by the last of these transfers, since the first, and how much in all. */
export async function reversalOf(db: Queryable, paymentId: string) {
  const found = await db
    .select({ id: transfers.id, createdAt: transfers.createdAt, takenBack: takenBackSum })
    .from(attempts)
    .innerJoin(transfers, isReversal)
    .where(eq(attempts.id, paymentId))
    .orderBy(asc(transfers.number));
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`payment ${paymentId} was reversed by no transfer`);
  const sums = found.flatMap(({ takenBack }) => (takenBack === null ? [] : [Number(takenBack)]));
  const takenBack = sums.length === 0 ? null : sums.reduce((total, sum) => total + sum, 0);
  return { id: last.id, since: first.createdAt, takenBack };
}

/** What a provider took back of what a customer paid by himself, whichever leases had it, as it is booked: minor units. */
export async function takenOfReceipt(db: Queryable, wall: Wall, receipt: string) {
  const rows = await db
    .select({ id: transfers.id, createdAt: transfers.createdAt, amount: takenBackSum })
    .from(attempts)
    .innerJoin(transfers, isReversal)
    .where(
      and(
        and(eq(attempts.kind, 'inbound'), bearingReceipts(wall, [receipt])),
        // What was left of it may have been put into suspense instead.
        or(isNull(transfers.reverses), isNull(attempts.source)),
      ),
    );
  return rows.flatMap(({ amount, ...one }) => (amount === null ? [] : [{ ...one, amount: Number(amount) }]));
}
