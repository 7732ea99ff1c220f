import { commands } from '#db/schema/index';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { lockLease, standingOf } from './lease-record.ts';

/** Carries out a command on a lease once: the same id again answers where the lease stands. A step has none. */
export async function once(
  context: Context,
  { leaseId, commandId }: { readonly leaseId: string; readonly commandId?: string | undefined },
  work: () => Promise<Standing>,
): Promise<Standing> {
  if (commandId === undefined) return work();
  const lease = await lockLease(context.tx, leaseId);
  const fresh = await context.tx
    .insert(commands)
    .values({ id: `${leaseId}:${commandId}`, leaseId, at: context.at })
    .onConflictDoNothing()
    .returning({ id: commands.id });
  return fresh.length === 0 ? standingOf(lease, context.at) : work();
}
