import { eq, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { attempts, transfers } from '../schema/index.ts';

/**
 * What a provider took back by the transfer that a query of payments joins: minor units, null where it took nothing. It is less
 * than the payment where a part had gone back before.
 */
export const takenBackSum = sql<string | null>`(select -sum(e.amount) from ledger.entries e
  join ledger.accounts a on a.id = e.account_id
  where e.transfer_id = ${transfers.id} and a.name = 'clearing:' || ${attempts.provider})`;

/** The transfer that reversed a payment last. */
export async function reversalOf(db: Queryable, paymentId: string) {
  const [found] = await db
    .select({ id: transfers.id, createdAt: transfers.createdAt, takenBack: takenBackSum })
    .from(attempts)
    .innerJoin(transfers, eq(transfers.reverses, attempts.transferId))
    .where(eq(attempts.id, paymentId));
  if (found === undefined) throw new Error(`payment ${paymentId} was reversed by no transfer`);
  return { ...found, takenBack: found.takenBack === null ? null : Number(found.takenBack) };
}
