import { and, eq, inArray, ne, type SQL } from 'drizzle-orm';
import { marketRules } from '#domain/markets';
import type { Currency } from '#domain/money';
import type { PaidBy } from '#domain/payments/payment';
import { normalReceipt } from '#domain/payments/receipt';
import type { Wall } from '#domain/payments/wire';
import type { Queryable } from '../client.ts';
import { attempts, giveBacks, inbound } from '../schema/index.ts';
import { normalForm } from '../schema/columns.ts';

/** A receipt of a provider in a market, however it is written. */
interface NamedReceipt {
  readonly provider: PaidBy;
  readonly currency: Currency;
  readonly receipt: string;
}

/**
 * The payments that have a receipt: only money that is there has one. What failed or was taken back has none, whatever
 * was typed or told for it.
 */
export function havingReceipt({ provider, currency, receipt }: NamedReceipt): SQL | undefined {
  return and(
    eq(attempts.provider, provider),
    eq(attempts.currency, currency),
    eq(normalForm(attempts.providerReference), normalReceipt(receipt)),
    eq(attempts.status, 'succeeded'),
  );
}

/**
 * Payments, and what goes back of them, that a provider numbers so in a market: another market and another provider have the
 * same numbers.
 *
 * @param receipts in their normal form
 */
export const bearingReceipts = ({ provider, market }: Wall, receipts: readonly string[]) =>
  and(
    eq(attempts.provider, provider),
    eq(attempts.currency, marketRules(market).currency),
    inArray(normalForm(attempts.providerReference), [...receipts]),
  );

/** The same of what was given back from suspense. */
export const givenBackBy = (db: Queryable, { provider, market }: Wall, receipts: readonly string[]) =>
  and(
    inArray(giveBacks.providerReference, [...receipts]),
    inArray(
      giveBacks.inboundId,
      db
        .select({ id: inbound.id })
        .from(inbound)
        .where(and(eq(inbound.provider, provider), eq(inbound.market, market))),
    ),
  );

/** Whether another payment than `id` has a receipt. Refunds may share one. */
export async function isReceiptTaken(db: Queryable, id: string, named: NamedReceipt): Promise<boolean> {
  const [other] = await db
    .select({ id: attempts.id })
    .from(attempts)
    .where(and(havingReceipt(named), ne(attempts.id, id), ne(attempts.kind, 'refund')))
    .limit(1);
  return other !== undefined;
}
