import { and, eq } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import type { InboundRow } from '#db/queries/suspense';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { marketOf } from '#domain/markets';
import { normalReceipt } from '#domain/payments/receipt';
import type { Context } from '../../context.ts';
import { providerOf, type AttemptRow } from '../attempt-record.ts';

/** What a customer paid by himself, and the payment that it is of a lease. */

/** It waits for whom it belongs to. */
export const unclaimed = { leaseId: null, paymentId: null, resolvedBy: null, resolvedAt: null, returnedAt: null };

/** So much of it is anywhere: what its provider took back, in parts too, and what went back is gone. */
export function leftOfItem({ amount, wentBack }: InboundRow, left: number): Pick<InboundRow, 'amount' | 'wentBack'> {
  return { amount: left, wentBack: amount + wentBack - left };
}

/**
 * Whether a payment is this money, all that is left of it. A part alone of which the rest went back out of suspense is not: a
 * statement's line of the rest would be taken for it there.
 */
export const isOfPayment = ({ status, paymentId }: InboundRow, { id }: AttemptRow): boolean =>
  status === 'posted' && paymentId === id;

export const gone = () =>
  new Problem(
    'conflict',
    'the money is not there any more: it was given to a lease, or goes back, or the rest of it has',
  );

const isItemOf = (attempt: AttemptRow) =>
  and(
    eq(inbound.provider, providerOf(attempt)),
    eq(inbound.market, marketOf(attempt.currency)),
    eq(inbound.receipt, normalReceipt(attempt.providerReference ?? '')),
  );

/** Its id, before it is locked. */
export async function itemIdOf(db: Queryable, attempt: AttemptRow): Promise<string> {
  const [item] = await db.select({ id: inbound.id }).from(inbound).where(isItemOf(attempt));
  if (item === undefined) throw new Error(`nobody paid ${attempt.id} by himself`);
  return item.id;
}

/** What a customer paid by himself, of a payment; locked. */
export async function itemOf({ tx }: Context, attempt: AttemptRow): Promise<InboundRow> {
  const [item] = await tx.select().from(inbound).where(isItemOf(attempt)).for('update');
  if (item === undefined) throw new Error(`nobody paid ${attempt.id} by himself`);
  return item;
}
