import { and, eq, inArray } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { keys } from '#domain/ledger/keys';
import { formatMoney, money } from '#domain/money';
import { books, returned } from '#domain/ledger/ledger';
import { record, type Context } from '../../context.ts';
import { postTransfer } from '../../ledger/post-transfer.ts';
import { closeGiveBackFailed } from './give-back/close-give-back-failed.ts';
import { keepTakenBackLine } from '../lines/taken-back-line.ts';

interface Return {
  readonly inboundId: string;
  /** On the provider's wall. */
  readonly at: Date;
  /** Of what went back, as the provider names it. */
  readonly receipt: string | null;
  /** Whether we gave it back: then the give-back tells when. */
  readonly byUs: boolean;
}

/**
 * Money in suspense went back to whoever had paid it, and left the provider's account: it waits for nobody any more.
 *
 * @returns the transfer; null where it does not wait: a lease has it, or it went back before.
 */
export async function returnFromSuspense(
  context: Context,
  { inboundId, at, receipt, byUs }: Return,
): Promise<string | null> {
  const [row] = await context.tx
    .update(inbound)
    .set({ status: 'returned', returnedAt: byUs ? null : at, leaseId: null })
    .where(and(eq(inbound.id, inboundId), inArray(inbound.status, ['suspense', 'returning'])))
    .returning();
  if (row === undefined) return null;
  const { provider, currency, market } = row;
  const amount = money(row.amount, currency);
  // What a person has said to be back by mistake waits again, by another transfer, and may go back again.
  const once = `${inboundId}:${row.suspenseTransferId}`;
  const transferId = await postTransfer(context, {
    key: keys.suspenseReturned(once),
    kind: 'suspense_returned',
    leaseId: null,
    book: books.provider(provider),
    currency,
    businessDate: localDateAt(context.at.getTime(), market),
    valueOn: localDateAt(at.getTime(), market),
    description: `${formatMoney(amount)} from suspense back to whoever paid it by ${provider}`,
    cause: { inboundId, ...(receipt === null ? {} : { providerReference: receipt }) },
    entries: returned(provider, row.amount),
  });
  const line = { receipt: receipt ?? '', originalReceipt: row.receipt, amount: row.amount, at: at.getTime() };
  if (receipt !== null && !byUs) await keepTakenBackLine(context, row, line, { transferId });
  await closeGiveBackFailed(context, inboundId, 'it went back');
  await record(context, {
    key: `inbound.returned:${once}`,
    type: 'inbound.returned',
    subject: inboundId,
    detail: { provider, receipt, amount },
  });
  return transferId;
}
