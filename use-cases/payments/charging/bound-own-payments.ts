import { and, eq, gte, inArray, lt, or } from 'drizzle-orm';
import { askedByPeople } from '#db/queries/payment-states';
import { attempts, methods, users } from '#db/schema/index';
import { addDays, instantOf } from '#domain/calendar';
import { Problem, TooManyRequests } from '#domain/errors';
import { owedOf } from '#domain/leases/position';
import {
  DECLINES_A_DAY,
  FAILURES_A_DAY,
  MOST_UNDER_WAY,
  refuseOwnPayment,
  UNANSWERED_A_DAY,
  refuseMoreThanCosts,
} from '#domain/payments/own-payments';
import type { Context } from '../../context.ts';
import { businessDate, lockLease, positionAt } from '../../leases/lease-record.ts';
import { refuseMoreThanGivenUp } from '../../leases/paid-after-write-off.ts';

/**
 * Bounds what people may start for a lease, under its lock: how much one payment
 * is, what is under way at once, what fails on a day, and what one phone declines on it, for whichever lease.
 *
 * @param amount of the new payment, minor units; null for what is as much as is owed by itself
 * @throws Problem unprocessable naming the amount, payments_under_way or phone_declined; TooManyRequests until the lease's own tomorrow.
 */
export async function boundOwnPayments(
  context: Context,
  { leaseId, amount, paymentMethodId }: { leaseId: string; amount: number | null; paymentMethodId: string },
): Promise<void> {
  const { tx, at } = context;
  const lease = await lockLease(tx, leaseId);
  const today = businessDate(lease.row, at);
  const midnight = new Date(instantOf(today, 0, lease.row.market));
  const { transferredAt } = lease.row;
  // What failed of who had the lease before is nothing of his.
  const since = transferredAt !== null && transferredAt > midnight ? transferredAt : midnight;
  const tomorrow = new Date(instantOf(addDays(today, 1), 0, lease.row.market));
  const { declined, unanswered } = await refusalsOf(context, paymentMethodId, midnight, tomorrow);
  if (declined >= DECLINES_A_DAY || unanswered >= UNANSWERED_A_DAY) throw new Problem('phone_declined');
  const own = await tx
    .select({ amount: attempts.amount, status: attempts.status, requestedAt: attempts.requestedAt })
    .from(attempts)
    .where(
      and(
        eq(attempts.leaseId, leaseId),
        askedByPeople(),
        or(eq(attempts.status, 'pending'), gte(attempts.requestedAt, since)),
        inArray(attempts.status, ['pending', 'failed', 'unknown']),
      ),
    );
  if (amount !== null) {
    refuseMoreThanCosts(lease.row, amount);
    refuseMoreThanGivenUp(lease, at, amount);
  }
  const refused = refuseOwnPayment({
    owed: owedOf(positionAt(lease, at)),
    underWay: own.filter(({ status }) => status === 'pending').map(({ amount }) => amount),
    failedToday: own.filter(({ status }) => status !== 'pending').length,
  });
  if (refused === 'covered')
    throw new Problem('payments_under_way', 'payments that cover what is owed are under way: wait for them');
  if (refused === 'many_under_way')
    throw new Problem(
      'payments_under_way',
      `${MOST_UNDER_WAY} payments of the lease are under way: wait for one of them`,
    );
  if (refused === 'failed_today')
    throw new TooManyRequests(
      `${FAILURES_A_DAY} payments of this lease did not succeed today: the next one can be made tomorrow`,
      Math.ceil((tomorrow.getTime() - at.getTime()) / 1000),
    );
}

/**
 * How often whoever has the phone of a payment method has declined between two moments, whoever asked him. Whoever logs in by
 * it is counted what he has asked for himself: neither others, who may write down any number, nor what his lease asks for
 * while he pays in another way keeps him from paying. What
 * people asked another phone for and nobody answered is counted too: it may be anybody's.
 */
async function refusalsOf({ tx }: Context, paymentMethodId: string, from: Date, until: Date) {
  const [method] = await tx
    .select({ userId: methods.userId, phoneHash: methods.phoneHash, login: users.phoneHash })
    .from(methods)
    .innerJoin(users, eq(users.id, methods.userId))
    .where(eq(methods.id, paymentMethodId));
  if (method === undefined) return { declined: 0, unanswered: 0 };
  const isAsking = method.login === method.phoneHash ? eq(methods.userId, method.userId) : undefined;
  const isOfPhone = inArray(
    attempts.paymentMethodId,
    tx
      .select({ id: methods.id })
      .from(methods)
      .where(and(eq(methods.phoneHash, method.phoneHash), isAsking)),
  );
  const isOfDay = and(gte(attempts.requestedAt, from), lt(attempts.requestedAt, until));
  return {
    declined: await tx.$count(
      attempts,
      and(eq(attempts.reason, 'declined'), isAsking === undefined ? undefined : askedByPeople(), isOfPhone, isOfDay),
    ),
    unanswered:
      isAsking === undefined
        ? await tx.$count(attempts, and(eq(attempts.reason, 'expired'), askedByPeople(), isOfPhone, isOfDay))
        : 0,
  };
}
