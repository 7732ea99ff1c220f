import { and, eq, inArray } from 'drizzle-orm';
import { attempts, cases, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { formatMoney, money } from '#domain/money';
import { disputeGivenUp } from '#domain/ledger/ledger';
import { closeCasesOf } from '../../cases/close-case.ts';
import { recordOnLease, type Context } from '../../context.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { refuseWhileInDoubt } from '../../leases/before-end.ts';
import { lockLease, updateLease } from '../../leases/lease-record.ts';
import { claimedOf, giveUpClaim } from './give-up-claim.ts';
import { creditToReturn } from '../refunds/credit-to-return.ts';

/**
 * What a provider took back and nobody pays any more is given up as a loss, and its cases are closed. It concerns the books
 * alone, whatever became of the lease. Where nothing of it is in dispute, what those owe who had the lease before is.
 * His credit pays it first, also what was ordered back and is not sent.
 *
 * @param wish.decisionId booked again, nothing changes
 * @throws Problem forbidden to who took cash of the lease of which something is in dispute, or was; invalid_state where nothing is in dispute, or
 * while money may be there that pays it, or is on its way back.
 */
export async function giveUpDispute(
  context: Context,
  { leaseId, decisionId, reason }: { leaseId: string; decisionId: string; reason: string },
): Promise<void> {
  const found = await lockLease(context.tx, leaseId);
  const key = `dispute-given-up:${decisionId}`;
  const [before] = await context.tx.select({ id: transfers.id }).from(transfers).where(eq(transfers.key, key));
  if (before !== undefined) return;
  if (found.row.disputed === 0) {
    const claimed = await claimedOf(context.tx, leaseId);
    if (claimed === 0) throw new Problem('invalid_state', 'nothing of the lease is in dispute');
    return giveUpClaim(context, found.row, { key, reason, claimed });
  }
  await refuseOwnCash(context, leaseId);
  await refuseWhileInDoubt(context, found.row);
  const { row, free } = await creditToReturn(context, found);
  if (row.disputed > 0 && free !== row.credit)
    throw new Problem('invalid_state', 'a refund of the lease is on its way: what is in dispute may change by it');
  if (row.disputed === 0) return;
  const amount = money(row.disputed, row.currency);
  await postOnLease(context, row, {
    key,
    kind: 'dispute_given_up',
    description: `${formatMoney(amount)} in dispute is given up`,
    entries: disputeGivenUp(leaseId, row.disputed),
  });
  const isAboutIt = and(eq(cases.leaseId, leaseId), inArray(cases.kind, ['chargeback', 'refund_beyond_credit']));
  await closeCasesOf(context, isAboutIt, `given up: ${reason}`);
  const after = await updateLease(context, row, { disputed: 0 });
  await recordOnLease(context, after, { key, type: 'lease.dispute_given_up', detail: { amount, reason } });
}

/** Who took cash that was taken out of the books does not say that nobody pays it, whoever has closed its case. */
async function refuseOwnCash({ tx, actor }: Context, leaseId: string): Promise<void> {
  if (actor.role === 'system') return;
  const isAboutIt = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'chargeback'));
  const own = await tx
    .select({ id: attempts.id })
    .from(cases)
    .innerJoin(attempts, and(eq(attempts.id, cases.paymentId), eq(attempts.agentId, actor.id)))
    .where(isAboutIt);
  if (own.length > 0) throw new Problem('forbidden', 'another admin than who has taken the cash gives it up');
}
