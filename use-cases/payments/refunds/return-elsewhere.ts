import { randomUUID } from 'node:crypto';
import { and, eq, inArray, isNotNull, isNull, ne } from 'drizzle-orm';
import { attemptsFor } from '#db/queries/payments';
import { goesElsewhere } from '#db/queries/payment-states';
import { attempts, audit, methods, users } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { dueFor } from '#domain/leases/due';
import { hasEnded } from '#domain/leases/status';
import { money } from '#domain/money';
import { isByProvider } from '#domain/payments/payment';
import { marketOfPhone } from '#domain/phone';
import { recordOnLease, type Context } from '../../context.ts';
import { lockLease, type LeaseRow } from '../../leases/lease-record.ts';
import type { CreditShares } from '../../leases/credit-shares.ts';
import { creditToReturn } from './credit-to-return.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import { refuseMuchFreed } from './freed-credit.ts';
import { refuseUnconfirmed } from './unconfirmed-credit.ts';
import { refuseMuchFromSuspense } from './much-from-suspense.ts';
import { creditGivenUp, ownHand, partsOf } from './return-credit.ts';
import { refuseWhileSaidGone } from '../../leases/refuse-while-said-gone.ts';
import type { PaymentMethodRow } from '../methods/payment-methods.ts';

interface ReturnElsewhere {
  /** Named after the request: the same order again orders nothing. */
  readonly orderId: string;
  readonly leaseId: string;
  /** Minor units of the lease's currency. */
  readonly amount: number;
  /** Another one of the customer's than the money came by. */
  readonly paymentMethodId: string;
}

/**
 * Credit that mobile money has refused to give back on all its tries, or whose receipt never came, is ordered to be
 * paid out to another number of the customer that is proven to be his; the lease's workflow sends it, as any refund.
 * What came in cash goes back in cash, and nobody orders what he has put where it is himself: see `ownHand`. While the
 * same order is under way, another one orders nothing.
 *
 * @throws Problem invalid_state while the lease lives, or a case says that money of it has gone already; forbidden for
 * credit that whoever acts has put there, and for much that came from suspense; unprocessable where there is not so
 * much of it, or for a payment method that cannot have it.
 */
export async function returnElsewhere(
  context: Context,
  deps: Pick<PaymentDependencies, 'mobileMoney' | 'encryption'>,
  { orderId, leaseId, amount, paymentMethodId }: ReturnElsewhere,
): Promise<void> {
  const found = await lockLease(context.tx, leaseId);
  const key = `payment.return_ordered:${orderId}`;
  const [before] = await context.tx.select({ id: audit.id }).from(audit).where(eq(audit.key, key));
  if (before !== undefined) return;
  if (!hasEnded(found.row.status)) throw new Problem('invalid_state', 'the lease is not over');
  await refuseWhileSaidGone(context, leaseId);
  const { row, free, shares, underWay } = await creditToReturn(context, found);
  const method = await payableMethod(context, deps, row, paymentMethodId);
  const { mostAtOnce, leastAtOnce } = deps.mobileMoney.get(method.provider);
  const [most, least] = [mostAtOnce[row.market], leastAtOnce[row.market] ?? 0];
  if (amount < least) {
    const message = `must be at least ${least}: less is paid out in cash`;
    throw new Problem('unprocessable', 'the provider pays out no less', [{ path: 'amount.amount', message }]);
  }
  if (most !== undefined && amount > most) {
    const message = `must be at most ${most}: order the rest when that has gone`;
    throw new Problem('unprocessable', 'the provider pays out less at once', [{ path: 'amount.amount', message }]);
  }
  const ordered = await orderedTo(context, method, underWay);
  // Ordered already by another request: this one is kept as well, so that it orders nothing when that has gone.
  const isUnderWay = ordered.length > 0 && ordered.reduce((sum, one) => sum + one.amount, 0) === amount;
  if (!isUnderWay) await refuseUnconfirmed(context, leaseId, { free, shares, amount });
  const paymentIds = isUnderWay
    ? ordered.map(({ id }) => id)
    : await orderParts(context, deps, row, { shares, method, amount });
  await recordOnLease(context, row, {
    key,
    type: isUnderWay ? 'payment.return_repeated' : 'payment.return_ordered',
    detail: { paymentIds, paymentMethodId, amount: money(amount, row.currency) },
  });
}

