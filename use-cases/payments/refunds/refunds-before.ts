import { and, asc, eq, inArray, isNotNull } from 'drizzle-orm';
import { attempts } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { CollectOutcome } from '#domain/payments/wire';
import { transact, type Context } from '../../context.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { answerOfProvider } from '../outcomes/ask-provider.ts';
import { mayBeOnItsWay, onLeaseClock, type AttemptRow } from '../attempt-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { markUnknown } from '../outcomes/mark-unknown.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';

const actor = system('collections');

/** What became after all of refunds that had failed without their provider's word. */
type Became = Extract<CollectOutcome, { status: 'succeeded' | 'unknown' }>;

/**
 * A refund that its provider had not seen may have been carried out late, and what goes back next would be paid twice. So
 * before anything else goes back to a customer, by whatever way, the provider is asked once more about each refund that was
 * sent and not seen, or that a person took for failed. What was carried out is written down, to be booked; what the provider
 * does not say is over is in doubt again, so that its money is on its way.
 *
 * @param input.refundOf the payment of which something goes back; without it all of the lease's
 * @param input.at on the lease's clock
 * @returns those that were carried out, or may have been
 */
export async function askRefundsBefore(
  deps: PaymentDependencies,
  { leaseId, refundOf, at }: { readonly leaseId: string; readonly refundOf?: string; readonly at: string | Date },
): Promise<Became[]> {
  const isUnseen = and(
    eq(attempts.leaseId, leaseId),
    refundOf === undefined ? isNotNull(attempts.refundOf) : eq(attempts.refundOf, refundOf),
    eq(attempts.status, 'failed'),
    inArray(attempts.reason, ['not_sent', 'not_confirmed']),
    eq(attempts.sent, true),
  );
  const rows = await deps.db.select().from(attempts).where(isUnseen).orderBy(asc(attempts.createdAt), asc(attempts.id));
  const became: Became[] = [];
  for (const row of rows) {
    const one = await becameOfRefund(deps, row, new Date(at));
    if (one !== null) became.push(one);
  }
  return became;
}

async function becameOfRefund(deps: PaymentDependencies, row: AttemptRow, at: Date): Promise<Became | null> {
  const status = await answerOfProvider(deps, row);
  if (status?.state === 'succeeded') {
    const outcome = await transact(deps.db, actor, new Date(), (context) => recordOutcome(context, row.id, status));
    return outcome.status === 'succeeded' ? outcome : null;
  }
  // Where its provider cannot tell, what a person decided stands.
  if (status?.state === 'failed' || row.reason === 'not_confirmed') return null;
  if (status?.state === 'not_found' && !mayBeOnItsWay(row, at)) return null;
  await transact(deps.db, actor, onLeaseClock(row, new Date()), (context) => doubtAgain(context, row));
  return { status: 'unknown', attemptId: row.id };
}

/** A refund that had failed since nobody had seen it is in doubt: its lease asks about it, and gives nothing else back of that money. */
async function doubtAgain(context: Context, { id: attemptId, leaseId }: AttemptRow): Promise<void> {
  await lockLease(context.tx, leaseId);
  const isFailed = and(eq(attempts.id, attemptId), eq(attempts.status, 'failed'));
  await context.tx.update(attempts).set({ status: 'pending', reason: null, settledAt: null }).where(isFailed);
  await markUnknown(context, { leaseId, attemptId });
}
