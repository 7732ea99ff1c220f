import { saidGone, titleWaits } from '#db/queries/said-gone';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';

/** While `saidGone` nothing goes out of a lease. @throws Problem invalid_state */
export async function refuseWhileSaidGone({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<void> {
  const kind = await saidGone(tx, leaseId);
  if (kind !== null) throw new Problem('invalid_state', whyHeld(kind));
}

/** No vehicle is made over to its customer while `titleWaits`. @throws Problem invalid_state */
export async function refuseWhileTitleWaits({ tx }: Pick<Context, 'tx'>, leaseId: string): Promise<void> {
  const kind = await titleWaits(tx, leaseId);
  if (kind !== null) throw new Problem('invalid_state', whyHeld(kind));
}

const why: Readonly<Record<string, string>> = {
  statement_incomplete:
    'money of the lease is not on its provider’s statement yet: the line may come, or somebody takes the statement as it is',
  cash_to_confirm:
    'somebody else than the agent who took it has to confirm the cash that paid for it (case cash_to_confirm)',
};

/** What a person is told who has to wait for what `saidGone` says. */
export const whyHeld = (kind: string): string =>
  why[kind] ?? `money of the lease may have gone from its provider already (case ${kind})`;
