import { and, asc, eq } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { isUnseenRefund, toPayerOf } from '#db/queries/payment-states';
import { attempts, giveBacks } from '#db/schema/index';
import { record, type Context } from '../../context.ts';
import { amountOf } from '../../leases/credit-shares.ts';
import type { AttemptRow } from '../attempt-record.ts';

/**
 * What was sent back of money, and failed without its provider's word, is where the money is: a refund of the lease that has it,
 * a give-back while it waits in suspense, under one id, by which its provider knows it. As a give-back the refund is `reversed`.
 */

/** Of refunds that are asked about or booked, and then of the money: the locks are taken in this order. */
export function lockUnseenRefunds({ tx }: { readonly tx: Transaction }, paymentId: string): Promise<AttemptRow[]> {
  const order = [asc(attempts.createdAt), asc(attempts.id)];
  return tx
    .select()
    .from(attempts)
    .where(and(toPayerOf(paymentId), isUnseenRefund))
    .orderBy(...order)
    .for('update');
}

/** The money was put into suspense. Call it with the refunds and then the money locked. */
export async function refundsGoAlong(
  context: Context,
  inboundId: string,
  refunds: readonly AttemptRow[],
): Promise<void> {
  for (const refund of refunds) {
    const { id, leaseId, reason: declined, sentAt, createdAt } = refund;
    await writeGiveBack(context, inboundId, refund, {
      status: 'failed',
      declined,
      reason: 'it was sent while a lease had it, and not seen',
      settledAt: sentAt ?? createdAt,
    });
    await context.tx.update(attempts).set({ status: 'reversed' }).where(eq(attempts.id, id));
    const detail = {
      paymentId: id,
      refundOf: refund.refundOf,
      amount: { amount: amountOf(refund), currency: refund.currency },
    };
    await record(context, {
      key: `payment.refund_taken_over:${id}:${refund.refundOf}`,
      type: 'payment.refund_taken_over',
      subject: id,
      leaseId,
      detail,
    });
  }
}

type Becomes = Pick<typeof giveBacks.$inferInsert, 'status' | 'declined' | 'reason' | 'transferId' | 'settledAt'> & {
  readonly providerReference?: string | null;
};

/** A refund goes on as a give-back of the money in suspense, once more where it was one before. */
export async function writeGiveBack(
  { tx, actor }: Context,
  inboundId: string,
  refund: AttemptRow,
  becomes: Becomes,
): Promise<void> {
  const { id, sent, sentAt, providerRequestId, callbackHash, createdAt } = refund;
  const ordered = {
    id,
    inboundId,
    amount: amountOf(refund),
    requestedBy: actor.role === 'system' ? null : actor.id,
    createdAt,
  };
  const told = { sent, sentAt, providerRequestId, callbackHash: callbackHash ?? id };
  await tx.insert(giveBacks).values({ ...ordered, ...told, ...becomes });
}