/** What of refunds under way somebody has ordered to a number: what a payment gives back the way it came nobody has. */
async function orderedTo(
  { tx }: Context,
  { id }: PaymentMethodRow,
  underWay: CreditShares['underWay'],
): Promise<CreditShares['underWay']> {
  const there = underWay.filter((one) => one.paymentMethodId === id);
  const payments = await tx
    .select()
    .from(attempts)
    .where(
      inArray(
        attempts.id,
        there.flatMap(({ refundOf }) => refundOf ?? []),
      ),
    );
  return there.filter((one) => payments.some((payment) => payment.id === one.refundOf && goesElsewhere(one, payment)));
}

/** Orders the amount of the payments that mobile money has given up, the oldest first. @returns the ids of the refunds */
async function orderParts(
  context: Context,
  deps: Pick<PaymentDependencies, 'encryption'>,
  row: LeaseRow,
  {
    shares,
    method,
    amount,
  }: Pick<CreditShares, 'shares'> & { readonly method: PaymentMethodRow; readonly amount: number },
): Promise<string[]> {
  const isGivenUp = await creditGivenUp(context, row.id);
  const stuck = shares.filter(
    ({ payment }) => isByProvider(payment.provider) && payment.paymentMethodId !== method.id && isGivenUp(payment.id),
  );
  const parts = partsOf(stuck, await ownHand(context, stuck), amount, 'to another number');
  await refuseMuchFromSuspense(context, row, parts);
  await refuseMuchFreed(context, row, amount);
  const ids: string[] = [];
  for (const { of, amount: given } of parts)
    if (of !== undefined) ids.push(await order(context, deps, row, method, of, -given));
  return ids;
}

async function order(
  context: Context,
  { encryption }: Pick<PaymentDependencies, 'encryption'>,
  { id: leaseId, currency }: LeaseRow,
  { id: paymentMethodId, provider, masked }: PaymentMethodRow,
  refundOf: string,
  amount: number,
): Promise<string> {
  const id = randomUUID();
  const due = dueFor('refund', refundOf);
  await context.tx.insert(attempts).values({
    id,
    leaseId,
    kind: 'refund',
    due,
    attempt: (await attemptsFor(context.tx, leaseId, due)).length + 1,
    provider,
    paymentMethodId,
    payerMasked: masked,
    amount,
    currency,
    refundOf,
    status: 'pending',
    callbackHash: callbackHash(encryption, callbackSecret(encryption, id)),
    requestedAt: context.at,
    createdAt: new Date(),
  });
  return id;
}

/** The customer's payment method, whose provider pays out, and whose number is proven to be his. @throws Problem unprocessable */
async function payableMethod(
  { tx }: Context,
  { mobileMoney }: Pick<PaymentDependencies, 'mobileMoney'>,
  { customerId, market }: LeaseRow,
  id: string,
): Promise<PaymentMethodRow> {
  const isHis = and(eq(methods.id, id), eq(methods.userId, customerId), isNull(methods.deletedAt));
  const [method] = await tx.select().from(methods).where(isHis).for('share');
  if (method === undefined) throw refusal('must be a payment method of the customer');
  if (method.doubtedAt !== null) throw refusal('must be a number that is still his');
  if (marketOfPhone(method.masked) !== market) throw refusal('must be a number of the country of the lease');
  const provider = mobileMoney.all().find(({ name }) => name === method.provider);
  if (provider?.payBillRefunds.includes('payer') !== true)
    throw refusal('must be of a provider that pays out to a number');
  const [login] = await tx.select({ phoneHash: users.phoneHash }).from(users).where(eq(users.id, customerId));
  if (login?.phoneHash === method.phoneHash) return method;
  // Whoever pays by a number has its PIN.
  const hasPaid = and(
    eq(attempts.paymentMethodId, id),
    eq(attempts.status, 'succeeded'),
    ne(attempts.kind, 'refund'),
    isNotNull(attempts.transferId),
  );
  const [paid] = await tx.select({ id: attempts.id }).from(attempts).where(hasPaid).limit(1);
  if (paid === undefined) throw refusal('must be a number that he logs in by, or has paid by');
  return method;
}

const refusal = (message: string) =>
  new Problem('unprocessable', 'nothing can be paid out to it', [{ path: 'paymentMethodId', message }]);
