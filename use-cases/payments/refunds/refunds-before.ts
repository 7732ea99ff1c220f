import { and, asc, eq, isNotNull } from 'drizzle-orm';
import { isUnseenRefund } from '#db/queries/payment-states';
import { attempts } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { CollectOutcome } from '#domain/payments/wire';
import { transact, type Context } from '../../context.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { mayBeOnItsWay, onLeaseClock, type AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { answerOfProvider } from '../outcomes/ask-provider.ts';
import { markUnknown } from '../outcomes/mark-unknown.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { askSentBefore, type Sending } from '../sent-before.ts';

const actor = system('collections');

/** What became after all of refunds that had failed without their provider's word. */
type Became = Extract<CollectOutcome, { status: 'succeeded' | 'unknown' }>;

/**
 * Before anything goes back to a customer, by whatever way: see `askSentBefore`. What was carried out is still to be booked.
 *
 * @param input.refundOf the payment of which something goes back; without it all of the lease's
 * @param input.at on the lease's clock
 * @returns those that were carried out, or may have been
 */
export async function askRefundsBefore(
  deps: PaymentDependencies,
  { leaseId, refundOf, at }: { readonly leaseId: string; readonly refundOf?: string; readonly at: string | Date },
): Promise<Became[]> {
  const isOfIt = refundOf === undefined ? isNotNull(attempts.refundOf) : eq(attempts.refundOf, refundOf);
  const rows = await deps.db
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), isOfIt, isUnseenRefund))
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
  return askSentBefore(rows.map((row) => sentOf(deps, row, new Date(at))));
}

const sentOf = (deps: PaymentDependencies, row: AttemptRow, at: Date): Sending<Became> => ({
  ask: () => answerOfProvider(deps, row),
  isDecided: row.reason === 'not_confirmed',
  mayBeOnItsWay: mayBeOnItsWay(row, at),
  async isThrough(said) {
    const outcome = await transact(deps.db, actor, new Date(), (context) => recordOutcome(context, row.id, said));
    return outcome.status === 'succeeded' ? outcome : null;
  },
  async isInDoubt() {
    await transact(deps.db, actor, onLeaseClock(row, new Date()), (context) => doubtAgain(context, row));
    return { status: 'unknown', attemptId: row.id };
  },
});

/** Its lease asks about it, and gives nothing else back of that money. */
async function doubtAgain(context: Context, { id: attemptId, leaseId }: AttemptRow): Promise<void> {
  await lockLease(context.tx, leaseId);
  const isFailed = and(eq(attempts.id, attemptId), eq(attempts.status, 'failed'));
  await context.tx.update(attempts).set({ status: 'pending', reason: null, settledAt: null }).where(isFailed);
  await markUnknown(context, { leaseId, attemptId });
}
