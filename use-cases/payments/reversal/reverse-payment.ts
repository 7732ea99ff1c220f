import { and, eq, inArray, sql } from 'drizzle-orm';
import { bookedFirstOf, standingReversals } from '#db/queries/reversals';
import { accounts as accountRows, attempts, cases, entries, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import { hasEnded, isGivenUp, phaseOf } from '#domain/leases/status';
import { keys } from '#domain/ledger/keys';
import { marketOf } from '#domain/markets';
import { formatMoney, money } from '#domain/money';
import { lessWentBack, partTakenBack, splitRecovery, sumOf, takenBackParts } from '#domain/leases/lease-credit';
import { accounts, takenBack, type AllocationPart } from '#domain/ledger/ledger';
import { isByProvider, isByVehicle } from '#domain/payments/payment';
import { normalReceipt } from '#domain/payments/receipt';
import type { ReversedTo, Reversal } from '#domain/leases/orders';
import { recordOnLease, type Context } from '../../context.ts';
import { lockLeaseFor, standingOf, type LeaseRecord } from '../../leases/lease-record.ts';
import { reviewPromises } from '../../leases/promise-payment.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { countedAfterEnd, lockAttempt, providerOf, valueOnOf, type AttemptRow } from '../attempt-record.ts';
import { bookAsItWas } from './book-as-it-was.ts';
import { lookAtFloat } from '../cash/check-float.ts';
import { takenNow } from './taken-now.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { creditShares, leftOf } from '../../leases/credit-shares.ts';
import { isRedeemed } from '../../leases/repossession/repossession-record.ts';
import { saleWithoutShortfall } from '../../leases/repossession/paid-before-sale.ts';
import { forgiveMore, notOwedOf } from '../../leases/repossession/shortfall.ts';
import { endUnsentRefunds } from '../refunds/credit-to-return.ts';
import { takeRefundBack } from '../refunds/take-refund-back.ts';
import { backInSuspense } from '../suspense/take-from-suspense.ts';
import { moveReversed, refuseUnlessAtProvider } from '../suspense/reversed-money.ts';
import { takeOverRefunds, wentBackOf } from '../suspense/take-over-refunds.ts';
import { answerForLine } from '../lines/taken-back-line.ts';
import { openCase } from '../../cases/open-case.ts';
import { askAgain } from '../../leases/asked-again.ts';
import { owedAgain } from '../../leases/owed-again.ts';
import { roundCredit } from '../../leases/round-credit.ts';
import { roundDispute } from '../../leases/round-dispute.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';

/**
 * The provider took a payment back, all of it or a part, or it was booked by mistake: the counter-entry of its
 * transfer, its parts are owed again. Each part that is taken back is posted as a transfer of its own; what is left of
 * the payment is its amount minus those parts. What cannot be owed again, since the lease has ended or the credit is
 * gone, is in dispute, and a case. What was booked as recovery after a write-off goes back to the write-off, and is in
 * no dispute. A lease that ended stays as it is. Repeated, it changes nothing; with another `to`, the money is where it
 * says now.
 *
 * @param input.amount what the provider took back, as often as it does, until nothing is left; where a part had gone
 * back by our own refunds before, the customer owes no more than what it took. Without it the provider took all that is
 * left
 * @param input.reversalId of one part: the same again changes nothing
 * @param input.to where the money of a pay-bill payment is: back at the provider, or in suspense, to be resolved for
 * the lease that it belongs to, less what went back to its payer; without it, where it came from
 * @throws Problem as `takeRefundBack`; invalid_state when the payment is not in the books, or all of it went back to its
 * payer, or some is on its way there, and cannot wait in suspense, and for another part of what was taken back whole;
 * unprocessable for more than is left, when its money cannot be there; conflict where it is not there any more.
 */
export async function reversePayment(context: Context, input: Reversal): Promise<Standing> {
  const found = await lockLeaseFor('reversePayment', context, input.leaseId);
  const attempt = await lockAttempt(context.tx, input.attemptId);
  if (attempt.leaseId !== found.row.id) throw new Problem('not_found', 'the lease has no such payment');
  if (await isBooked(context, input)) return standingOf(found, context.at);
  if (isByVehicle(attempt.provider)) throw new Problem('invalid_state', 'what a vehicle brought cannot be reversed');
  if (attempt.status !== 'reversed')
    return attempt.kind === 'refund'
      ? takeRefundBack(context, found, attempt, input)
      : takeOut(context, found, attempt, input);
  if (input.reversalId !== undefined)
    throw new Problem('invalid_state', 'all that was left of the payment was taken back before');
  if (input.to === undefined) return standingOf(found, context.at);
  const source = sourceOf(attempt, input.to);
  const isPartGone = source !== null && attempt.source === null && (await wentBackOf(context, attempt)) > 0;
  if (!isPartGone) {
    await moveReversed(context, attempt, source);
    return standingOf(found, context.at);
  }
  // What went back of it was not the lease's either: it is taken over with the rest.
  await refuseUnlessAtProvider(context, attempt);
  const all = await standingReversals(context.tx, attempt.id);
  const asItWas = await bookAsItWas(context, found, attempt, input.reason, { all });
  return takeOut(context, asItWas, await lockAttempt(context.tx, attempt.id), input);
}

/** Takes a payment out of the books, or a part of it. Call it with the lease and the payment locked. */
export async function takeOut(
  context: Context,
  found: LeaseRecord,
  attempt: AttemptRow,
  input: Reversal,
): Promise<Standing> {
  if (attempt.status !== 'succeeded' || attempt.transferId === null)
    throw new Problem('invalid_state', 'the payment is not in the books');

  const source = sourceOf(attempt, input.to);
  const name = await nameOf(context, attempt, input);
  // Before anything is owed again or in dispute, credit pays that was ordered back and is not sent.
  await endUnsentRefunds(context, eq(attempts.leaseId, found.row.id));
  const isForSuspense = attempt.kind === 'inbound' && source !== null;
  const { before, refunds } = isForSuspense
    ? await takeOverRefunds(context, found, attempt)
    : { before: found, refunds: [] };
  const taken = await takenNow(context, attempt, source, input);
  const { amount, isPart } = taken;
  const counted = await countedAfterEnd(context, attempt, amount);
  const back = counted.map((one) => ({ ...one, amount: -one.amount }));
  const { parts, stays } = await partsTakenBack(
    context,
    before,
    attempt,
    taken,
    await notOwedOf(context, before, back),
  );
  const transferId = await postCounterEntry(context, before, { ...attempt, source, name, amount, isPart }, parts);
  const { takenBack } = attempt;
  await context.tx
    .update(attempts)
    .set(isPart ? { takenBack: takenBack + amount, allocation: stays } : { status: 'reversed', source })
    .where(eq(attempts.id, attempt.id));
  if (isForSuspense) await backInSuspense(context, { paymentId: attempt.id, transferId, refunds, takenBack });
  if (source === null) await answerForLine(context, { ...statedOf(attempt), amount, transferId, isRest: !isPart });
  if (attempt.agentId !== null) await lookAtFloat(context, attempt.agentId, attempt.currency);
  const isAboutIt = and(eq(cases.paymentId, attempt.id), inArray(cases.kind, ['backdated_cash', 'receipt_taken']));
  if (!isPart) await closeCasesOf(context, isAboutIt, 'the payment was taken back');
  const again = await forgiveMore(context, await owedAgain(context, before, parts), back);
  const disputed = Math.min(sumOf(parts, 'disputed'), again.row.disputed);
  const told = { name, amount, isPart, disputed };
  // What is forgiven of it next closes the case.
  if (disputed > 0) await openDispute(context, attempt, told);
  const owed = await askAgain(context, before, again);
  const cause = { as: `reversal-${name}` };
  const rounded = { ...owed, row: await roundDispute(context, owed.row, cause) };
  const after = await roundCredit(context, await reckonAnew(context, rounded), cause);
  await reviewPromises(context, after.row, valueOnOf(attempt));
  await recordOnLease(context, after.row, {
    key: `payment.reversed:${name}`,
    type: 'payment.reversed',
    subject: attempt.id,
    detail: { paymentId: attempt.id, ...saidOf(attempt, told), reason: input.reason },
  });
  return standingOf(after, context.at);
}

interface Told {
  readonly name: string;
  readonly amount: number;
  readonly isPart: boolean;
  readonly disputed: number;
}

function saidOf(attempt: AttemptRow, { amount, isPart, disputed }: Told) {
  const sum = (of: number) => money(of, attempt.currency);
  return { amount: sum(amount), disputed: sum(disputed), ...(isPart && { left: sum(leftOf(attempt) - amount) }) };
}

/** The case of what is in dispute: each part has its own. */
function openDispute(context: Context, attempt: AttemptRow, told: Told): Promise<void> {
  const { leaseId, id: paymentId } = attempt;
  const about = told.isPart ? { about: told.name } : {};
  return openCase(context, { kind: 'chargeback', leaseId, paymentId, ...about, detail: saidOf(attempt, told) });
}

/** How much of a payment was booked as recovery after a write-off, minus later reversals: reversing it moves that back to the write-off. */
async function recoveredOf({ tx }: Context, { id, leaseId }: AttemptRow): Promise<number> {
  const isOfIt = and(eq(transfers.leaseId, leaseId), eq(sql`${transfers.cause} ->> 'paymentId'`, id));
  const [recovered] = await tx
    .select({ amount: sql<string>`coalesce(-sum(${entries.amount}), 0)` })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accountRows, eq(accountRows.id, entries.accountId))
    .where(and(isOfIt, eq(accountRows.name, accounts.recovery)));
  return Number(recovered?.amount ?? 0);
}

