import { and, eq, inArray, ne } from 'drizzle-orm';
import { goesBack } from '#db/queries/payment-states';
import { attempts, inbound, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { AllocationPart } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { needsAdmin } from '#domain/needs-admin';
import type { Context } from '../../context.ts';
import { givenBy } from '../../leases/credit-shares.ts';
import type { LeaseRow } from '../../leases/lease-record.ts';

/**
 * Nobody knows whose money in suspense is. What leaves a lease of such money as cash, or to another number than it came
 * from, is no more in all than an agent gives back from suspense by himself; above that an admin pays it out or orders it,
 * or has given it to the lease. Call it with the lease locked.
 *
 * @param parts what is given back of which payment
 * @throws Problem forbidden
 */
export async function refuseMuchFromSuspense(
  { tx, actor }: Context,
  { id: leaseId, currency }: LeaseRow,
  parts: readonly AllocationPart[],
): Promise<void> {
  if (actor.role === 'admin') return;
  const ids = parts.flatMap(({ of }) => (of === undefined ? [] : [of]));
  const resolved = await tx
    .select({ id: inbound.paymentId, role: users.role })
    .from(inbound)
    .leftJoin(users, eq(users.id, inbound.resolvedBy))
    .where(and(inArray(inbound.paymentId, ids), ne(inbound.status, 'suspense')));
  const doubtful = resolved.filter(({ role }) => role !== 'admin').map(({ id }) => id);
  if (doubtful.length === 0) return;
  const isRefund = and(eq(attempts.leaseId, leaseId), goesBack);
  const refunds = await tx.select().from(attempts).where(isRefund);
  // Without a payment method it goes back to the number that it came from.
  const before = refunds.filter(({ refundOf, paymentMethodId }) => refundOf === null || paymentMethodId !== null);
  const given = [...before.flatMap(givenBy), ...parts.map(({ of, amount }) => [of, -amount] as const)];
  for (const id of doubtful) {
    const sum = given.reduce((total, [of, amount]) => (of === id ? total + amount : total), 0);
    if (needsAdmin({ amount: sum, currency }))
      throw new Problem(
        'forbidden',
        `${formatMoney(money(sum, currency))} of one payment came from suspense: an admin gives that to a customer`,
      );
  }
}
