import { eq } from 'drizzle-orm';
import { partsOfSettlement } from '#db/queries/payments';
import { settlementUnderWay } from '#db/queries/quotes';
import { settlementQuotes } from '#db/schema/index';
import { isRunning } from '#domain/leases/status';
import { money } from '#domain/money';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import { leftOf } from './credit-shares.ts';
import { lockLease } from './lease-record.ts';

/**
 * A settlement goes no further, since a prompt of it was declined or nobody takes it. While the quote is good its
 * customer can go on by himself; afterwards, where he has paid a part of it, it is a person's case. Harmless to repeat.
 */
export async function noteSettlementStopped(
  context: Context,
  { leaseId, quoteId }: { readonly leaseId: string; readonly quoteId: string },
): Promise<void> {
  const { tx, at } = context;
  const { row } = await lockLease(tx, leaseId);
  const [quote] = await tx.select().from(settlementQuotes).where(eq(settlementQuotes.id, quoteId));
  if (quote === undefined || quote.usedAt !== null || quote.paidAt !== null || !isRunning(row.status)) return;
  if (at < quote.validUntil || (await settlementUnderWay(tx, leaseId))) return;
  const paid = await settledBy(context, leaseId, quoteId);
  if (paid === 0) return;
  await openCase(context, {
    kind: 'settlement_stopped',
    leaseId,
    paymentId: null,
    about: quoteId,
    detail: { paid: money(paid, row.currency), quoted: money(quote.amount, row.currency) },
  });
}

/** What settlements by a quote have paid, in minor units. */
export async function settledBy({ tx }: Pick<Context, 'tx'>, leaseId: string, quoteId: string): Promise<number> {
  const parts = await partsOfSettlement(tx, leaseId, quoteId);
  return parts.reduce((sum, part) => sum + leftOf(part), 0);
}
