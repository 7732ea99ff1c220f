import { WorkflowUpdateFailedError } from '@temporalio/client';
import { findLease } from '#db/queries/leases';
import { listSuspense, type InboundRow } from '#db/queries/suspense';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Config } from '#platform/config';
import type { CommandKey } from '#steering/command-key';
import { uuidFor } from '#steering/send-command';
import { transact } from '../../context.ts';
import type { SteeringDependencies } from '../../leases/dependencies.ts';
import { giveMoney } from '../give-money.ts';
import { claimSuspense, releaseSuspense } from './claim-suspense.ts';
import { receivedFrom } from './place-inbound.ts';

/**
 * Gives money in suspense to a lease, once: it is claimed for that lease, which books it; where the lease does not
 * take it, it waits again. The same request again meets what the first one did or does.
 *
 * @returns the money as it is then.
 * @throws Problem not_found; unprocessable naming the lease; conflict when somebody else was first; as `giveMoney`
 */
export async function resolveSuspense(
  deps: SteeringDependencies & { readonly config: Config },
  actor: Actor,
  { inboundId, leaseId }: { readonly inboundId: string; readonly leaseId: string },
  key: CommandKey,
): Promise<InboundRow> {
  const { db } = deps;
  const find = async () => (await listSuspense(db, { status: 'suspense', id: inboundId }, { limit: 1 }))[0];
  const [row, lease] = await Promise.all([find(), findLease(db, leaseId)]);
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'leaseId', message }]);
  if (lease === undefined) throw refuse('there is no such lease');
  if (row?.status === 'suspense' && lease.currency !== row.currency) throw refuse(`must be a lease in ${row.currency}`);
  const wish = { inboundId, leaseId, paymentId: uuidFor('suspense', actor.id, key) };
  // This very request went on when its caller had waited long enough, and is done.
  if (row?.paymentId === wish.paymentId) return row;
  // Or it goes on still: then the claim is there, and the row is the lease's until it has booked it.
  const isUnderWay = row?.status === 'suspense' && row.resolvedBy === actor.id && row.leaseId === leaseId;
  const now = (isUnderWay ? row.resolvedAt : null) ?? new Date();
  const money = isUnderWay
    ? receivedFrom(row, wish.paymentId)
    : await transact(db, actor, now, (context) => claimSuspense(context, wish));
  try {
    await giveMoney(deps, leaseId, { actor, money }, key);
  } catch (error) {
    // What may still be under way keeps its claim, which lapses by itself.
    if (error instanceof Problem || error instanceof WorkflowUpdateFailedError)
      await transact(db, actor, now, (context) => releaseSuspense(context, inboundId));
    throw error;
  }
  const after = await find();
  if (after === undefined) throw new Problem('not_found');
  return after;
}
