import { and, eq } from 'drizzle-orm';
import { attempts, cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { record, type Context } from '../context.ts';
import { lockAttempt, outcomeOf, type Settled } from './attempt-record.ts';

/**
 * An operator, or reconciliation, decides what became of a payment that no provider can tell of, with a reason. Money that
 * shows up later all the same counts, as always; a success that is decided is posted once.
 *
 * @throws Problem invalid_state when the payment is not unknown.
 */
export async function decideUnknown(
  context: Context,
  input: {
    leaseId: string;
    attemptId: string;
    outcome: 'succeeded' | 'failed';
    providerReference: string | null;
    reason: string;
  },
): Promise<Settled> {
  const row = await lockAttempt(context.tx, input.attemptId);
  if (row.leaseId !== input.leaseId) throw new Problem('not_found', 'the lease has no such payment');
  const settled = outcomeOf(row);
  if (settled?.status === input.outcome) return settled;
  if (row.status !== 'unknown') throw new Problem('invalid_state', `the payment is ${row.status}, not unknown`);

  await context.tx
    .update(attempts)
    .set({
      status: input.outcome,
      reason: input.outcome === 'failed' ? 'not_confirmed' : null,
      providerReference: input.providerReference,
      settledAt: context.at,
    })
    .where(eq(attempts.id, row.id));
  const closedBy = context.actor.role === 'system' ? null : context.actor.id;
  const resolution = `decided: ${input.outcome}, ${input.reason}`;
  await context.tx
    .update(cases)
    .set({ status: 'closed', closedAt: new Date(), closedBy, resolution })
    .where(and(eq(cases.paymentId, row.id), eq(cases.kind, 'unknown_outcome'), eq(cases.status, 'open')));
  await record(context, {
    key: `payment.decided:${row.id}`,
    type: 'payment.decided',
    subject: row.id,
    leaseId: row.leaseId,
    detail: { paymentId: row.id, outcome: input.outcome, reason: input.reason },
  });
  return input.outcome === 'failed'
    ? { status: 'failed', attemptId: row.id, reason: 'not_confirmed' }
    : { status: 'succeeded', attemptId: row.id };
}
