import { and, eq } from 'drizzle-orm';
import { findLease, leaseClock } from '#db/queries/leases';
import { findAttempt } from '#db/queries/payments';
import { isReceiptTaken } from '#db/queries/receipts';
import { attempts, cases, giveBacks } from '#db/schema/index';
import { localDateAt, type LocalDate } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { marketOf } from '#domain/markets';
import { money } from '#domain/money';
import type { ProviderStatus } from '#providers/mobile-money/provider';
import type { Settled } from '#domain/payments/wire';
import { describeError } from '#platform/describe-error';
import { emit, record, transact, type Context } from '../../context.ts';
import { lockAttempt, onLeaseClock, outcomeOf, providerOf, requestedOn, type AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { advanceAsPaid } from '../../leases/advance-lease.ts';
import { noteReceipt } from './note-receipt.ts';
import { recordGiveBack } from '../suspense/give-back/give-back-record.ts';
import { tellOfWallet, walletPays } from '../our-wallet.ts';
import { postPayment } from '../post-payment.ts';
import { reviewDoubtedPromise } from '../../leases/promise-payment.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { openCase } from '../../cases/open-case.ts';

type Final = Extract<ProviderStatus, { state: 'succeeded' | 'failed' }>;

/**
 * Writes what the provider confirmed of an attempt. The first confirmed success stands: a failure
 * after it changes nothing. A success after a failure or an unknown counts, since the money is there.
 * An amount that differs from what was asked is taken as confirmed, and opens a case.
 *
 * @param paidAt when the provider's statement says that it was paid, on the wall. Without it a payment counts
 * from the day on which it was asked for.
 */
export async function recordOutcome(
  context: Context,
  attemptId: string,
  final: Final,
  paidAt: Date | null = null,
): Promise<Settled> {
  const row = await lockAttempt(context.tx, attemptId);
  const isGiveBack = row.status === 'reversed' && (await context.tx.$count(giveBacks, eq(giveBacks.id, attemptId))) > 0;
  if (row.kind === 'refund' && isGiveBack) {
    // Its money is in suspense: it goes on as a give-back of that. One that its provider sent back is settled.
    await recordGiveBack(context, attemptId, final, paidAt ?? new Date());
    return { status: 'succeeded', attemptId };
  }
  const settled = outcomeOf(row);
  if (settled?.status === 'succeeded') {
    if (final.state === 'succeeded' && final.receipt !== null) await noteReceipt(context, row, final.receipt);
    return settled;
  }
  if (settled !== null && final.state === 'failed') return settled;
  const onClock = { ...context, at: onLeaseClock(row, new Date()) };
  if (row.status === 'unknown') await closeUnknown(context, row, final);
  return final.state === 'succeeded' ? succeed(onClock, row, final, valueOn(row, paidAt)) : fail(onClock, row, final);
}

function valueOn(row: AttemptRow, paidAt: Date | null): LocalDate {
  if (paidAt === null) return requestedOn(row);
  return localDateAt(onLeaseClock(row, paidAt).getTime(), marketOf(row.currency));
}

/** Nobody has to look any more: it is known what became of it. */
async function closeUnknown(context: Context, row: AttemptRow, final: Final): Promise<void> {
  const isUnsent = final.state === 'failed' && (final.reason === 'not_sent' || final.reason === 'not_due');
  const known = isUnsent ? final.detail : `the provider says: ${final.state}`;
  const isDoubt = and(eq(cases.paymentId, row.id), eq(cases.kind, 'unknown_outcome'));
  await closeCasesOf(context, isDoubt, `${known} (${context.actor.id})`);
}

async function succeed(
  context: Context,
  row: AttemptRow,
  final: Extract<Final, { state: 'succeeded' }>,
  valueOn: LocalDate,
): Promise<Settled> {
  const { amount } = final.amount;
  const { receipt } = final;
  // Two payments with one receipt: the money of both is there, and a person looks at why.
  const isTaken =
    receipt !== null && row.kind !== 'refund' && (await isReceiptTaken(context.tx, row.id, { ...row, receipt }));
  await context.tx
    .update(attempts)
    .set({
      status: 'succeeded',
      reason: null,
      providerReference: isTaken ? null : receipt,
      settledAmount: amount === row.amount ? null : amount,
      settledAt: context.at,
      valueOn,
    })
    .where(eq(attempts.id, row.id));
  if (row.kind === 'refund') await walletPays(context, { ...row, provider: providerOf(row) });
  if (isTaken) {
    await openCase(context, {
      kind: 'receipt_taken',
      leaseId: row.leaseId,
      paymentId: row.id,
      detail: { provider: row.provider, receipt },
    });
  }
  if (amount !== row.amount) {
    await openCase(context, {
      kind: 'differing_amount',
      leaseId: row.leaseId,
      paymentId: row.id,
      detail: { asked: money(row.amount, row.currency), confirmed: money(amount, row.currency) },
    });
  }
  return { status: 'succeeded', attemptId: row.id };
}

async function fail(context: Context, row: AttemptRow, final: Extract<Final, { state: 'failed' }>): Promise<Settled> {
  await context.tx
    .update(attempts)
    .set({ status: 'failed', reason: final.reason, settledAt: context.at })
    .where(eq(attempts.id, row.id));
  if (row.kind === 'refund') await tellOfWallet(context, { ...row, provider: providerOf(row) }, final.reason);
  const facts = {
    paymentId: row.id,
    kind: row.kind,
    reason: final.reason,
    attempt: row.attempt,
    amount: money(row.amount, row.currency),
  };
  await record(context, {
    key: `payment.failed:${row.id}`,
    type: 'payment.failed',
    subject: row.id,
    leaseId: row.leaseId,
    detail: facts,
  });
  await emit(context, {
    type: 'payment.failed',
    subject: row.leaseId,
    leaseId: row.leaseId,
    data: { leaseId: row.leaseId, ...facts },
  });
  await reviewDoubtedPromise(context, row.leaseId);
  return { status: 'failed', attemptId: row.id, reason: final.reason };
}

/**
 * Books money as soon as its provider has confirmed it, so that its lease need not: it is told where it stands. What
 * cannot be booked now the lease books when it hears of it, as often as it takes. Repeated, it changes nothing.
 */
export async function bookConfirmed(
  { db, log }: Pick<PaymentDependencies, 'db' | 'log'>,
  outcome: Settled,
): Promise<Settled> {
  if (outcome.status === 'failed') return outcome;
  const { attemptId } = outcome;
  try {
    const attempt = await findAttempt(db, attemptId);
    if (attempt === undefined) return outcome;
    const lease = await findLease(db, attempt.leaseId);
    if (lease === undefined) return outcome;
    // A lease that travels notes its clock now and then, and a payment when it was asked for: the later one is its present.
    const at = new Date(Math.max(onLeaseClock(attempt, new Date()).getTime(), leaseClock(lease).getTime()));
    const order = { leaseId: attempt.leaseId, attemptId };
    const standing = await transact(db, system('collections'), at, async (context) =>
      advanceAsPaid(context, order.leaseId, await postPayment(context, order)),
    );
    return { ...outcome, standing };
  } catch (error) {
    log.warn({ err: describeError(error), attemptId }, 'money that is confirmed is left to its lease to book');
    return outcome;
  }
}
