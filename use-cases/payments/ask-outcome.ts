import { findAttempt } from '#db/queries/payments';
import { system } from '#domain/identity/roles';
import type { Settled } from '#domain/payments/wire';
import { transact } from '../context.ts';
import { outcomeOf } from './attempt-record.ts';
import { ask } from './ask-provider.ts';
import { failUnseen } from './collect.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { failUnsent } from './fail-unsent.ts';
import { recordOutcome } from './record-outcome.ts';

const actor = system('collections');

/** Asks the provider once more about an unknown attempt; null while it still cannot say. */
export async function askOutcome(
  deps: PaymentDependencies,
  { attemptId }: { readonly attemptId: string },
): Promise<Settled | null> {
  const row = await findAttempt(deps.db, attemptId);
  if (row === undefined) return { status: 'failed', attemptId, reason: 'not_sent' };
  const settled = outcomeOf(row);
  if (settled !== null) return settled;
  if (!row.sent) return transact(deps.db, actor, new Date(), (context) => failUnsent(context, attemptId));
  const status = await ask(deps, row);
  if (status.state === 'not_found') return failUnseen(deps, row);
  if (status.state !== 'succeeded' && status.state !== 'failed') return null;
  return transact(deps.db, actor, new Date(), (context) => recordOutcome(context, attemptId, status));
}