/**
 * What is undone of what the payment was for, and what it is for from now on.
 *
 * @param notOwed what of it nobody owes by law, minor units
 */
async function partsTakenBack(
  context: Context,
  lease: LeaseRecord,
  attempt: AttemptRow,
  { amount, back, isPart }: Awaited<ReturnType<typeof takenNow>>,
  notOwed: number,
): Promise<{ readonly parts: AllocationPart[]; readonly stays: AllocationPart[] }> {
  const { row } = lease;
  const { id, allocation } = attempt;
  const { free: there, shares } = await creditShares(context, row);
  // What is forgiven takes no credit.
  const free = Math.min(there, amount - notOwed);
  const left = shares.find(({ payment }) => payment.id === id)?.left ?? 0;
  const { taken, stays } = isPart
    ? partTakenBack(allocation, { amount, back, left })
    : { taken: lessWentBack(allocation, back), stays: [] };
  const ended = hasEnded(row.status);
  // A vehicle that its customer has had back is paid for, as one of a lease that is completed: it is not owed again.
  if (!isGivenUp(row.status) || (await isRedeemed(context.tx, row.id)))
    return { parts: takenBackParts(taken, { ended, free }), stays };
  const recovered = await recoveredOf(context, attempt);
  // Where nobody owes what a sale has not brought, nothing else is owed again: what is neither forgiven nor there is in dispute.
  const isForgiven = (await saleWithoutShortfall(context, lease)) !== null;
  const { recovery, rest } = splitRecovery(taken, isForgiven ? Math.min(recovered, notOwed) : recovered);
  const again = takenBackParts(recovery, { ended: false, free });
  return { parts: [...again, ...takenBackParts(rest, { ended, free })], stays };
}

