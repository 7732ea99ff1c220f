import { and, eq } from 'drizzle-orm';
import { findAttempt } from '#db/queries/payments';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { ReceivedMoney } from '#domain/leases/orders';
import type { Context } from '../../context.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import { closeGiveBackFailed } from './give-back/close-give-back-failed.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { gone, isOfPayment, itemOf, leftOfItem, unclaimed } from './item-of-payment.ts';
import { bookAsGivenBack, sumOfRefunds } from './take-over-refunds.ts';
import { receivedFrom } from '../inbound-record.ts';
import { refundsGoAlong } from './refunds-go-along.ts';

/**
 * An agent says which lease suspense money belongs to, or its reference does once the lease takes money. The caller gives it
 * to that lease in the same transaction.
 *
 * @param wish.paymentId of the payment that it becomes: another one each time that it is resolved
 * @throws Problem conflict when it was resolved.
 */
export async function takeFromSuspense(
  context: Context,
  { inboundId, leaseId, paymentId }: { inboundId: string; leaseId: string; paymentId: string },
): Promise<ReceivedMoney> {
  const { tx, actor } = context;
  // What was taken back of it meanwhile is another one's to say.
  if ((await findAttempt(tx, paymentId)) !== undefined)
    throw new Problem('conflict', 'it was given to the lease, and taken back since');
  const [taken] = await tx
    .update(inbound)
    .set({ resolvedBy: actor.role === 'system' ? null : actor.id, resolvedAt: new Date(), leaseId })
    .where(and(eq(inbound.id, inboundId), eq(inbound.status, 'suspense')))
    .returning();
  if (taken === undefined)
    throw new Problem('conflict', 'the money does not wait any more: it was given to a lease, or goes back');
  await closeGiveBackFailed(context, inboundId, 'a lease has it');
  return receivedFrom(taken, paymentId);
}

/**
 * A lease got it by mistake and has given it back: what is left of it waits in suspense, for the next to be resolved.
 *
 * @param back.transferId of the transfer that gave it back
 * @param back.refunds of it, to whoever had paid it, that are taken out of the lease's books
 * @param back.unseen that were sent and not seen: they go along
 * @throws Problem conflict where it is not the lease's, or the rest of it went back from there
 */
export async function backInSuspense(
  context: Context,
  attempt: AttemptRow,
  back: { transferId: string; refunds: readonly AttemptRow[]; unseen: readonly AttemptRow[] },
): Promise<void> {
  const { transferId, refunds, unseen } = back;
  const item = await itemOf(context, attempt);
  if (!isOfPayment(item, attempt)) throw gone();
  const suspenseTransferId = item.suspenseTransferId ?? transferId;
  const left = leftOfItem(item, leftOf(attempt) - sumOfRefunds(refunds));
  await context.tx
    .update(inbound)
    .set({ status: 'suspense', suspenseTransferId, ...unclaimed, ...left })
    .where(eq(inbound.id, item.id));
  await bookAsGivenBack(context, item.id, refunds);
  await refundsGoAlong(context, item.id, unseen);
}
