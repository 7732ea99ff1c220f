import { and, asc, eq, ne } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import { marketRules } from '#domain/markets';
import type { Context } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';

export interface RefundDue {
  readonly refundOf: string;
  /** Minor units. */
  readonly amount: number;
}

/**
 * Which charges to give back so that the lease's credit reaches zero, newest first, none for more than
 * it brought in and was not given back already. Cash and what came by itself have no payment method to go
 * back by: that is left for an agent.
 */
export async function refundsDue(context: Context, input: { leaseId: string }): Promise<RefundDue[]> {
  const { row } = await lockLease(context.tx, input.leaseId);
  const all = await context.tx
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, row.id), ne(attempts.status, 'failed')))
    .orderBy(asc(attempts.createdAt));
  const given = new Map<string, number>();
  for (const { refundOf, amount } of all)
    if (refundOf !== null) given.set(refundOf, (given.get(refundOf) ?? 0) + amount);

  const inFlight = all.filter(({ refundOf, transferId }) => refundOf !== null && transferId === null);
  let left = row.credit - inFlight.reduce((sum, { amount }) => sum + amount, 0);
  const due: RefundDue[] = [];
  for (const charge of all.toReversed()) {
    if (left <= 0) break;
    if (charge.refundOf !== null || charge.paymentMethodId === null || charge.status !== 'succeeded') continue;
    if (charge.transferId === null) continue;
    const open = (charge.settledAmount ?? charge.amount) - (given.get(charge.id) ?? 0);
    const most = Math.min(left, open);
    const amount = most - (most % marketRules(row.market).lineUnit);
    if (amount <= 0) continue;
    due.push({ refundOf: charge.id, amount });
    left -= amount;
  }
  return due;
}
