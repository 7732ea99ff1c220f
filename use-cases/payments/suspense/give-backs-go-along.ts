import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { leaseClockAt } from '#db/queries/doubts';
import { isUnseenGiveBack } from '#db/queries/payment-states';
import { attemptsFor } from '#db/queries/payments';
import { attempts, giveBacks } from '#db/schema/index';
import { dueFor } from '#domain/leases/due';
import type { Context } from '../../context.ts';
import { amountOf } from '../../leases/credit-shares.ts';
import type { AttemptRow } from '../attempt-record.ts';

/** Before money in suspense is locked to be given to a lease: the refunds that its give-backs were. */
export async function lockRefundsOfItem(tx: Transaction, inboundId: string): Promise<void> {
  const ids = tx.select({ id: giveBacks.id }).from(giveBacks).where(eq(giveBacks.inboundId, inboundId));
  await tx
    .select({ id: attempts.id })
    .from(attempts)
    .where(inArray(attempts.id, ids))
    .orderBy(asc(attempts.id))
    .for('update');
}

/** A lease has got the money from suspense, as this payment: what was sent of it and not seen are its refunds, see `refunds-go-along.ts`. */
export async function giveBacksGoAlong({ tx }: Context, inboundId: string, payment: AttemptRow): Promise<void> {
  const { id: refundOf, leaseId, provider, payerMasked, currency } = payment;
  const isOfIt = and(eq(giveBacks.inboundId, inboundId), isUnseenGiveBack);
  const rows = await tx.select().from(giveBacks).where(isOfIt).orderBy(asc(giveBacks.createdAt), asc(giveBacks.id));
  const due = dueFor('refund', refundOf);
  for (const { id, amount, declined: reason, sent, sentAt, providerRequestId, callbackHash, createdAt } of rows) {
    const attempt = (await attemptsFor(tx, leaseId, due)).length + 1;
    const requestedAt = await leaseClockAt(tx, leaseId, createdAt);
    const there = {
      leaseId,
      due,
      attempt,
      refundOf,
      requestedAt,
      status: 'failed',
      reason,
      settledAt: requestedAt,
    } as const;
    const told = { sent, sentAt, providerRequestId };
    const facts = { id, kind: 'refund', provider, payerMasked, currency, callbackHash, createdAt } as const;
    await tx
      .insert(attempts)
      .values({ ...facts, ...there, ...told, amount: amount ?? amountOf(payment) })
      .onConflictDoUpdate({ target: attempts.id, set: { ...there, ...told } });
    // It is what its attempt says from now on.
    await tx.delete(giveBacks).where(eq(giveBacks.id, id));
  }
}
