import { and, eq, gte } from 'drizzle-orm';
import { reversalOf } from '#db/queries/reversals';
import { attempts, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../context.ts';
import { amountOf } from '../leases/credit-shares.ts';
import type { LeaseRecord } from '../leases/lease-record.ts';
import type { AttemptRow } from './attempt-record.ts';
import { bookReceipt } from './post-payment.ts';

/**
 * A payment that was reversed to its provider, or of which that took parts, is a payment of its lease again, as of the day on which
 * it was paid; what of it had gone back by our own refunds stays gone. Call it with the lease and the payment locked.
 *
 * @throws Problem invalid_state where what was in dispute of its lease was given up since
 */
export async function bookAsItWas(
  context: Context,
  found: LeaseRecord,
  attempt: AttemptRow,
  reason: string,
): Promise<LeaseRecord> {
  const { tx } = context;
  const { id, leaseId, currency } = attempt;
  const reversal = await reversalOf(tx, id);
  const isGivenUp = and(
    and(eq(transfers.leaseId, leaseId), eq(transfers.kind, 'dispute_given_up')),
    gte(transfers.createdAt, reversal.since),
  );
  if ((await tx.$count(transfers, isGivenUp)) > 0)
    throw new Problem('invalid_state', 'what was in dispute of its lease was given up since: it is no money of his');
  const amount = reversal.takenBack ?? amountOf(attempt);
  const back = amountOf(attempt) - amount;
  const gone = back > 0 ? [{ component: 'credit', instalment: null, amount: back }] : [];
  const kept = attempt.status === 'reversed' ? gone : attempt.allocation;
  const free = { status: 'succeeded' as const, transferId: null, allocation: [], source: null, takenBack: 0 };
  // What is kept of it came from where it came; the parts come from the provider.
  const source = attempt.status === 'reversed' ? null : attempt.source;
  await tx
    .update(attempts)
    .set({ ...free, source })
    .where(eq(attempts.id, id));
  const unbooked = { ...attempt, ...free };
  const after = await bookReceipt(context, found, { ...unbooked, callbackId: null }, { amount, kept, as: reversal.id });
  await recordOnLease(context, after.row, {
    key: `payment.booked_again:${id}:${reversal.id}`,
    type: 'payment.booked_again',
    subject: id,
    detail: { paymentId: id, amount: money(amount, currency), reason },
  });
  return after;
}
