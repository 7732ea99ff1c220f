import { eq } from 'drizzle-orm';
import type { InboundRow } from '#db/queries/suspense';
import { inbound } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { formatMoney, money } from '#domain/money';
import { books, suspend } from '#domain/ledger/ledger';
import { record, type Context } from '../../context.ts';
import { postTransfer } from '../../ledger/post-transfer.ts';
import { unclaimed } from './item-of-payment.ts';

/**
 * Posts money to suspense, and lists it there.
 *
 * @param cause the id of what put it there: the money itself, or the payment of which it was taken back
 */
export async function suspendItem(context: Context, row: InboundRow, cause: string): Promise<void> {
  const { id: inboundId, provider, receipt, currency, market } = row;
  const amount = money(row.amount, currency);
  const suspenseTransferId = await postTransfer(context, {
    key: `suspense:${cause}`,
    kind: 'suspense',
    leaseId: null,
    book: books.provider(provider),
    currency,
    businessDate: localDateAt(context.at.getTime(), market),
    description: `${formatMoney(amount)} by ${provider} that matches no lease`,
    cause: { inboundId, providerReference: receipt },
    entries: suspend(provider, row.amount),
  });
  await context.tx
    .update(inbound)
    .set({ status: 'suspense', suspenseTransferId, ...unclaimed })
    .where(eq(inbound.id, inboundId));
  await record(context, {
    key: `inbound.suspended:${cause}`,
    type: 'inbound.suspended',
    subject: inboundId,
    detail: { provider, receipt, amount },
  });
}
