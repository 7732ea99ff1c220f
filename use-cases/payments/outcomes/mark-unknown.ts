import { eq } from 'drizzle-orm';
import { findAttempt } from '#db/queries/payments';
import { attempts } from '#db/schema/index';
import { money } from '#domain/money';
import type { Settled } from '#domain/payments/wire';
import { record, type Context } from '../../context.ts';
import { lockAttempt, outcomeOf } from '../attempt-record.ts';
import { failUnsent } from './fail-unsent.ts';
import { openCase } from '../../cases/open-case.ts';

/**
 * Nobody could say what became of an attempt: it is `unknown`, neither paid nor failed, and a case for
 * an operator. Where it was never sent nothing is in doubt: it has failed.
 *
 * @returns the outcome when it became known after all, else null.
 */
export async function markUnknown(
  context: Context,
  input: { leaseId: string; attemptId: string },
): Promise<Settled | null> {
  const { attemptId } = input;
  if ((await findAttempt(context.tx, attemptId)) === undefined)
    return { status: 'failed', attemptId, reason: 'not_sent' };
  const row = await lockAttempt(context.tx, attemptId);
  const settled = outcomeOf(row);
  if (settled !== null) return settled;
  if (!row.sent) return failUnsent(context, attemptId);
  if (row.status === 'unknown') return null;
  await context.tx.update(attempts).set({ status: 'unknown', reason: 'not_confirmed' }).where(eq(attempts.id, row.id));
  await openCase(context, {
    kind: 'unknown_outcome',
    leaseId: row.leaseId,
    paymentId: row.id,
    detail: { amount: money(row.amount, row.currency), provider: row.provider },
  });
  await record(context, {
    key: `payment.unknown:${row.id}`,
    type: 'payment.unknown',
    subject: row.id,
    leaseId: row.leaseId,
    detail: { paymentId: row.id, provider: row.provider },
  });
  return null;
}
