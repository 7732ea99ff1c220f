import { and, eq, inArray, sql } from 'drizzle-orm';
import { accounts as accountRows, attempts, cases, entries, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import { hasEnded, isGivenUp, phaseOf } from '#domain/leases/status';
import { formatMoney, money } from '#domain/money';
import { lessWentBack, recoveredBy, sumOf, takenBackParts } from '#domain/leases/lease-credit';
import { accounts, takenBack, type AllocationPart } from '#domain/ledger/ledger';
import { isByProvider } from '#domain/payments/payment';
import type { ReversedTo, Reversal } from '#domain/leases/orders';
import { recordOnLease, type Context } from '../context.ts';
import { lockLeaseFor, standingOf, type LeaseRecord, type LeaseRow } from '../leases/lease-record.ts';
import { reviewPromises } from '../leases/promise-payment.ts';
import { reckonAnew } from '../leases/settle-early.ts';
import { lockAttempt, providerOf, valueOnOf, type AttemptRow } from './attempt-record.ts';
import { bookAsItWas } from './book-as-it-was.ts';
import { lookAtFloat } from './check-float.ts';
import { keptOf } from './went-back-before.ts';
import { closeCasesOf } from '../cases/close-case.ts';
import { amountOf, creditShares } from '../leases/credit-shares.ts';
import { endUnsentRefunds } from './credit-to-return.ts';
import { backInSuspense } from './inbound/take-from-suspense.ts';
import { moveReversed, refuseUnlessAtProvider } from './inbound/reversed-money.ts';
import { takeOverRefunds, wentBackOf } from './inbound/take-over-refunds.ts';
import { closeTakenBack } from './reconciliation/difference-cases.ts';
import { openCase } from '../cases/open-case.ts';
import { askPaidAheadAgain } from '../leases/asked-again.ts';
import { owedAgain } from '../leases/owed-again.ts';
import { roundDispute } from '../leases/round-dispute.ts';
import { postOnLease } from '../ledger/post-transfer.ts';

/**
 * The provider took a payment back, or it was booked by mistake: the counter-entry of its transfer, its parts
 * are owed again. What cannot be owed again, since the lease has ended or the credit is gone, is in dispute, and
 * a case. What was recovered after the lease was given up is recovered no more, and in no dispute. A lease that ended stays as it is. Repeated, it changes nothing;
 * with another `to`, the money is where it says now.
 *
 * @param input.amount what the provider took back, where a part had gone back before and it took what was left: the customer
 * owes no more than that. Without it the provider took all of it
 * @param input.to where the money of a pay-bill payment is: back at the provider, or in suspense, to be resolved for
 * the lease that it belongs to, less what went back to its payer; without it, where it came from
 * @throws Problem invalid_state when the payment is not in the books, or is a refund, or all of it went back to its payer, or
 * some is on its way there, and cannot wait in suspense; unprocessable when its money cannot be there; conflict where it is not there any more.
 */
export async function reversePayment(context: Context, input: Reversal): Promise<Standing> {
  const found = await lockLeaseFor('reversePayment', context, input.leaseId);
  const attempt = await lockAttempt(context.tx, input.attemptId);
  if (attempt.leaseId !== found.row.id) throw new Problem('not_found', 'the lease has no such payment');
  if (attempt.status !== 'reversed') return takeOut(context, found, attempt, input);
  if (input.to === undefined) return standingOf(found, context.at);
  const source = sourceOf(attempt, input.to);
  const isPartGone = source !== null && attempt.source === null && (await wentBackOf(context, attempt)) > 0;
  if (!isPartGone) {
    await moveReversed(context, attempt, source);
    return standingOf(found, context.at);
  }
  // What went back of it was not the lease's either: it is taken over with the rest.
  await refuseUnlessAtProvider(context, attempt);
  const asItWas = await bookAsItWas(context, found, attempt, input.reason);
  return takeOut(context, asItWas, await lockAttempt(context.tx, attempt.id), input);
}

async function takeOut(context: Context, found: LeaseRecord, attempt: AttemptRow, input: Reversal): Promise<Standing> {
  if (attempt.kind === 'refund') throw new Problem('invalid_state', 'a refund cannot be reversed');
  if (attempt.provider === 'trade_in')
    throw new Problem('invalid_state', 'what a vehicle was traded in for cannot be reversed');
  if (attempt.status !== 'succeeded' || attempt.transferId === null)
    throw new Problem('invalid_state', 'the payment is not in the books');

  const source = sourceOf(attempt, input.to);
  const name = await nameOf(context, attempt);
  await endUnsentRefunds(context, eq(attempts.refundOf, attempt.id));
  const isForSuspense = attempt.kind === 'inbound' && source !== null;
  const { before, refunds } = isForSuspense
    ? await takeOverRefunds(context, found, attempt)
    : { before: found, refunds: [] };
  const { row } = before;
  const kept = input.amount === undefined ? 0 : await keptOf(context, attempt, source, input.amount);
  const amount = amountOf(attempt) - kept;
  const parts = await partsTakenBack(context, row, attempt, kept);
  const transferId = await postCounterEntry(context, before, { ...attempt, source, name, amount }, parts);
  await context.tx.update(attempts).set({ status: 'reversed', source }).where(eq(attempts.id, attempt.id));
  if (isForSuspense) await backInSuspense(context, { paymentId: attempt.id, transferId, refunds });
  if (source === null) await closeTakenBack(context, { paymentId: attempt.id, amount });
  if (attempt.agentId !== null) await lookAtFloat(context, attempt.agentId, attempt.currency);
  const isAboutIt = and(eq(cases.paymentId, attempt.id), inArray(cases.kind, ['backdated_cash', 'receipt_taken']));
  await closeCasesOf(context, isAboutIt, 'the payment was taken back');
  const owed = await askPaidAheadAgain(context, before, await owedAgain(context, before, parts));
  const rounded = { ...owed, row: await roundDispute(context, owed.row, { as: `reversal-${name}` }) };
  const after = await reckonAnew(context, rounded);
  await reviewPromises(context, after.row, valueOnOf(attempt));
  const sum = (of: number) => money(of, attempt.currency);
  const disputed = sumOf(parts, 'disputed');
  if (disputed > 0)
    await openCase(context, {
      kind: 'chargeback',
      leaseId: row.id,
      paymentId: attempt.id,
      detail: { amount: sum(amount), disputed: sum(disputed) },
    });
  await recordOnLease(context, after.row, {
    key: `payment.reversed:${name}`,
    type: 'payment.reversed',
    subject: attempt.id,
    detail: { paymentId: attempt.id, amount: sum(amount), disputed: sum(disputed), reason: input.reason },
  });
  return standingOf(after, context.at);
}

/** Whether all that a payment paid came back of what was given up before: it is owed and given up again. */
async function wasRecovery({ tx }: Context, { transferId, allocation }: AttemptRow): Promise<boolean> {
  const [recovered] = await tx
    .select({ amount: sql<string>`coalesce(-sum(${entries.amount}), 0)` })
    .from(entries)
    .innerJoin(accountRows, eq(accountRows.id, entries.accountId))
    .where(and(eq(entries.transferId, transferId ?? ''), eq(accountRows.name, accounts.recovery)));
  return Number(recovered?.amount ?? 0) === recoveredBy(allocation);
}

/** Before anything is in dispute, credit pays that was ordered back and is not sent. */
async function partsTakenBack(
  context: Context,
  row: LeaseRow,
  attempt: AttemptRow,
  kept: number,
): Promise<AllocationPart[]> {
  const isRecovery = isGivenUp(row.status) && (await wasRecovery(context, attempt));
  const ended = hasEnded(row.status) && !isRecovery;
  const parts = async () =>
    takenBackParts(lessWentBack(attempt.allocation, kept), { ended, free: (await creditShares(context, row)).free });
  const found = await parts();
  if (sumOf(found, 'disputed') === 0) return found;
  return (await endUnsentRefunds(context, eq(attempts.leaseId, row.id))) === 0 ? found : parts();
}

/** The account that the money goes back to, as `attempts.source` has it: null for the provider's clearing. */
function sourceOf(attempt: AttemptRow, to: ReversedTo | undefined): string | null {
  if (to === undefined) return attempt.source;
  const provider = isByProvider(attempt.provider) ? attempt.provider : null;
  if (to === 'provider' && provider !== null) return null;
  if (provider !== null && attempt.kind === 'inbound') return accounts.suspense(provider);
  const message = provider === null ? 'cash goes back to the agent who took it' : 'only pay-bill money can be there';
  throw new Problem('unprocessable', 'the money cannot be there', [{ path: 'to', message }]);
}

/** A payment that was reversed before and booked again has another reversal. */
async function nameOf({ tx }: Context, { id, transferId }: AttemptRow): Promise<string> {
  const isBefore = eq(transfers.key, `reversal:${id}`);
  return (await tx.$count(transfers, isBefore)) === 0 ? id : `${id}:${transferId}`;
}

async function postCounterEntry(
  context: Context,
  { row }: LeaseRecord,
  attempt: AttemptRow & { readonly name: string; readonly amount: number },
  parts: readonly AllocationPart[],
): Promise<string> {
  const transferId = attempt.transferId ?? '';
  const source = attempt.source ?? accounts.clearing(providerOf(attempt));
  return postOnLease(context, row, {
    key: `reversal:${attempt.name}`,
    kind: 'reversal',
    description: `${formatMoney(money(attempt.amount, attempt.currency))} by ${attempt.provider} taken back`,
    cause: { paymentId: attempt.id, transferId },
    reverses: transferId,
    entries: takenBack(row.id, source, parts, phaseOf(row)),
  });
}
