import { saidGone } from '#db/queries/said-gone';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';

/** While `saidGone` nothing goes out of a lease. @throws Problem invalid_state */
export async function refuseWhileSaidGone({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<void> {
  const kind = await saidGone(tx, leaseId);
  if (kind === null) return;
  throw new Problem('invalid_state', `money of the lease may have gone from its provider already (case ${kind})`);
}
