import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { standingReversals } from '#db/queries/reversals';
import { attempts, audit, inbound, takenBackLines, transfers } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { keys } from '#domain/ledger/keys';
import type { InboundRow } from '#db/queries/suspense';
import type { Context } from '../../context.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { gone, isOfPayment, itemOf, leftOfItem } from './item-of-payment.ts';
import { lockUnseenRefunds, refundsGoAlong } from './refunds-go-along.ts';
import { suspendItem } from './suspend-item.ts';
import { answerForLine } from '../lines/taken-back-line.ts';
import { returnFromSuspense } from './return-from-suspense.ts';

/** Where the money of a pay-bill payment is that was reversed: at its provider, or in suspense. */

/**
 * The money of a payment that was reversed is not where that said: what the provider was said to have is in suspense, or
 * what waits in suspense went back. It is moved as often as somebody has slipped.
 *
 * @param source as `attempts.source`: null for the provider
 * @throws Problem conflict where the money has gone on since, or a statement has told that it is at its provider
 */
export async function moveReversed(context: Context, attempt: AttemptRow, source: string | null): Promise<void> {
  if (attempt.kind !== 'inbound') return;
  const unseen = await lockUnseenRefunds(context, attempt.id);
  const item = await itemOf(context, attempt);
  const isBack = item.status === 'returned';
  if (source === attempt.source && !(isBack && source !== null)) return;
  if (source === null) {
    // That it went back is kept with the money, as when the provider tells of it.
    const went = { inboundId: item.id, at: new Date(), receipt: null };
    const transferId = item.status === 'suspense' ? await returnFromSuspense(context, went) : null;
    if (transferId === null && !isBack) throw gone();
    if (transferId !== null) await answerForLine(context, { ...item, transferId, isRest: true });
    return;
  }
  if (isBack && attempt.source !== null && (await saidToBeBack(context, item))) {
    await suspendItem(context, item, `${attempt.id}:${item.suspenseTransferId}`);
    return;
  }
  await refuseUnlessAtProvider(context, attempt, item);
  const left = leftOfItem(item, leftOf(attempt));
  await context.tx.update(inbound).set(left).where(eq(inbound.id, item.id));
  await suspendItem(context, { ...item, ...left }, attempt.id);
  await refundsGoAlong(context, item.id, unseen);
  await context.tx.update(attempts).set({ source }).where(eq(attempts.id, attempt.id));
}

/** Whether a line of a statement tells of what some transfers have booked as taken back. */
async function isToldOf(tx: Queryable, booked: readonly { readonly id: string }[]): Promise<boolean> {
  const ids = booked.map(({ id }) => id);
  return ids.length > 0 && (await tx.$count(takenBackLines, inArray(takenBackLines.transferId, ids))) > 0;
}

/** @throws Problem conflict where what was left of a payment is at its provider no more, or a statement has told that it is */
export async function refuseUnlessAtProvider({ tx }: Context, attempt: AttemptRow, item: InboundRow): Promise<void> {
  const isAtProvider = isOfPayment(item, attempt);
  const reversals = await standingReversals(tx, attempt.id);
  const rest = reversals.filter(({ isRest }) => isRest);
  if (!isAtProvider || (await isToldOf(tx, rest))) throw gone();
}

/**
 * Whether a person alone has said that it went back: a statement has a line of it or names a receipt, and we know when we gave it
 * back.
 */
export async function saidToBeBack(
  { tx }: Context,
  { id, returnedAt, suspenseTransferId }: InboundRow,
): Promise<boolean> {
  const isBack = eq(transfers.key, keys.suspenseReturned(`${id}:${suspenseTransferId}`));
  const returns = await tx.select({ id: transfers.id }).from(transfers).where(isBack);
  if (await isToldOf(tx, returns)) return false;
  const isReturn = and(eq(audit.subject, id), eq(audit.type, 'inbound.returned'));
  const [last] = await tx
    .select({ detail: audit.detail })
    .from(audit)
    .where(isReturn)
    .orderBy(desc(audit.number))
    .limit(1);
  return returnedAt !== null && last !== undefined && deciding['inbound.returned'].parse(last.detail).receipt === null;
}
