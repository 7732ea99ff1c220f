import { findAttempt } from '#db/queries/payments';
import { system } from '#domain/identity/roles';
import type { Polling, Settled } from '#domain/payments/wire';
import { transact } from '../../context.ts';
import { outcomeOf } from '../attempt-record.ts';
import { ask } from '../outcomes/ask-provider.ts';
import { failUnseen } from './collect.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { failUnsent } from '../outcomes/fail-unsent.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';

const actor = system('collections');

/**
 * Asks the provider once more about an unknown attempt; null while it still cannot say.
 *
 * @param input.polling the lease's own, the configuration's where it is absent; `at` on the lease's clock
 */
export async function askOutcome(
  deps: PaymentDependencies,
  { attemptId, polling, at }: { readonly attemptId: string; readonly polling?: Polling; readonly at?: string },
): Promise<Settled | null> {
  const row = await findAttempt(deps.db, attemptId);
  if (row === undefined) return { status: 'failed', attemptId, reason: 'not_sent' };
  const settled = outcomeOf(row);
  if (settled !== null) return settled;
  if (!row.sent) return transact(deps.db, actor, new Date(), (context) => failUnsent(context, attemptId));
  const status = await ask(deps, row);
  if (status.state === 'not_found') return failUnseen(deps, row, polling, at === undefined ? undefined : new Date(at));
  if (status.state !== 'succeeded' && status.state !== 'failed') return null;
  return transact(deps.db, actor, new Date(), (context) => recordOutcome(context, attemptId, status));
}
