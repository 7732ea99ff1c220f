import { and, eq, inArray } from 'drizzle-orm';
import { isReceiptTaken } from '#db/queries/receipts';
import { attempts, cases, inbound } from '#db/schema/index';
import { localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { keys } from '#domain/ledger/keys';
import { marketOf } from '#domain/markets';
import { isReceipt, normalReceipt } from '#domain/payments/receipt';
import type { Settled } from '#domain/payments/wire';
import type { UnknownDecision } from '#domain/leases/orders';
import { record, type Context } from '../../context.ts';
import { reviewDoubtedPromise } from '../../leases/promise-payment.ts';
import { lockAttempt, outcomeOf, providerOf, requestedOn, type AttemptRow } from '../attempt-record.ts';
import { admitBy } from '../../leases/lease-record.ts';
import { closeCasesOf } from '../../cases/close-case.ts';

/**
 * An operator, or reconciliation, decides what became of a payment that no provider can tell of, with a reason. Money that
 * shows up later all the same counts, as always; a success that is decided is posted once.
 *
 * @throws Problem invalid_state when the payment is not unknown; unprocessable when it cannot have been paid on `paidOn`; for
 * its receipt as `receiptFor`.
 */
export async function decideUnknown(context: Context, input: UnknownDecision): Promise<Settled> {
  admitBy('decideUnknown', context);
  const row = await lockAttempt(context.tx, input.attemptId);
  if (row.leaseId !== input.leaseId) throw new Problem('not_found', 'the lease has no such payment');
  if (row.status === 'reversed')
    throw new Problem('invalid_state', 'it was reversed: another admin books it again, where its provider has it');
  const settled = outcomeOf(row);
  if (settled?.status === input.outcome && isSaidOf(row, input)) return settled;
  if (row.status !== 'unknown') throw new Problem('invalid_state', `the payment is ${row.status}, not unknown`);
  const providerReference = await receiptFor(context, row, input);

  await context.tx
    .update(attempts)
    .set({
      status: input.outcome,
      reason: input.outcome === 'failed' ? 'not_confirmed' : null,
      providerReference,
      settledAt: context.at,
      valueOn: input.outcome === 'failed' ? null : paidOn(context, row, input.paidOn),
    })
    .where(eq(attempts.id, row.id));
  const isDoubt = and(eq(cases.paymentId, row.id), eq(cases.kind, 'unknown_outcome'));
  await closeCasesOf(context, isDoubt, `decided: ${input.outcome}, ${input.reason}`);
  await record(context, {
    key: keys.paymentDecided(row.id),
    type: 'payment.decided',
    subject: row.id,
    leaseId: row.leaseId,
    detail: { paymentId: row.id, outcome: input.outcome, reason: input.reason },
  });
  if (input.outcome === 'failed') await reviewDoubtedPromise(context, row.leaseId);
  return input.outcome === 'failed'
    ? { status: 'failed', attemptId: row.id, reason: 'not_confirmed' }
    : { status: 'succeeded', attemptId: row.id };
}

/** Whether what is said of a payment that is known is no other receipt, and no other day, than it has. */
function isSaidOf(row: AttemptRow, { providerReference: receipt, paidOn: day }: UnknownDecision): boolean {
  const isIts = receipt === null || normalReceipt(receipt) === normalReceipt(row.providerReference ?? '');
  return isIts && (day === undefined || day === row.valueOn);
}

/**
 * The receipt of a payment that was made, in its normal form: who reads it out is not the provider.
 *
 * @throws Problem unprocessable for one of a payment that failed, or that is none; receipt_conflict where other money has it, or may have it.
 */
async function receiptFor(
  { tx }: Context,
  row: AttemptRow,
  { outcome, providerReference }: { outcome: 'succeeded' | 'failed'; providerReference: string | null },
): Promise<string | null> {
  if (providerReference === null) return null;
  const refuse = (message: string) =>
    new Problem('unprocessable', 'the payment has no such receipt', [{ path: 'providerReference', message }]);
  if (outcome === 'failed') throw refuse('must be left out: what failed has no receipt');
  const receipt = normalReceipt(providerReference);
  if (!isReceipt(receipt)) throw refuse('must be a receipt as the provider writes it');
  if (row.kind === 'refund') return receipt;
  const byItself = and(
    eq(inbound.provider, providerOf(row)),
    eq(inbound.currency, row.currency),
    eq(inbound.receipt, receipt),
    inArray(inbound.status, ['announced', 'suspense', 'posted', 'returning', 'returned']),
  );
  const [other] = await tx.select({ status: inbound.status }).from(inbound).where(byItself).limit(1);
  if (other?.status === 'announced')
    throw new Problem('receipt_conflict', 'it was announced by itself: the provider is being asked what it is');
  if (other !== undefined || (await isReceiptTaken(tx, row.id, { ...row, receipt })))
    throw new Problem('receipt_conflict', 'the receipt is of another payment');
  return receipt;
}

/** @throws Problem unprocessable for a day before it was asked for, or after the lease's own today. */
function paidOn({ at }: Context, row: AttemptRow, said: string | undefined): LocalDate {
  const asked = requestedOn(row);
  if (said === undefined) return asked;
  const today = localDateAt(at.getTime(), marketOf(row.currency));
  const day = localDate(said);
  if (day >= asked && day <= today) return day;
  const message = `must be from ${asked}, when it was asked for, to ${today}`;
  throw new Problem('unprocessable', 'the payment cannot have been made on that day', [{ path: 'paidOn', message }]);
}
