import { eq } from 'drizzle-orm';
import { standingReversals } from '#db/queries/reversals';
import { transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import type { Collected } from '#domain/leases/wire';
import { keys } from '#domain/ledger/keys';
import { isByVehicle } from '#domain/payments/payment';
import type { Reversal } from '#domain/leases/orders';
import type { Context } from '../../context.ts';
import { lockLeaseFor, standingOf, type LeaseRecord } from '../../leases/lease-record.ts';
import { lockAttempt, type AttemptRow } from '../attempt-record.ts';
import { takeRefundBack } from '../refunds/take-refund-back.ts';
import { moveTaken } from './move-taken.ts';
import { takeOut } from './take-out.ts';

/**
 * The provider took a payment back, all of it or a part, or it was booked by mistake: the counter-entry of its
 * transfer, its parts are owed again. Each part that is taken back is posted as a transfer of its own; what is left of
 * the payment is its amount minus those parts. What cannot be owed again, since the lease has ended or the credit is
 * gone, is in dispute, and a case. What was booked as recovery after a write-off goes back to the write-off, and is in
 * no dispute. A lease that ended stays as it is. Repeated, it changes nothing; with another `to`, the money is where it
 * says now.
 *
 * @param input.amount what the provider took back, as often as it does, until nothing is left; where a part had gone
 * back by our own refunds before, the customer owes no more than what it took. Without it the provider took all that is
 * left
 * @param input.reversalId of one part: the same again changes nothing
 * @param input.to where the money of a pay-bill payment is: back at the provider, or in suspense, to be resolved for
 * the lease that it belongs to, less what went back to its payer; without it, where it came from
 * @throws Problem as `takeRefundBack`; forbidden for cash to who has taken it; invalid_state when the payment is not in the books,
 * or all of it went back to its payer, or some is on its way there, and cannot wait in suspense, and for another part of what was taken back whole;
 * unprocessable for more than is left, when its money cannot be there; conflict where it is not there any more.
 */
export async function reversePayment(context: Context, input: Reversal): Promise<Collected> {
  const found = await lockLeaseFor('reversePayment', context, input.leaseId);
  const attempt = await lockAttempt(context.tx, input.attemptId);
  if (attempt.leaseId !== found.row.id) throw new Problem('not_found', 'the lease has no such payment');
  const isBefore = attempt.status === 'reversed' || (await isBooked(context, input));
  const standing = await reversed(context, found, attempt, input);
  if (standing.depositDue === 0) return standing;
  // What is said again has its answer again: its workflow may not have heard the first.
  const isOfDeposit = isBefore
    ? attempt.allocation.some(({ component }) => component === 'deposit')
    : standing.depositDue > standingOf(found, context.at).depositDue;
  const by = isOfDeposit ? (await standingReversals(context.tx, attempt.id)).at(-1)?.id : undefined;
  return by === undefined ? standing : { ...standing, depositTakenBackBy: by };
}

async function reversed(context: Context, found: LeaseRecord, attempt: AttemptRow, input: Reversal): Promise<Standing> {
  if (await isBooked(context, input)) return standingOf(found, context.at);
  if (isByVehicle(attempt.provider)) throw new Problem('invalid_state', 'what a vehicle brought cannot be reversed');
  if (attempt.provider === 'former') throw new Problem('invalid_state', 'no money came, which could be taken back');
  if (attempt.status !== 'reversed' && attempt.kind !== 'refund' && attempt.agentId === context.actor.id)
    throw new Problem('forbidden', 'another admin than who has taken the cash takes it out of the books');
  if (attempt.status !== 'reversed')
    return attempt.kind === 'refund'
      ? takeRefundBack(context, found, attempt, input)
      : takeOut(context, found, attempt, input);
  if (input.reversalId !== undefined)
    throw new Problem('invalid_state', 'all that was left of the payment was taken back before');
  if (input.to === undefined) return standingOf(found, context.at);
  return moveTaken(context, found, attempt, input);
}

/** Whether a part was booked by a request before that is said again. */
async function isBooked({ tx }: Context, { attemptId, reversalId }: Reversal): Promise<boolean> {
  if (reversalId === undefined) return false;
  return (await tx.$count(transfers, eq(transfers.key, keys.reversal(attemptId, reversalId)))) > 0;
}
