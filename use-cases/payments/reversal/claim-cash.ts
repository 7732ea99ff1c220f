import { and, eq, gt, inArray, lt, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Transaction } from '#db/client';
import { cashByReceipt } from '#db/queries/payments';
import { accounts as accountRows, attempts, cases, entries, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { accounts, formerClaimPaid } from '#domain/ledger/ledger';
import { keys } from '#domain/ledger/keys';
import { formatMoney, money, type Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import { normalReceiptNumber } from '#domain/payments/receipt';
import type { Config } from '#platform/config';
import { closeCasesOf } from '../../cases/close-case.ts';
import { insertCase, retellCases } from '../../cases/open-case.ts';
import { record, type Context } from '../../context.ts';
import { lockLease, type LeaseRow } from '../../leases/lease-record.ts';
import { tellFormerCustomer } from '../../leases/tell-of-account.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { checkFloat, holdFloat, lookAtFloat, lookAtMore } from '../cash/check-float.ts';

/** Cash of whoever had a lease before, by which he pays what is claimed of him; minor units. */
interface ClaimPayment {
  /** The transfer by which it is booked. */
  readonly id: string;
  readonly leaseId: string;
  readonly caseId: string;
  readonly amount: number;
  /** Of the claim, after it. */
  readonly left: number;
}

interface ClaimCash {
  readonly leaseId: string;
  readonly caseId: string;
  readonly amount: Money;
  readonly receiptNumber: string;
}

/** What is kept with its transfer. */
const cause = z.object({ caseId: z.string(), standsIn: z.string(), customerId: z.string(), agentId: z.string() });

/**
 * An agent takes cash of whoever had the lease before, for what was taken back of him since. It is no payment of the lease, and
 * nobody who has that now reads of it. A receipt is good once, for this or for any other cash.
 *
 * @throws Problem unprocessable for no such case, or more than is left of the claim; float_exceeded; receipt_conflict
 */
export async function takeClaimCash(context: Context, config: Config, cash: ClaimCash): Promise<ClaimPayment> {
  const { tx, actor } = context;
  const { leaseId, caseId, receiptNumber } = cash;
  const { row } = await lockLease(tx, leaseId);
  const amount = inLeaseCurrency(row, cash.amount);
  const claim = await claimOf(tx, row, caseId);
  const held = await holdFloat(context, actor.id, row.currency);
  const key = keys.claimCash(actor.id, normalReceiptNumber(receiptNumber));
  const [before] = await tx.select().from(transfers).where(eq(transfers.key, key));
  if (before !== undefined) {
    const sum = await paidOf(tx, row.id, eq(transfers.id, before.id));
    const isUndone = (await tx.$count(transfers, eq(transfers.reverses, before.id))) > 0;
    if (isUndone || before.cause['caseId'] !== caseId || sum !== amount) throw new Problem('receipt_conflict');
    return { id: before.id, leaseId, caseId, amount, left: claim.left };
  }
  if ((await cashByReceipt(tx, actor.id, receiptNumber)) !== undefined) throw new Problem('receipt_conflict');
  if (amount > claim.left)
    throw new Problem('unprocessable', 'So much is not claimed', [
      { path: 'amount.amount', message: `must be at most ${claim.left}, what is left of the claim` },
    ]);
  const sum = money(amount, row.currency);
  checkFloat(config, { held, ...sum });
  await lookAtMore(context, actor.id, held, sum);
  const { standsIn, customerId } = claim;
  const id = await postOnLease(context, row, {
    key,
    kind: 'former_paid',
    description: `${formatMoney(sum)} in cash of what who had the lease before owes`,
    cause: { caseId, standsIn, customerId, agentId: actor.id },
    entries: formerClaimPaid(leaseId, actor.id, amount),
  });
  const left = claim.left - amount;
  await tellLeft(context, row, standsIn, left);
  const detail = { transferId: id, caseId, amount: sum };
  await record(context, { key, type: 'lease.claim_paid', subject: leaseId, detail });
  await tellFormerCustomer(context, row, { key: id, customerId, change: 'cash_received', amount, left, receiptNumber });
  return { id, leaseId, caseId, amount, left };
}

/**
 * That cash was booked by a slip, or goes back to who paid it: he owes it again, and the agent holds it. Its receipt is not good again.
 *
 * @throws Problem not_found; forbidden to who took it; invalid_state where what was left of the claim was given up since
 */
export async function undoClaimCash(
  context: Context,
  { leaseId, transferId, reason }: { readonly leaseId: string; readonly transferId: string; readonly reason: string },
): Promise<ClaimPayment> {
  const { tx, actor } = context;
  const { row } = await lockLease(tx, leaseId);
  const isIt = and(eq(transfers.id, transferId), eq(transfers.leaseId, leaseId), eq(transfers.kind, 'former_paid'));
  const [paid] = await tx.select().from(transfers).where(isIt);
  if (paid === undefined) throw new Problem('not_found');
  const { caseId, standsIn, customerId, agentId } = cause.parse(paid.cause);
  if (agentId === actor.id) throw new Problem('forbidden', 'another admin than who has taken the cash takes it out');
  const amount = await paidOf(tx, leaseId, eq(transfers.id, transferId));
  const answer = async () => ({ id: transferId, leaseId, caseId, amount, left: (await claimOf(tx, row, caseId)).left });
  if ((await tx.$count(transfers, eq(transfers.reverses, transferId))) > 0) return answer();
  if ((await claimOf(tx, row, caseId)).isGivenUp)
    throw new Problem('invalid_state', 'what was left of the claim was given up since');
  const sum = money(amount, row.currency);
  const key = keys.claimCashUndone(transferId);
  await postOnLease(context, row, {
    key,
    kind: 'former_paid_undone',
    description: `${formatMoney(sum)} of who had the lease before that was not paid`,
    cause: cause.parse(paid.cause),
    reverses: transferId,
    entries: formerClaimPaid(leaseId, agentId, amount).map((entry) => ({ ...entry, amount: 0 - entry.amount })),
  });
  await lookAtFloat(context, agentId, row.currency);
  const [about] = await tx.select().from(cases).where(eq(cases.id, caseId));
  if (about !== undefined) {
    const { key: of, kind, paymentId, detail } = about;
    await insertCase(context, { key: of, kind, leaseId, paymentId, detail }, null);
  }
  const detail = { transferId, amount: sum, reason };
  await record(context, { key, type: 'lease.claim_payment_undone', subject: leaseId, detail });
  const undone = await answer();
  const { left } = undone;
  await tellLeft(context, row, standsIn, left);
  await tellFormerCustomer(context, row, { key, customerId, change: 'taken_back', amount, left });
  return undone;
}

/** What was paid in cash of the claims that these payments stand in for, minor units. */
export const paidOfClaims = (tx: Transaction, leaseId: string, standIns: readonly string[]): Promise<number> =>
  standIns.length === 0
    ? Promise.resolve(0)
    : paidOf(tx, leaseId, inArray(sql`${transfers.cause} ->> 'standsIn'`, [...standIns]));

async function paidOf(tx: Transaction, leaseId: string, which: SQL | undefined): Promise<number> {
  const isCash = inArray(transfers.kind, ['former_paid', 'former_paid_undone']);
  const [found] = await tx
    .select({ amount: sql<string>`coalesce(-sum(${entries.amount}), 0)` })
    .from(transfers)
    .innerJoin(entries, eq(entries.transferId, transfers.id))
    .innerJoin(accountRows, and(eq(accountRows.id, entries.accountId), eq(accountRows.name, accounts.former(leaseId))))
    .where(and(eq(transfers.leaseId, leaseId), isCash, which));
  return Number(found?.amount ?? 0);
}

/** What a case of a claim says. */
const claimed = z.object({ customerId: z.string(), standsIn: z.string() });

/** Who owes what a case tells of, and what is left of it: nothing once it is booked again. @throws Problem unprocessable for another case */
async function claimOf(tx: Transaction, { id: leaseId }: LeaseRow, caseId: string) {
  const isIt = and(eq(cases.id, caseId), eq(cases.leaseId, leaseId), eq(cases.kind, 'former_chargeback'));
  const [found] = await tx.select({ detail: cases.detail }).from(cases).where(isIt);
  if (found === undefined)
    throw new Problem('unprocessable', 'There is no such claim', [
      { path: 'caseId', message: 'must be the id of a case former_chargeback of the lease' },
    ]);
  const { customerId, standsIn } = claimed.parse(found.detail);
  const isStanding = and(eq(attempts.id, standsIn), eq(attempts.status, 'succeeded'));
  const [standing] = await tx.select().from(attempts).where(isStanding);
  if (standing === undefined) return { customerId, standsIn, left: 0, isGivenUp: false };
  const isGivenUp = await wasGivenUp(tx, standing);
  const left = isGivenUp ? 0 : leftOf(standing) - (await paidOfClaims(tx, leaseId, [standsIn]));
  return { customerId, standsIn, left, isGivenUp };
}

/** Whether something of a claim was left when what those before owed of its lease was given up. */
async function wasGivenUp(tx: Transaction, standing: AttemptRow): Promise<boolean> {
  const { id, leaseId, transferId } = standing;
  const claimedBy = tx
    .select({ number: transfers.number })
    .from(transfers)
    .where(eq(transfers.id, transferId ?? id));
  const isSuch = and(eq(transfers.leaseId, leaseId), eq(transfers.kind, 'former_given_up'));
  const givenUp = await tx
    .select({ number: transfers.number })
    .from(transfers)
    .where(and(isSuch, gt(transfers.number, claimedBy)));
  for (const { number } of givenUp) {
    const until = and(eq(sql`${transfers.cause} ->> 'standsIn'`, id), lt(transfers.number, number));
    if ((await paidOf(tx, leaseId, until)) < leftOf(standing)) return true;
  }
  return false;
}

/** What is left is told by the open case, which closes with the last of it. */
async function tellLeft(context: Context, { id: leaseId, currency }: LeaseRow, standsIn: string, left: number) {
  const isOfIt = and(
    and(eq(cases.leaseId, leaseId), eq(cases.kind, 'former_chargeback')),
    eq(sql`${cases.detail} ->> 'standsIn'`, standsIn),
  );
  const told = JSON.stringify({ left: money(left, currency) });
  await retellCases(context, and(isOfIt, eq(cases.status, 'open')), sql`${cases.detail} || ${told}::jsonb`);
  if (left === 0) await closeCasesOf(context, isOfIt, 'it is paid');
}