/** How statements name it. */
const statedOf = (attempt: AttemptRow) => ({
  provider: providerOf(attempt),
  market: marketOf(attempt.currency),
  receipt: attempt.providerReference === null ? null : normalReceipt(attempt.providerReference),
});

/** The account that the money goes back to, as `attempts.source` has it: null for the provider's clearing. */
function sourceOf(attempt: AttemptRow, to: ReversedTo | undefined): string | null {
  if (to === undefined) return attempt.source;
  const provider = isByProvider(attempt.provider) ? attempt.provider : null;
  if (to === 'provider' && provider !== null) return null;
  if (provider !== null && attempt.kind === 'inbound') return accounts.suspense(provider);
  const message = provider === null ? 'cash goes back to the agent who took it' : 'only pay-bill money can be there';
  throw new Problem('unprocessable', 'the money cannot be there', [{ path: 'to', message }]);
}

/** Whether a part was booked by a request before that is said again. */
async function isBooked({ tx }: Context, { attemptId, reversalId }: Reversal): Promise<boolean> {
  if (reversalId === undefined) return false;
  return (await tx.$count(transfers, eq(transfers.key, keys.reversal(attemptId, reversalId)))) > 0;
}

/** A payment that was reversed before and booked again has another reversal, and so has each part. */
async function nameOf({ tx }: Context, { id, transferId }: AttemptRow, { reversalId }: Reversal): Promise<string> {
  if (reversalId !== undefined) return `${id}:${reversalId}`;
  const isBefore = eq(transfers.key, keys.reversal(id));
  return (await tx.$count(transfers, isBefore)) === 0 ? id : `${id}:${transferId}`;
}

async function postCounterEntry(
  context: Context,
  { row }: LeaseRecord,
  attempt: AttemptRow & { readonly name: string; readonly amount: number; readonly isPart: boolean },
  parts: readonly AllocationPart[],
): Promise<string> {
  const { amount, currency, isPart } = attempt;
  const transferId = attempt.transferId ?? '';
  const source = attempt.source ?? accounts.clearing(providerOf(attempt));
  return postOnLease(context, row, {
    key: keys.reversal(attempt.name),
    kind: 'reversal',
    description: `${formatMoney(money(amount, currency))} by ${attempt.provider} taken back${isPart ? ', a part' : ''}`,
    cause: { paymentId: attempt.id, transferId: await bookedFirstOf(context.tx, attempt.id) },
    // A transfer is undone by one other, which takes the rest.
    ...(!isPart && { reverses: transferId }),
    entries: takenBack(row.id, source, parts, phaseOf(row)),
  });
}
