import { and, asc } from 'drizzle-orm';
import { goesBack, isBooked, toPayerOf } from '#db/queries/payment-states';
import { attempts } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { keys } from '#domain/ledger/keys';
import { books, returned } from '#domain/ledger/ledger';
import { marketOf } from '#domain/markets';
import { formatMoney, money } from '#domain/money';
import { normalReceipt } from '#domain/payments/receipt';
import { record, type Context } from '../../context.ts';
import { amountOf, leftOf } from '../../leases/credit-shares.ts';
import type { LeaseRecord, LeaseRow } from '../../leases/lease-record.ts';
import { postTransfer } from '../../ledger/post-transfer.ts';
import { providerOf, valueOnOf, type AttemptRow } from '../attempt-record.ts';
import { undoRefund } from '../undo-refund.ts';
import { lockUnseenRefunds, writeGiveBack } from './refunds-go-along.ts';

/** What went back of a pay-bill payment to whoever had paid it, while a lease had it. */

/** Refunds of it by the way that it came. What was paid out to the customer of the lease is his dispute, and none of these. */
function refundsToPayer({ tx }: Context, { id }: AttemptRow): Promise<AttemptRow[]> {
  return tx
    .select()
    .from(attempts)
    .where(and(toPayerOf(id), goesBack))
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
}

export const sumOfRefunds = (refunds: readonly AttemptRow[]) => refunds.reduce((sum, one) => sum + amountOf(one), 0);

/** What went back of a payment to whoever had paid it, or is on its way there: minor units. */
export async function wentBackOf(context: Context, attempt: AttemptRow): Promise<number> {
  return sumOfRefunds(await refundsToPayer(context, attempt));
}

const wentBack = ({ currency }: AttemptRow, back: number) =>
  new Problem('invalid_state', `${formatMoney(money(back, currency))} of it went back to whoever had paid it`);

interface TakenOver {
  readonly before: LeaseRecord;
  readonly refunds: readonly AttemptRow[];
  readonly unseen: readonly AttemptRow[];
}

/**
 * The money was never this lease's, so what it gave back of it was not either: each refund is taken out of the lease's books,
 * and is a give-back of the money in suspense instead. What is left is for another lease. Call it with lease and payment
 * locked, before the payment is reversed.
 *
 * @returns the lease with that credit again, and the refunds, for `backInSuspense`: also those that nobody has seen
 * @throws Problem invalid_state where nothing is left, or while some of it is on its way
 */
export async function takeOverRefunds(context: Context, found: LeaseRecord, attempt: AttemptRow): Promise<TakenOver> {
  const refunds = await refundsToPayer(context, attempt);
  const back = sumOfRefunds(refunds);
  if (back >= leftOf(attempt) || !refunds.every(isBooked)) throw wentBack(attempt, back);
  const unseen = await lockUnseenRefunds(context, attempt.id);
  let { row } = found;
  for (const refund of refunds) row = await takeOut(context, row, refund);
  return { before: { ...found, row }, refunds, unseen };
}

function takeOut(context: Context, row: LeaseRow, refund: AttemptRow): Promise<LeaseRow> {
  const sum = money(amountOf(refund), row.currency);
  const description = `refund of ${formatMoney(sum)} by ${refund.provider}: of what is no payment of the lease`;
  return undoRefund(context, row, refund, { as: 'taken_over', description, detail: { refundOf: refund.refundOf } });
}

/** Books as given back from suspense what `takeOverRefunds` has taken out of a lease. */
export async function bookAsGivenBack(
  context: Context,
  inboundId: string,
  refunds: readonly AttemptRow[],
): Promise<void> {
  for (const refund of refunds) {
    const { id, currency, sentAt, providerReference, createdAt } = refund;
    const provider = providerOf(refund);
    const amount = amountOf(refund);
    const transferId = await postTransfer(context, {
      key: keys.suspenseReturned(`${inboundId}:${id}`),
      kind: 'suspense_returned',
      leaseId: null,
      book: books.provider(provider),
      currency,
      businessDate: localDateAt(context.at.getTime(), marketOf(currency)),
      valueOn: valueOnOf(refund),
      description: `${formatMoney(money(amount, currency))} back to whoever paid it by ${provider}, while a lease had it`,
      cause: { inboundId, paymentId: id },
      entries: returned(provider, amount),
    });
    const receipt = providerReference === null ? null : normalReceipt(providerReference);
    await writeGiveBack(context, inboundId, refund, {
      status: 'succeeded',
      declined: null,
      reason: 'it went back while a lease had it',
      providerReference: receipt,
      transferId,
      settledAt: sentAt ?? createdAt,
    });
    await record(context, {
      key: keys.givenBack(id),
      type: 'inbound.given_back',
      subject: inboundId,
      detail: { giveBackId: id, amount: money(amount, currency), receipt },
    });
  }
}
