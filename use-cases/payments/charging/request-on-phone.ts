import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { askedByLease, isUnbooked } from '#db/queries/payment-states';
import { attempts, methods } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { owedOf } from '#domain/leases/position';
import { formatMoney, money } from '#domain/money';
import { isTakenBeside } from '#domain/payments/own-payments';
import type { Context } from '../../context.ts';
import { positionAt, type LeaseRecord } from '../../leases/lease-record.ts';
import { providerOf, type AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';

/**
 * Nobody is asked on one phone for the same money by the lease and by himself: he would confirm both. One that he has confirmed counts
 * until it is booked; a request that can be answered no more, one that is unknown and one on another phone stand in nobody's way. Call
 * it with the lease locked.
 *
 * @param payment.amount minor units; null for all that is left to pay
 * @throws Problem request_on_phone, which says how much is asked for
 */
export async function refuseBesideRequest(
  { tx, at }: Context,
  { mobileMoney }: Pick<PaymentDependencies, 'mobileMoney'>,
  lease: LeaseRecord,
  { amount, paymentMethodId }: { readonly amount: number | null; readonly paymentMethodId: string },
): Promise<void> {
  const { id, currency } = lease.row;
  const requests = (await requestsOf(tx, id, paymentMethodId)).filter((one) => {
    const until = (one.sentAt ?? one.createdAt).getTime() + mobileMoney.get(providerOf(one)).promptLasts;
    return isUnbooked(one) || (one.status === 'pending' && Date.now() < until);
  });
  const asked = requests.reduce((sum, one) => sum + one.amount, 0);
  const position = positionAt(lease, at);
  const due = position.depositDue + position.feesDue + position.dueNow;
  if (isTakenBeside({ amount, asked, due, owed: owedOf(position) })) return;
  throw new Problem(
    'request_on_phone',
    `a request for ${formatMoney(money(asked, currency))} is on this phone, or was confirmed just now: it is confirmed there, or declined before another is made`,
  );
}

/**
 * The request of the lease itself for just that sum, which was on the phone when another one was refused for it, paid
 * meanwhile or not; undefined where it is of another sum, or has failed.
 */
export async function requestFor(
  db: Queryable,
  leaseId: string,
  { amount, paymentMethodId }: { readonly amount: number; readonly paymentMethodId: string },
): Promise<AttemptRow | undefined> {
  const [newest] = await requestsOf(db, leaseId, paymentMethodId);
  const isThere = newest?.status === 'pending' || newest?.status === 'succeeded';
  return isThere && newest.amount === amount ? newest : undefined;
}

/** What a lease has asked a phone for by itself and is not refused, the newest first. */
function requestsOf(db: Queryable, leaseId: string, paymentMethodId: string): Promise<AttemptRow[]> {
  const phone = db.select({ hash: methods.phoneHash }).from(methods).where(eq(methods.id, paymentMethodId));
  const isOfPhone = inArray(
    attempts.paymentMethodId,
    db.select({ id: methods.id }).from(methods).where(inArray(methods.phoneHash, phone)),
  );
  return db
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), askedByLease, isOfPhone))
    .orderBy(desc(attempts.createdAt))
    .limit(10);
}
