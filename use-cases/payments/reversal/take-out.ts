import { and, eq, inArray } from 'drizzle-orm';
import { bookedFirstOf } from '#db/queries/reversals';
import { attempts, cases, transfers } from '#db/schema/index';
import type { CaseKind } from '#domain/cases';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import { shareOut, sumOfTheirs } from '#domain/leases/former';
import { phaseOf } from '#domain/leases/status';
import { keys } from '#domain/ledger/keys';
import { marketOf } from '#domain/markets';
import { formatMoney, money } from '#domain/money';
import { sumOf } from '#domain/leases/lease-credit';
import { accounts, takenBack, together, type AllocationPart, type Entry, type Phase } from '#domain/ledger/ledger';
import { isByProvider } from '#domain/payments/payment';
import { normalReceipt } from '#domain/payments/receipt';
import type { ReversedTo, Reversal } from '#domain/leases/orders';
import { recordOnLease, type Context } from '../../context.ts';
import { standingOf, type LeaseRecord, type LeaseRow } from '../../leases/lease-record.ts';
import { reviewPromises } from '../../leases/promise-payment.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { countedAfterEnd, providerOf, valueOnOf, type AttemptRow } from '../attempt-record.ts';
import { lookAtFloat } from '../cash/check-float.ts';
import { claimFromFormer } from './former-claim.ts';
import { ofFormerCustomers } from '../former-owing.ts';
import { sharesTaken } from './shares-taken.ts';
import { takenNow } from './taken-now.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import { forgiveMore } from '../../leases/repossession/shortfall.ts';
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
  const theirs = source === null ? await ofFormerCustomers(context, found.row, attempt) : [];
  // Before anything is owed again or in dispute, credit pays that was ordered back and is not sent.
  if (leftOf(attempt) > sumOfTheirs(theirs)) await endUnsentRefunds(context, eq(attempts.leaseId, found.row.id));
  const isForSuspense = attempt.kind === 'inbound' && source !== null;
  const { before, ...goesAlong } = isForSuspense
    ? await takeOverRefunds(context, found, attempt)
    : { before: found, refunds: [], unseen: [] };
  const taken = await takenNow(context, attempt, source, input);
  const { amount, isPart } = taken;
  const { own, formers } = shareOut({ booked: leftOf(attempt), amount }, theirs);
  const back = (await countedAfterEnd(context, attempt, own)).map((one) => ({ ...one, amount: -one.amount }));
  const { parts, claims, stays } = await sharesTaken(context, before, attempt, { ...taken, own, formers, days: back });
  const entries = [
    ...takenBackFrom(attempt, source, parts, phaseOf(before.row)),
    ...claims.flatMap(({ claimed }) => takenBackFrom(attempt, source, claimed, 'running')),
  ];
  const transferId = await postCounterEntry(context, before, { ...attempt, name, amount, isPart }, entries);
  const { takenBack } = attempt;
  await context.tx
    .update(attempts)
    .set(isPart ? { takenBack: takenBack + amount, allocation: stays } : { status: 'reversed', source })
    .where(eq(attempts.id, attempt.id));
  if (isForSuspense) await backInSuspense(context, attempt, { transferId, ...goesAlong });
  if (source === null) await answerForLine(context, { ...statedOf(attempt), amount, transferId, isRest: !isPart });
  if (attempt.agentId !== null) await lookAtFloat(context, attempt.agentId, attempt.currency);
  const kinds: CaseKind[] = ['backdated_cash', 'cash_to_confirm', 'receipt_taken'];
  const isAboutIt = and(eq(cases.paymentId, attempt.id), inArray(cases.kind, kinds));
  if (!isPart) await closeCasesOf(context, isAboutIt, 'the payment was taken back');
  const { reason, isBookedNext = false } = input;
  for (const [n, claim] of claims.entries())
    await claimFromFormer(context, before.row, attempt, { ...claim, name, transferId, isPart, place: n + 1 });
  const lost = { name, whole: amount, amount: own, isPart, parts, back, reason, isBookedNext };
  if (own > 0) return owedByItsCustomer(context, before, { ...attempt, source }, lost);
  await recordReversed(context, before.row, attempt, { ...lost, disputed: 0 });
  return standingOf(before, context.at);
}

interface Back {
  readonly name: string;
  /** What was taken, and what of it whoever has the lease owes: minor units. */
  readonly whole: number;
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
  of: Back,
): Promise<Standing> {
  const { name, amount, isPart, parts, back, isBookedNext } = of;
  const again = await forgiveMore(context, await owedAgain(context, before, parts), back);
  const disputed = Math.min(sumOf(parts, 'disputed'), again.row.disputed);
  const told = { name, amount, isPart, disputed };
  // What is forgiven of it next closes the case.
  if (disputed > 0) await openDispute(context, attempt, told);
  const after = isBookedNext ? again : await askedFor(context, { before, again, attempt, as: `reversal-${name}` });
  await recordReversed(context, after.row, attempt, { ...of, disputed });
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

function recordReversed(
  context: Context,
  row: LeaseRow,
  attempt: AttemptRow,
  { name, whole, amount, isPart, disputed, reason }: Back & { readonly disputed: number },
): Promise<void> {
  return recordOnLease(context, row, {
    key: `payment.reversed:${name}`,
    type: 'payment.reversed',
    subject: attempt.id,
    detail: {
      paymentId: attempt.id,
      ...saidOf(attempt, { amount: whole, isPart, disputed }),
      ...(amount < whole && { ofFormerCustomers: money(whole - amount, attempt.currency) }),
      reason,
    },
  });
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
  attempt: AttemptRow & { readonly name: string; readonly amount: number; readonly isPart: boolean },
  entries: readonly Entry[],
): Promise<string> {
  const { amount, currency, isPart } = attempt;
  const transferId = attempt.transferId ?? '';
  return postOnLease(context, row, {
    key: keys.reversal(attempt.name),
    kind: 'reversal',
    description: `${formatMoney(money(amount, currency))} by ${attempt.provider} taken back${isPart ? ', a part' : ''}`,
    cause: { paymentId: attempt.id, transferId: await bookedFirstOf(context.tx, attempt.id) },
    // A transfer is undone by one other, which takes the rest.
    ...(!isPart && { reverses: transferId }),
    entries: together(entries),
  });
}

function takenBackFrom(
  attempt: AttemptRow,
  source: string | null,
  parts: readonly AllocationPart[],
  phase: Phase,
): Entry[] {
  return takenBack(attempt.leaseId, source ?? accounts.clearing(providerOf(attempt)), parts, phase);
}
