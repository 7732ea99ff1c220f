import { and, eq, inArray, ne, or, sql } from 'drizzle-orm';
import { wasRefused } from '#db/queries/payment-states';
import { cashByReceipt, isOfClaim } from '#db/queries/payments';
import { declaredOf, floatOf } from '#db/queries/remittances';
import { attempts, audit, cases, inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { dueFor } from '#domain/leases/due';
import { isRunning } from '#domain/leases/status';
import { keys } from '#domain/ledger/keys';
import { formatMoney, money } from '#domain/money';
import { REFUND_TRIES } from '#domain/leases/lease-credit';
import { accounts, refund, type AllocationPart } from '#domain/ledger/ledger';
import { normalReceiptNumber } from '#domain/payments/receipt';
import { recordOnLease, type Context } from '../../context.ts';
import { refuseWhileQuoteWaits } from '../../leases/before-end.ts';
import { businessDate, lockLease, updateLease, type LeaseRow } from '../../leases/lease-record.ts';
import { tellOfAccount } from '../../leases/tell-of-account.ts';
import { lockFloat } from '../cash/check-float.ts';
import type { CreditShare, CreditShares } from '../../leases/credit-shares.ts';
import { creditToReturn } from './credit-to-return.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { claimsTakenBy, leftOfClaim } from '../claim-left.ts';
import { freedBy, refuseMuchFreed } from './freed-credit.ts';
import { refuseUnconfirmed } from './unconfirmed-credit.ts';
import { refuseMuchFromSuspense } from './much-from-suspense.ts';
import { refundable } from './refunds.ts';
import { refuseWhileSaidGone } from '../../leases/refuse-while-said-gone.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';

interface CreditReturn {
  /** UUID of the refund that it becomes; the same id again is the same one. */
  readonly paymentId: string;
  readonly leaseId: string;
  /** Minor units of the lease's currency. */
  readonly amount: number;
  /** Of the receipt that the customer signs; good once for the agent, as for cash that is taken. */
  readonly receiptNumber: string;
}

/**
 * Credit that has no way back by mobile money is paid out in cash, from what the agent holds: what came in cash, or by
 * pay-bill from a number that is not known, parts where a provider gives back the whole or nothing, and what mobile
 * money has refused to give back on all its tries. The oldest first, never what the same agent put where it is: see
 * `ownHand`. Works while the lease lives and after it. Repeated, it changes nothing.
 *
 * @throws Problem forbidden for credit that the agent put there, and for much that came from suspense or that ending
 * the lease made credit, or any for which no money is there any more; invalid_state while its insurer's money is not
 * confirmed, or a case says that money of it has gone already; unprocessable where there is not so much of it, or the agent does not hold so much;
 * settlement_under_way while a quote that is paid waits, which may take it; receipt_conflict when the receipt was used
 * for another payment.
 */
export async function returnCredit(
  context: Context,
  deps: Pick<PaymentDependencies, 'mobileMoney'>,
  { paymentId, leaseId, amount, receiptNumber }: CreditReturn,
): Promise<void> {
  const found = await lockLease(context.tx, leaseId);
  const before = await cashByReceipt(context.tx, context.actor.id, receiptNumber);
  if (before !== undefined) {
    if (before.kind === 'refund' && before.leaseId === leaseId && before.amount === amount) return;
    throw new Problem('receipt_conflict');
  }
  if (await isOfClaim(context.tx, context.actor.id, receiptNumber)) throw new Problem('receipt_conflict');
  if (isRunning(found.row.status)) await refuseWhileQuoteWaits(context, found.row);
  await refuseWhileSaidGone(context, leaseId);
  const { row, free, shares } = await creditToReturn(context, found);
  const confirmed = await refuseUnconfirmed(context, leaseId, { free, shares, amount });
  const isGivenUp = await creditGivenUp(context, leaseId);
  const byHand: CreditShare[] = [];
  for (const share of confirmed)
    if (isGivenUp(share.payment.id) || (await refundable(context, deps, row, share)) === 0) byHand.push(share);
  const parts = partsOf(byHand, await ownHand(context, byHand), amount);
  await refuseClaims(context, byHand, parts);
  await refuseMuchFromSuspense(context, row, parts);
  await refuseMuchFreed(context, row, amount);
  await refuseUnlessHeld(context, row, amount);

  const transferId = await post(context, row, { paymentId, amount });
  const source = accounts.float(context.actor.id);
  const { stored } = await store(context, row, { paymentId, amount, receiptNumber, parts, source, transferId });
  if (!stored) throw new Problem('receipt_conflict');
  const after = { ...found, row: await updateLease(context, row, { credit: row.credit - amount }) };
  await tellOfAccount(context, after, { key: paymentId, change: 'paid_out', amount, receiptNumber });
  await recordOnLease(context, row, {
    key: keys.paymentRefunded(paymentId),
    type: 'payment.refunded',
    subject: paymentId,
    detail: { paymentId, refundOf: null, amount: money(amount, row.currency) },
  });
}

/** While who had the lease before owes what it came of, no money is there for it: an admin pays it out. @throws Problem forbidden */
async function refuseClaims(
  { tx, actor }: Context,
  shares: CreditShares['shares'],
  parts: readonly AllocationPart[],
): Promise<void> {
  if (actor.role === 'admin') return;
  for (const { payment } of shares) {
    if (payment.provider !== 'former' || !parts.some(({ of }) => of === payment.id)) continue;
    const { left, isGivenUp } = await leftOfClaim(tx, payment.leaseId, payment.id);
    if (left > 0 || isGivenUp)
      throw new Problem('forbidden', 'what it came of who had the lease before owes still: an admin pays it out');
  }
}

/**
 * The charges whose refund by mobile money was given up: all of a lease with such a case, and what was refused on all its
 * tries. What reached no provider nobody has refused. Call it with the lease locked.
 */
export async function creditGivenUp({ tx }: Context, leaseId: string): Promise<(paymentId: string) => boolean> {
  const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'refund_failed'), eq(cases.status, 'open'));
  if ((await tx.select({ id: cases.id }).from(cases).where(isOpen)).length > 0) return () => true;
  const isIts = and(eq(attempts.leaseId, leaseId), wasRefused, ne(attempts.reason, 'not_sent'));
  const refused = await tx.select({ of: attempts.refundOf }).from(attempts).where(isIts);
  return (paymentId) => refused.filter(({ of }) => of === paymentId).length >= REFUND_TRIES;
}

