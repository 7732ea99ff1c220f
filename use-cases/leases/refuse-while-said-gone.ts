import { saidGone } from '#db/queries/said-gone';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';

/** While `saidGone` nothing goes out of a lease. @throws Problem invalid_state */
export async function refuseWhileSaidGone({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<void> {
  const kind = await saidGone(tx, leaseId);
  if (kind !== null) throw new Problem('invalid_state', whyHeld(kind));
}

/** What a person is told who has to wait for what `saidGone` says. */
export const whyHeld = (kind: string): string =>
  kind === 'statement_incomplete'
    ? 'money of the lease is not on its provider’s statement yet, which is read again each morning'
    : `money of the lease may have gone from its provider already (case ${kind})`;
