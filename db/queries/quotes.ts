import { and, desc, eq, inArray, isNull, or } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { prebuiltRows } from '../prebuilt.ts';
import { attempts, settlementQuotes } from '../schema/index.ts';

export type QuoteRow = typeof settlementQuotes.$inferSelect;

/** Quotes by which a lease can still be settled, the one that saves most first, and of those the newest. */
export function openQuotes(db: Queryable, leaseId: string): Promise<QuoteRow[]> {
  return selectOpenQuotes(db, { leaseId });
}

const selectOpenQuotes = prebuiltRows(settlementQuotes, (db, given) =>
  db
    .select()
    .from(settlementQuotes)
    .where(and(eq(settlementQuotes.leaseId, given('leaseId')), isNull(settlementQuotes.usedAt)))
    .orderBy(desc(settlementQuotes.saved), desc(settlementQuotes.quotedAt)),
);

/** The quote that is paid and by which the lease is not settled yet. */
export async function paidQuote(db: Queryable, leaseId: string): Promise<QuoteRow | undefined> {
  return (await openQuotes(db, leaseId)).find(({ paidAt }) => paidAt !== null);
}

/** True while a settlement's payment is pending or unknown, or paid and not in the books. */
export async function settlementUnderWay(db: Queryable, leaseId: string): Promise<boolean> {
  const isUnbooked = and(eq(attempts.status, 'succeeded'), isNull(attempts.transferId));
  const isOpen = or(inArray(attempts.status, ['pending', 'unknown']), isUnbooked);
  const open = await db
    .select({ id: attempts.id })
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), eq(attempts.kind, 'settlement'), isOpen))
    .limit(1);
  return open.length > 0;
}
