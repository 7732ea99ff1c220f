import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { cashByReceipt, claimCashOf } from '#db/queries/payments';
import { cases, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { accounts, formerClaimPaid } from '#domain/ledger/ledger';
import { keys } from '#domain/ledger/keys';
import { formatMoney, money, type Money } from '#domain/money';
import { inLeaseCurrency } from '#domain/payable';
import { normalReceiptNumber } from '#domain/payments/receipt';
import type { Config } from '#platform/config';
import { insertCase } from '../../cases/open-case.ts';
import { record, type Context } from '../../context.ts';
import { lockLease, unitOf } from '../../leases/lease-record.ts';
import { tellFormerCustomer } from '../../leases/tell-of-account.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { checkFloat, holdFloat, lookAtFloat, lookAtMore } from '../cash/check-float.ts';
import { backFromClaim } from '../suspense/back-from-claim.ts';
import { claimOf, paidBy } from '../claim-left.ts';
import { owedUnrounded, roundClaim, tellLeft } from '../round-claim.ts';

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
  /** UUID of the request: the same again is the same cash, undone since or not. */
  readonly paymentId: string;
  readonly leaseId: string;
  readonly caseId: string;
  readonly amount: Money;
  readonly receiptNumber: string;
}

/** What is kept with its transfer. */
const cause = z.object({
  caseId: z.string(),
  standsIn: z.string(),
  customerId: z.string(),
  /** Who has taken the cash; without him it is of a pay-bill that waited in suspense. */
  agentId: z.string().optional(),
  inboundId: z.string().optional(),
  /** Of the request; cash of before this was kept has none. */
  paymentId: z.string().optional(),
});

/**
 * An agent takes cash of whoever had the lease before, for what was taken back of him since. It is no payment of the lease, and
 * nobody who has that now reads of it. A receipt is good once, for this or for any other cash, and again once its cash is taken out.
 *
 * @throws Problem unprocessable for no such case, or more than is left of the claim; float_exceeded; receipt_conflict
 */
export async function takeClaimCash(context: Context, config: Config, cash: ClaimCash): Promise<ClaimPayment> {
  const { tx, actor } = context;
  const { leaseId, caseId, receiptNumber, paymentId } = cash;
  const { row } = await lockLease(tx, leaseId);
  const amount = inLeaseCurrency(row, cash.amount);
  const claim = await claimOf(tx, row, caseId);
  const held = await holdFloat(context, actor.id, row.currency);
  const before = await claimCashOf(tx, actor.id, receiptNumber);
  const same = before.find(({ isUndone, ...one }) => !isUndone || one.cause['paymentId'] === paymentId);
  if (same !== undefined) {
    const sum = await paidBy(tx, row.id, same.id);
    if (same.cause['caseId'] !== caseId || sum !== amount) throw new Problem('receipt_conflict');
    return { id: same.id, leaseId, caseId, amount, left: claim.left };
  }
  if ((await cashByReceipt(tx, actor.id, receiptNumber)) !== undefined) throw new Problem('receipt_conflict');
  if (amount > claim.left)
    throw new Problem('unprocessable', 'So much is not claimed', [
      {
        path: 'amount.amount',
        message: `must be at most ${claim.left - (claim.left % unitOf(row))}, what is left of the claim`,
      },
    ]);
  const sum = money(amount, row.currency);
  checkFloat(config, { held, ...sum });
  await lookAtMore(context, actor.id, held, sum);
  const { standsIn, customerId } = claim;
  const key = keys.claimCash(actor.id, normalReceiptNumber(receiptNumber), before.length);
  const id = await postOnLease(context, row, {
    key,
    kind: 'former_paid',
    description: `${formatMoney(sum)} in cash of what who had the lease before owes`,
    cause: { caseId, standsIn, customerId, agentId: actor.id, paymentId },
    entries: formerClaimPaid(leaseId, accounts.float(actor.id), amount),
  });
  const left = await roundClaim(context, row, { standsIn, left: claim.left - amount });
  await tellLeft(context, row, standsIn, left);
  const detail = { transferId: id, caseId, amount: sum };
  await record(context, { key, type: 'lease.claim_paid', subject: leaseId, detail });
  await tellFormerCustomer(context, row, { key: id, customerId, change: 'cash_received', amount, left, receiptNumber });
  return { id, leaseId, caseId, amount, left };
}

/**
 * That cash was booked by a slip, or goes back to who paid it: he owes it again, with the cents that were forgiven
 * after it, and the agent holds it. Its receipt is good again. What a pay-bill has paid waits in suspense again.
 *
 * @throws Problem not_found; forbidden to who took it; invalid_state where what was left of the claim was given up since; conflict as
 * `backFromClaim`
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
  const { caseId, standsIn, customerId, agentId, inboundId } = cause.parse(paid.cause);
  if (agentId === actor.id) throw new Problem('forbidden', 'another admin than who has taken the cash takes it out');
  const amount = await paidBy(tx, leaseId, transferId);
  const answer = async () => ({ id: transferId, leaseId, caseId, amount, left: (await claimOf(tx, row, caseId)).left });
  if ((await tx.$count(transfers, eq(transfers.reverses, transferId))) > 0) return answer();
  if ((await claimOf(tx, row, caseId)).isGivenUp)
    throw new Problem('invalid_state', 'what was left of the claim was given up since');
  await owedUnrounded(context, row, [standsIn]);
  const sum = money(amount, row.currency);
  const key = keys.claimCashUndone(transferId);
  const book = (into: string) =>
    postOnLease(context, row, {
      key,
      kind: 'former_paid_undone',
      description: `${formatMoney(sum)} of who had the lease before that was not paid`,
      cause: {
        caseId,
        standsIn,
        customerId,
        ...(agentId === undefined ? { inboundId: inboundId ?? '' } : { agentId }),
      },
      reverses: transferId,
      entries: formerClaimPaid(leaseId, into, amount).map((entry) => ({ ...entry, amount: 0 - entry.amount })),
    });
  if (agentId === undefined) await backFromClaim(context, { inboundId: inboundId ?? '', amount }, book);
  else {
    await book(accounts.float(agentId));
    await lookAtFloat(context, agentId, row.currency);
  }
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
