import { eq } from 'drizzle-orm';
import { settlementQuotes } from '#db/schema/index';
import { money } from '#domain/money';
import { openCase } from '../../cases/open-case.ts';
import type { Context } from '../../context.ts';
import type { LeaseRecord } from '../../leases/lease-record.ts';
import { settledBy } from '../../leases/note-settlement-stopped.ts';
import { quoteLeft } from '../../leases/quote-cover.ts';

/**
 * What is left of a quote that nobody has paid, in minor units. A settlement that was asked for in time is collected to
 * its end, but together never for more than was quoted: where more is owed by now, or the quote saves nothing any more, nothing
 * is asked for, and where a part is paid, a case says so.
 */
export async function settlementDue(context: Context, record: LeaseRecord, quoteId: string): Promise<number> {
  const [quote] = await context.tx.select().from(settlementQuotes).where(eq(settlementQuotes.id, quoteId));
  if (quote === undefined || quote.usedAt !== null) return 0;
  const left = await quoteLeft(context, record, quote);
  const paid = await settledBy(context, record.row.id, quoteId);
  if (left !== null && paid + left <= quote.amount) return left;
  if (paid > 0)
    await openCase(context, {
      kind: 'settlement_stopped',
      leaseId: record.row.id,
      paymentId: null,
      about: quoteId,
      detail: { paid: money(paid, record.row.currency), quoted: money(quote.amount, record.row.currency) },
    });
  return 0;
}
