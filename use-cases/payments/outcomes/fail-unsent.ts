import type { Settled } from '#domain/payments/wire';
import type { Context } from '../../context.ts';
import { lockAttempt, outcomeOf } from '../attempt-record.ts';
import { recordOutcome } from './record-outcome.ts';

/**
 * An attempt for which nothing was sent has failed: no late try can send it any more, and the lease may try
 * again with another one.
 *
 * @param reason `not_due` where it was stopped since it was not due any more
 * @returns what became of it; null when a try has sent it meanwhile.
 */
export async function failUnsent(
  context: Context,
  attemptId: string,
  reason: 'not_sent' | 'not_due' = 'not_sent',
): Promise<Settled | null> {
  const row = await lockAttempt(context.tx, attemptId);
  if (row.sent) return outcomeOf(row);
  const detail = 'nothing was sent to the provider';
  return recordOutcome(context, attemptId, { state: 'failed', reason, detail });
}
