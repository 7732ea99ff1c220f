import { and, eq } from 'drizzle-orm';
import { attempts, cases } from '#db/schema/index';
import { localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { marketOf } from '#domain/markets';
import { record, type Context } from '../context.ts';
import { lockAttempt, outcomeOf, requestedOn, type AttemptRow, type Settled } from './attempt-record.ts';
import { closeCasesOf } from './close-case.ts';

/**
 * An operator, or reconciliation, decides what became of a payment that no provider can tell of, with a reason. Money that
 * shows up later all the same counts, as always; a success that is decided is posted once.
 *
 * @throws Problem invalid_state when the payment is not unknown; unprocessable when it cannot have been paid on `paidOn`.
 */
export async function decideUnknown(
  context: Context,
  input: {
    leaseId: string;
    attemptId: string;
    outcome: 'succeeded' | 'failed';
    providerReference: string | null;
    reason: string;
    /** The local day on which it was paid; without it, the day on which it was asked for. */
    paidOn?: string | undefined;
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
      valueOn: input.outcome === 'failed' ? null : paidOn(context, row, input.paidOn),
    })
    .where(eq(attempts.id, row.id));
  const isDoubt = and(eq(cases.paymentId, row.id), eq(cases.kind, 'unknown_outcome'));
  await closeCasesOf(context, isDoubt, `decided: ${input.outcome}, ${input.reason}`);
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

/** @throws Problem unprocessable for a day before it was asked for, or after the lease's own today. */
function paidOn({ at }: Context, row: AttemptRow, said: string | undefined): LocalDate {
  const asked = requestedOn(row);
  if (said === undefined) return asked;
  const today = localDateAt(at.getTime(), marketOf(row.currency));
  const day = localDate(said);
  if (day >= asked && day <= today) return day;
  const message = `must be from ${asked}, when it was asked for, to ${today}`;
  throw new Problem('unprocessable', 'the payment cannot have been made on that day', [{ path: 'paidOn', message }]);
}
