import { and, eq, inArray } from 'drizzle-orm';
import { bookedFirstOf } from '#db/queries/reversals';
import { attempts, cases, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import { phaseOf } from '#domain/leases/status';
import { keys } from '#domain/ledger/keys';
import { marketOf } from '#domain/markets';
import { formatMoney, money } from '#domain/money';
import { sumOf } from '#domain/leases/lease-credit';
import { accounts, takenBack, type AllocationPart, type Phase } from '#domain/ledger/ledger';
import { isByProvider } from '#domain/payments/payment';
import { normalReceipt } from '#domain/payments/receipt';
import type { ReversedTo, Reversal } from '#domain/leases/orders';
import { recordOnLease, type Context } from '../../context.ts';
import { standingOf, type LeaseRecord } from '../../leases/lease-record.ts';
import { reviewPromises } from '../../leases/promise-payment.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { countedAfterEnd, providerOf, valueOnOf, type AttemptRow } from '../attempt-record.ts';
import { lookAtFloat } from '../cash/check-float.ts';
import { claimFromFormer, takenOfFormer } from './former-claim.ts';
import { formerOwing } from './former-owing.ts';
import { partsTakenBack } from './parts-taken-back.ts';
import { takenNow } from './taken-now.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import { forgiveMore, notOwedOf } from '../../leases/repossession/shortfall.ts';
import { endUnsentRefunds } from '../refunds/credit-to-return.ts';
import { backInSuspense } from '../suspense/take-from-suspense.ts';
import { takeOverRefunds } from '../suspense/take-over-refunds.ts';
import { answerForLine } from '../lines/taken-back-line.ts';
import { openCase } from '../../cases/open-case.ts';
import { askAgain } from '../../leases/asked-again.ts';
import { owedAgain } from '../../leases/owed-again.ts';
import { roundCredit } from '../../leases/round-credit.ts';
import { tellTakenBack } from './tell-taken-back.ts';
import { roundDispute } from '../../leases/round-dispute.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';

interface Taking extends Reversal {
  /** It is booked again next, in the same transaction: nothing of it is owed in between, and nobody is told. */
  readonly isBookedNext?: boolean;
}

/** Takes a payment out of the books, or a part of it. Call it with the lease and the payment locked. */
export async function takeOut(
  context: Context,
  found: LeaseRecord,
  attempt: AttemptRow,
  input: Taking,
): Promise<Standing> {
  if (attempt.status !== 'succeeded' || attempt.transferId === null)
    throw new Problem('invalid_state', 'the payment is not in the books');

  const source = sourceOf(attempt, input.to);
  const name = await nameOf(context, attempt, input);
  const formerId = await formerOwing(context, found.row, attempt, source);
  // Before anything is owed again or in dispute, credit pays that was ordered back and is not sent.
  if (formerId === null) await endUnsentRefunds(context, eq(attempts.leaseId, found.row.id));
  const isForSuspense = attempt.kind === 'inbound' && source !== null;
  const { before, ...goesAlong } = isForSuspense
    ? await takeOverRefunds(context, found, attempt)
    : { before: found, refunds: [], unseen: [] };
  const taken = await takenNow(context, attempt, source, input);
  const { amount, isPart } = taken;
  const back = (await countedAfterEnd(context, attempt, amount)).map((one) => ({ ...one, amount: -one.amount }));
  const { parts, stays } =
    formerId === null
      ? await partsTakenBack(context, before, attempt, taken, await notOwedOf(context, before, back))
      : takenOfFormer(attempt, taken);
  const phase = formerId === null ? phaseOf(before.row) : 'running';
  const counted = { ...attempt, source, name, amount, isPart, phase };
  const transferId = await postCounterEntry(context, before, counted, parts);
  const { takenBack } = attempt;
  await context.tx
    .update(attempts)
    .set(isPart ? { takenBack: takenBack + amount, allocation: stays } : { status: 'reversed', source })
    .where(eq(attempts.id, attempt.id));
  if (isForSuspense) await backInSuspense(context, { paymentId: attempt.id, transferId, ...goesAlong, takenBack });
  if (source === null) await answerForLine(context, { ...statedOf(attempt), amount, transferId, isRest: !isPart });
  if (attempt.agentId !== null) await lookAtFloat(context, attempt.agentId, attempt.currency);
  const isAboutIt = and(eq(cases.paymentId, attempt.id), inArray(cases.kind, ['backdated_cash', 'receipt_taken']));
  if (!isPart) await closeCasesOf(context, isAboutIt, 'the payment was taken back');
  if (formerId !== null) {
    const lost = { customerId: formerId, name, transferId, claimed: parts, isPart };
    return owedByFormer(context, before, attempt, { amount, reason: input.reason, lost });
  }
  const { reason, isBookedNext = false } = input;
  const lost = { name, amount, isPart, parts, back, reason, isBookedNext };
  return owedByItsCustomer(context, before, { ...attempt, source }, lost);
}

interface Back {
  readonly name: string;
  readonly amount: number;
  readonly isPart: boolean;
  readonly parts: readonly AllocationPart[];
  /** From which days it had counted, where the lease had ended. */
  readonly back: Parameters<typeof forgiveMore>[2];
  readonly reason: string;
  readonly isBookedNext: boolean;
}

/** What is taken out of the books is owed again, or in dispute. */
async function owedByItsCustomer(
  context: Context,
  before: LeaseRecord,
  attempt: AttemptRow,
  { name, amount, isPart, parts, back, reason, isBookedNext }: Back,
): Promise<Standing> {
  const again = await forgiveMore(context, await owedAgain(context, before, parts), back);
  const disputed = Math.min(sumOf(parts, 'disputed'), again.row.disputed);
  const told = { name, amount, isPart, disputed };
  // What is forgiven of it next closes the case.
  if (disputed > 0) await openDispute(context, attempt, told);
  const after = isBookedNext ? again : await askedFor(context, { before, again, attempt, as: `reversal-${name}` });
  await recordOnLease(context, after.row, {
    key: `payment.reversed:${name}`,
    type: 'payment.reversed',
    subject: attempt.id,
    detail: { paymentId: attempt.id, ...saidOf(attempt, told), reason },
  });
  if (!isBookedNext) await tellTakenBack(context, after, attempt, { name, amount, parts });
  return standingOf(after, context.at);
}

/** The lease as it goes on without the money: when it is asked for, what credit pays of it, and whether promises were kept. */
async function askedFor(
  context: Context,
  of: { readonly before: LeaseRecord; readonly again: LeaseRecord; readonly attempt: AttemptRow; readonly as: string },
): Promise<LeaseRecord> {
  const { before, again, attempt, as } = of;
  const owed = await askAgain(context, before, again);
  const rounded = { ...owed, row: await roundDispute(context, owed.row, { as }) };
  const after = await roundCredit(context, await reckonAnew(context, rounded), { as });
  await reviewPromises(context, after.row, valueOnOf(attempt));
  return after;
}

/** Whoever had the lease before had paid it: he owes it, and the lease is as it was. */
async function owedByFormer(
  context: Context,
  before: LeaseRecord,
  attempt: AttemptRow,
  of: {
    readonly amount: number;
    readonly reason: string;
    readonly lost: Parameters<typeof claimFromFormer>[3];
  },
): Promise<Standing> {
  const { amount, reason, lost } = of;
  await claimFromFormer(context, before.row, attempt, lost);
  const said = saidOf(attempt, { amount, isPart: lost.isPart, disputed: 0 });
  await recordOnLease(context, before.row, {
    key: `payment.reversed:${lost.name}`,
    type: 'payment.reversed',
    subject: attempt.id,
    detail: { paymentId: attempt.id, ...said, isOfFormerCustomer: true, reason },
  });
  return standingOf(before, context.at);
}

interface Told {
  readonly name: string;
  readonly amount: number;
  readonly isPart: boolean;
  readonly disputed: number;
}

function saidOf(attempt: AttemptRow, { amount, isPart, disputed }: Omit<Told, 'name'>) {
  const sum = (of: number) => money(of, attempt.currency);
  return { amount: sum(amount), disputed: sum(disputed), ...(isPart && { left: sum(leftOf(attempt) - amount) }) };
}

/** The case of what is in dispute: each part has its own. */
function openDispute(context: Context, attempt: AttemptRow, told: Told): Promise<boolean> {
  const { leaseId, id: paymentId } = attempt;
  const about = told.isPart ? { about: told.name } : {};
  return openCase(context, { kind: 'chargeback', leaseId, paymentId, ...about, detail: saidOf(attempt, told) });
}

/** How statements name it. */
const statedOf = (attempt: AttemptRow) => ({
  provider: providerOf(attempt),
  market: marketOf(attempt.currency),
  receipt: attempt.providerReference === null ? null : normalReceipt(attempt.providerReference),
});

/** The account that the money goes back to, as `attempts.source` has it: null for the provider's clearing. */
export function sourceOf(attempt: AttemptRow, to: ReversedTo | undefined): string | null {
  if (to === undefined) return attempt.source;
  const provider = isByProvider(attempt.provider) ? attempt.provider : null;
  if (to === 'provider' && provider !== null) return null;
  if (provider !== null && attempt.kind === 'inbound') return accounts.suspense(provider);
  const message = provider === null ? 'cash goes back to the agent who took it' : 'only pay-bill money can be there';
  throw new Problem('unprocessable', 'the money cannot be there', [{ path: 'to', message }]);
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
  attempt: AttemptRow & {
    readonly name: string;
    readonly amount: number;
    readonly isPart: boolean;
    readonly phase: Phase;
  },
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
    entries: takenBack(row.id, source, parts, attempt.phase),
  });
}
