import { and, eq } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { formatMoney, money } from '#domain/money';
import { books, returned } from '#domain/payments/ledger';
import { record, type Context } from '../../context.ts';
import { postTransfer } from '../../ledger/post-transfer.ts';

/**
 * Money in suspense went back to whoever had paid it, and left the provider's account: it waits for nobody any more.
 *
 * @param about.returnedAt on the provider's wall; `receipt` of what went back, as the provider names it
 * @returns false where it does not wait: a lease has it, or it went back before.
 */
export async function returnFromSuspense(
  context: Context,
  { inboundId, returnedAt, receipt }: { inboundId: string; returnedAt: Date; receipt: string | null },
): Promise<boolean> {
  const [row] = await context.tx
    .update(inbound)
    .set({ status: 'returned', returnedAt, leaseId: null })
    .where(and(eq(inbound.id, inboundId), eq(inbound.status, 'suspense')))
    .returning();
  if (row === undefined) return false;
  const { provider, currency, market } = row;
  const amount = money(row.amount, currency);
  await postTransfer(context, {
    key: `suspense-returned:${inboundId}`,
    kind: 'suspense_returned',
    leaseId: null,
    book: books.provider(provider),
    currency,
    businessDate: localDateAt(context.at.getTime(), market),
    valueOn: localDateAt(returnedAt.getTime(), market),
    description: `${formatMoney(amount)} from suspense back to whoever paid it by ${provider}`,
    cause: { inboundId, ...(receipt === null ? {} : { providerReference: receipt }) },
    entries: returned(provider, row.amount),
  });
  await record(context, {
    key: `inbound.returned:${inboundId}`,
    type: 'inbound.returned',
    subject: inboundId,
    detail: { provider, receipt, amount },
  });
  return true;
}
