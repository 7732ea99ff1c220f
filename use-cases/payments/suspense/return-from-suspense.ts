import { and, eq, inArray, ne } from 'drizzle-orm';
import { openGiveBack } from '#db/queries/payment-states';
import type { InboundRow } from '#db/queries/suspense';
import { giveBacks, inbound } from '#db/schema/index';
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
  /** By which we gave it back, and its own sum: it tells when. Without it all that waits went back, by its provider. */
  readonly ours?: { readonly giveBackId: string; readonly amount: number };
}

/**
 * Money in suspense went back to whoever had paid it, and left the provider's account: it waits for nobody any more. What waits
 * beyond the sum of its give-back waits on.
 *
 * @returns the transfer; null where it does not wait: a lease has it, or it went back before.
 */
export async function returnFromSuspense(
  context: Context,
  { inboundId, at, receipt, ours }: Return,
): Promise<string | null> {
  const [row] = await context.tx
    .select()
    .from(inbound)
    .where(and(eq(inbound.id, inboundId), inArray(inbound.status, ['suspense', 'returning'])))
    .for('update');
  if (row === undefined) return null;
  const { provider, currency, market } = row;
  const leaves = Math.min(ours?.amount ?? row.amount, row.amount);
  const amount = money(leaves, currency);
  const isAll = leaves === row.amount;
  const left = isAll
    ? ({ status: 'returned', returnedAt: ours === undefined ? at : null, leaseId: null } as const)
    : await waitsOn(context, row, leaves, ours?.giveBackId ?? inboundId);
  await context.tx.update(inbound).set(left).where(eq(inbound.id, inboundId));
  // What a person has said to be back by mistake waits again, by another transfer, and may go back again.
  const once = `${inboundId}:${isAll ? row.suspenseTransferId : ours?.giveBackId}`;
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
    entries: returned(provider, leaves),
  });
  const line = { receipt: receipt ?? '', originalReceipt: row.receipt, amount: leaves, at: at.getTime() };
  if (receipt !== null && ours === undefined) await keepTakenBackLine(context, row, line, { transferId });
  await closeGiveBackFailed(context, inboundId, 'it went back');
  if (!isAll) return transferId;
  await record(context, {
    key: `inbound.returned:${once}`,
    type: 'inbound.returned',
    subject: inboundId,
    detail: { provider, receipt, amount },
  });
  return transferId;
}

/** What is left of it waits: on its way back, where another give-back of it is under way. */
async function waitsOn({ tx }: Context, { id, amount, wentBack }: InboundRow, leaves: number, giveBackId: string) {
  const isOther = and(eq(giveBacks.inboundId, id), ne(giveBacks.id, giveBackId));
  const status = (await tx.$count(giveBacks, and(openGiveBack, isOther))) > 0 ? 'returning' : 'suspense';
  return { status, amount: amount - leaves, wentBack: wentBack + leaves } as const;
}
