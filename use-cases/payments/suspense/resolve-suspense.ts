import { and, eq } from 'drizzle-orm';
import { findLease, leaseClock } from '#db/queries/leases';
import { findAttempt } from '#db/queries/payments';
import { listSuspense } from '#db/queries/suspense';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { sumOf } from '#domain/leases/lease-credit';
import { formatMoney, money } from '#domain/money';
import { needsAdmin } from '#domain/needs-admin';
import type { Config } from '#platform/config';
import type { CommandKey } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import { transact, type Context } from '../../context.ts';
import type { AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { askGiveBacksBefore } from './give-back/ask-before.ts';
import { giveBacksGoAlong, lockRefundsOfItem } from './give-backs-go-along.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { advanceAsPaid } from '../../leases/advance-lease.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { takeFromSuspense } from './take-from-suspense.ts';

/**
 * Gives money in suspense to a lease, once, in one transaction: where the lease does not take it, it waits on. The same
 * request again changes nothing.
 *
 * @throws Problem forbidden to an agent where much of it would go back; unprocessable naming the lease; conflict when
 * somebody else was first; as `receiveMoney`
 */
export async function resolveSuspense(
  deps: PaymentDependencies,
  actor: Actor,
  { inboundId, leaseId }: { readonly inboundId: string; readonly leaseId: string },
  key: CommandKey,
): Promise<void> {
  const { db, config } = deps;
  await askGiveBacksBefore(deps, inboundId);
  const found = listSuspense(db, { status: 'suspense', id: inboundId }, { limit: 1 });
  const [[row], lease] = await Promise.all([found, findLease(db, leaseId)]);
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'leaseId', message }]);
  if (lease === undefined) throw refuse('there is no such lease');
  if (row?.status === 'suspense' && lease.currency !== row.currency) throw refuse(`must be a lease in ${row.currency}`);
  const wish = { inboundId, leaseId, paymentId: uuidFor('suspense', actor.id, key) };
  await transact(db, actor, leaseClock(lease), (context) => giveFromSuspense(context, config, wish));
}

/** In the transaction of whoever gives it: what it became before, by the same request, it is. @throws Problem as `resolveSuspense` */
export async function giveFromSuspense(
  context: Context,
  config: Config,
  wish: { readonly inboundId: string; readonly leaseId: string; readonly paymentId: string },
): Promise<void> {
  const { leaseId, paymentId } = wish;
  const { tx } = context;
  await lockLease(tx, leaseId);
  const isIt = and(eq(inbound.id, wish.inboundId), eq(inbound.paymentId, paymentId));
  if ((await tx.$count(inbound, isIt)) > 0) return;
  await lockRefundsOfItem(tx, wish.inboundId);
  const money = await takeFromSuspense(context, wish);
  await advanceAsPaid(context, leaseId, await receiveMoney(context, config, { leaseId, money }));
  const payment = await findAttempt(tx, paymentId);
  if (payment === undefined) return;
  await giveBacksGoAlong(context, wish.inboundId, payment);
  refuseMuchThatGoesBack(context, payment);
}

/**
 * What the lease does not owe goes back to its payer when it is over. Above what an agent gives back from suspense by
 * himself an admin decides on that as well. What goes by its reference alone nobody has decided on.
 */
function refuseMuchThatGoesBack({ actor }: Context, payment: AttemptRow): void {
  if (actor.role === 'admin' || actor.role === 'system') return;
  const credit = money(sumOf(payment.allocation, 'credit'), payment.currency);
  if (needsAdmin(credit))
    throw new Problem(
      'forbidden',
      `the lease does not owe ${formatMoney(credit)} of it: that goes back, and needs an admin`,
    );
}
