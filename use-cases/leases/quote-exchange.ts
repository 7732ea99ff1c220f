import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { settlementQuotes } from '#db/schema/index';
import type { Context } from '../context.ts';
import { lastNumber } from './settle-early.ts';

/** No quote of the lease that is open is paid any more: its vehicle pays, or it is another customer's. Call it with the lease locked. */
export async function useOpenQuotes({ tx, at }: Context, leaseId: string): Promise<void> {
  const isOpen = and(eq(settlementQuotes.leaseId, leaseId), isNull(settlementQuotes.usedAt));
  await tx.update(settlementQuotes).set({ usedAt: at }).where(isOpen);
}

/** The quote that an exchange pays, which no other money can have been for. @returns its id */
export async function quoteExchange(
  { tx, at }: Context,
  quote: { readonly leaseId: string; readonly upgradeId: string; readonly amount: number; readonly saved: number },
): Promise<string> {
  const id = uuidv7();
  await tx
    .insert(settlementQuotes)
    .values({ id, ...quote, quotedAt: at, validUntil: at, bookNumber: lastNumber(quote.leaseId) });
  return id;
}
