import { findLease, leaseClock } from '#db/queries/leases';
import { listSuspense } from '#db/queries/suspense';
import type { Database } from '#db/client';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Config } from '#platform/config';
import type { CommandKey } from '#steering/command-key';
import { uuidFor } from '#steering/send-command';
import { transact } from '../../context.ts';
import { receiveMoney } from '../receive-money.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { takeFromSuspense } from './take-from-suspense.ts';

/**
 * Gives money in suspense to a lease, once, in one transaction: where the lease does not take it, it waits on. The same
 * request again changes nothing.
 *
 * @throws Problem not_found; unprocessable naming the lease; conflict when somebody else was first; as `receiveMoney`
 */
export async function resolveSuspense(
  { db, config }: { readonly db: Database; readonly config: Config },
  actor: Actor,
  { inboundId, leaseId }: { readonly inboundId: string; readonly leaseId: string },
  key: CommandKey,
): Promise<void> {
  const found = listSuspense(db, { status: 'suspense', id: inboundId }, { limit: 1 });
  const [[row], lease] = await Promise.all([found, findLease(db, leaseId)]);
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'leaseId', message }]);
  if (lease === undefined) throw refuse('there is no such lease');
  if (row?.status === 'suspense' && lease.currency !== row.currency) throw refuse(`must be a lease in ${row.currency}`);
  const paymentId = uuidFor('suspense', actor.id, key);
  if (row?.paymentId === paymentId) return;
  await transact(db, actor, leaseClock(lease), async (context) => {
    await lockLease(context.tx, leaseId);
    const money = await takeFromSuspense(context, { inboundId, leaseId, paymentId });
    await receiveMoney(context, config, { leaseId, money });
  });
}
