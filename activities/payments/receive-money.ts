import { eq } from 'drizzle-orm';
import { attempts, inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { hasEnded, takesPayments } from '#domain/leases/status';
import type { Standing } from '#domain/leases/standing';
import { accounts } from '#domain/payments/ledger';
import type { ReceivedMoney } from '#domain/payments/payment';
import type { Config } from '#platform/config';
import type { Context } from '../context.ts';
import { lockLease, standingOf, type LeaseRow } from '../leases/lease-record.ts';
import { findAttempt } from './attempt-record.ts';
import { checkFloat } from './check-float.ts';
import { postPayment } from './post-payment.ts';

/**
 * Money that is there already becomes a payment of the lease, and is posted in the same transaction.
 *
 * @throws Problem invalid_state when the lease takes no payments; float_exceeded when the agent holds too
 * much cash; receipt_conflict when the receipt was used for another payment.
 */
export async function receiveMoney(
  context: Context,
  config: Config,
  { leaseId, money }: { leaseId: string; money: ReceivedMoney },
): Promise<Standing> {
  if (money.kind === 'inbound') await refuseIfResolved(context, leaseId, money.paymentId);
  const lease = await lockLease(context.tx, leaseId);
  const existing = await findAttempt(context.tx, money.paymentId);
  if (existing === undefined) {
    if (!takesPayments(lease.row.status))
      throw new Problem('invalid_state', `the lease takes no payments: it is ${lease.row.status}`);
    if (money.kind === 'cash')
      await checkFloat(context, config, {
        agentId: money.agentId,
        amount: money.amount,
        currency: lease.row.currency,
      });
    await store(context, lease.row, money);
  } else if (existing.transferId !== null || hasEnded(lease.row.status)) return standingOf(lease, context.at);
  const standing = await postPayment(context, { leaseId, attemptId: money.paymentId });
  if (money.kind === 'inbound')
    await context.tx
      .update(inbound)
      .set({ status: 'posted', leaseId, paymentId: money.paymentId })
      .where(eq(inbound.id, money.paymentId));
  return standing;
}

/** What a customer paid by himself belongs to one lease, whoever says so first. */
async function refuseIfResolved({ tx }: Context, leaseId: string, inboundId: string): Promise<void> {
  const [row] = await tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
  if (row?.status === 'posted' && row.leaseId !== leaseId)
    throw new Problem('conflict', 'the money was given to another lease');
}

async function store(context: Context, row: LeaseRow, money: ReceivedMoney): Promise<void> {
  const { paymentId, amount, kind } = money;
  const from =
    money.kind === 'cash'
      ? {
          provider: 'cash' as const,
          source: accounts.float(money.agentId),
          payerMasked: 'cash',
          agentId: money.agentId,
          receiptNumber: money.receiptNumber,
        }
      : {
          provider: money.provider,
          source: money.fromSuspense ? accounts.suspense(money.provider) : null,
          payerMasked: money.payerMasked,
          providerReference: money.receipt,
        };
  const stored = await context.tx
    .insert(attempts)
    .values({
      id: paymentId,
      leaseId: row.id,
      kind,
      due: `${kind}-${paymentId}`,
      amount,
      currency: row.currency,
      status: 'succeeded',
      sent: true,
      requestedAt: context.at,
      settledAt: context.at,
      createdAt: new Date(),
      ...from,
    })
    .onConflictDoNothing()
    .returning({ id: attempts.id });
  if (stored.length === 0) throw new Problem('receipt_conflict');
}