/**
 * The payments that whoever acts has put where they are: cash that he took, for a claim too, or whose day he confirmed, money in
 * suspense that he gave to the lease, a charge that he decided on, booked again or moved; all of a lease that he ended, where that made
 * credit. Who brings money to a lease does not carry it out again alone.
 */
export async function ownHand({ tx, actor }: Context, byHand: CreditShares['shares']): Promise<ReadonlySet<string>> {
  const ids = byHand.map(({ payment }) => payment.id);
  const byHim = ids.flatMap((id) => [keys.paymentDecided(id), keys.paymentBackdated(id)]);
  const isPut = inArray(audit.type, ['payment.booked_again', 'payment.moved']);
  const isBookedAgain = and(inArray(audit.subject, ids), isPut);
  const resolved = await tx
    .select({ id: inbound.paymentId })
    .from(inbound)
    .where(and(inArray(inbound.paymentId, ids), eq(inbound.resolvedBy, actor.id)));
  const decided = await tx
    .select({ id: audit.subject })
    .from(audit)
    .where(and(or(inArray(audit.key, byHim), isBookedAgain), eq(sql`${audit.actor} ->> 'id'`, actor.id)));
  const taken = byHand.filter(({ payment }) => payment.agentId === actor.id).map(({ payment }) => payment);
  const claims = await claimsTakenBy({ tx }, actor.id, ids);
  const ended = new Set<string>();
  for (const leaseId of new Set(byHand.map(({ payment }) => payment.leaseId)))
    if ((await freedBy({ tx }, leaseId)).includes(actor.id)) ended.add(leaseId);
  const freed = byHand.filter(({ payment }) => ended.has(payment.leaseId)).map(({ payment }) => payment);
  return new Set(
    [...taken, ...claims, ...resolved, ...decided, ...freed].flatMap(({ id }) => (id === null ? [] : [id])),
  );
}

/** Whose credit it is, oldest first, without what the agent put there himself. */
export function partsOf(
  byHand: CreditShares['shares'],
  own: ReadonlySet<string>,
  amount: number,
  way: 'in cash' | 'to another number' = 'in cash',
): AllocationPart[] {
  const total = (of: CreditShares['shares']) => of.reduce((sum, { left }) => sum + left, 0);
  const others = byHand.filter(({ payment }) => !own.has(payment.id));
  const most = total(others);
  if (amount > most && amount <= total(byHand))
    throw new Problem(
      'forbidden',
      'somebody else pays out what one has taken, resolved, decided, confirmed or made credit',
    );
  if (amount > most) throw refusal(`must be at most ${most}, the credit that is paid out ${way}`);
  let rest = amount;
  return others.flatMap(({ payment, left }) => {
    const taken = Math.min(rest, left);
    rest -= taken;
    return taken === 0 ? [] : [{ component: 'credit', instalment: null, amount: -taken, of: payment.id }];
  });
}

async function refuseUnlessHeld(context: Context, { currency }: LeaseRow, amount: number): Promise<void> {
  const agentId = context.actor.id;
  await lockFloat(context, agentId);
  const held = await floatOf(context.tx, agentId, currency);
  const free = held - (await declaredOf(context.tx, agentId, currency));
  if (amount > free) throw refusal(`must be at most ${Math.max(0, free)}, the cash that the agent holds`);
}

const refusal = (message: string) =>
  new Problem('unprocessable', 'there is not so much to pay out', [{ path: 'amount.amount', message }]);

function post(
  context: Context,
  row: LeaseRow,
  { paymentId, amount }: Pick<CreditReturn, 'paymentId' | 'amount'>,
): Promise<string> {
  return postOnLease(context, row, {
    key: keys.payment(paymentId),
    kind: 'refund',
    description: `refund of ${formatMoney(money(amount, row.currency))} by cash`,
    cause: { paymentId },
    entries: refund(row.id, accounts.float(context.actor.id), amount),
  });
}

async function store(
  context: Context,
  row: LeaseRow,
  given: Omit<CreditReturn, 'leaseId'> & { parts: AllocationPart[]; source: string; transferId: string },
): Promise<{ stored: boolean }> {
  const { paymentId: id, amount, receiptNumber, parts: allocation, source, transferId } = given;
  const rows = await context.tx
    .insert(attempts)
    .values({
      id,
      leaseId: row.id,
      kind: 'refund',
      due: dueFor('credit', id),
      provider: 'cash',
      payerMasked: 'cash',
      amount,
      currency: row.currency,
      status: 'succeeded',
      sent: true,
      allocation,
      transferId,
      source,
      agentId: context.actor.id,
      receiptNumber,
      receiptNormal: normalReceiptNumber(receiptNumber),
      requestedAt: context.at,
      settledAt: context.at,
      valueOn: businessDate(row, context.at),
      createdAt: new Date(),
    })
    .onConflictDoNothing()
    .returning({ id: attempts.id });
  return { stored: rows.length > 0 };
}
