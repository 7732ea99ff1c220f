import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { isReceiptTaken } from '#db/queries/receipts';
import { bookedAgainBy, standingReversals, type TakenBack } from '#db/queries/reversals';
import { audit, cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import { isByProvider } from '#domain/payments/payment';
import { closeCasesOf } from '../../cases/close-case.ts';
import type { Context } from '../../context.ts';
import { advanceAsPaid } from '../../leases/advance-lease.ts';
import { correctBooks } from '../../leases/correct-books.ts';
import { leftOf } from '../../leases/credit-shares.ts';
import { tellOfAccount } from '../../leases/tell-of-account.ts';
import { lockLease, standingOf } from '../../leases/lease-record.ts';
import type { RestartDependencies } from '../../leases/restart-lease.ts';
import { reckonAnew } from '../../leases/settle-early.ts';
import { lockAttempt, type AttemptRow } from '../attempt-record.ts';
import { joinRest } from '../suspense/join-rest.ts';
import { claimedBy } from '../former-owing.ts';
import { bookAsItWas } from './book-as-it-was.ts';
import { releaseClaims } from './release-claims.ts';

interface Again {
  readonly leaseId: string;
  readonly attemptId: string;
  readonly reason: string;
  /** Of the ledger: the part that is booked again alone; without it, all that was taken back is. */
  readonly transferId?: string | undefined;
}

/**
 * A charge that was reversed is in its provider's account all the same, since somebody has slipped or the provider gave it
 * back: another admin than those who reversed it, or took a part of it back, books it again, as of the day on which it was paid; so
 * parts of it that were taken back, also of what a customer paid by himself. One part may be booked again alone, by another than
 * who took that one. Where what was left of it waits in suspense, as another lease's, they wait there with it. Repeated by him, it
 * changes nothing.
 *
 * @throws Problem not_found; forbidden to who reversed it or took a part back; receipt_conflict where another payment has its receipt by now;
 * conflict where the rest of it does not wait in suspense, and no statement tells that it went back;
 * unprocessable naming what is no part of it; invalid_state where it is not reversed, is no charge, somebody else has booked the part
 * again, or what was in dispute of its lease was given up since
 */
export async function bookAgain(context: Context, again: Again): Promise<Standing> {
  const { leaseId, attemptId, reason } = again;
  const found = await lockLease(context.tx, leaseId);
  const attempt = await lockAttempt(context.tx, attemptId);
  if (attempt.leaseId !== leaseId) throw new Problem('not_found', 'the lease has no such payment');
  if (await isDone(context, attempt, again)) return standingOf(found, context.at);
  refuseOthers(attempt);
  const standing = await standingReversals(context.tx, attemptId);
  const isRestElsewhere = attempt.kind === 'inbound' && attempt.status === 'reversed' && attempt.source !== null;
  const all = isRestElsewhere ? standing.filter(({ isRest }) => !isRest) : standing;
  const part = partOf(all, again);
  const its = part === undefined ? all : [part];
  if (its.some(({ by }) => by === context.actor.id))
    throw new Problem('forbidden', 'somebody else than those who took it back books it again');
  if (attempt.providerReference !== null) {
    const named = { ...attempt, receipt: attempt.providerReference };
    if (await isReceiptTaken(context.tx, attempt.id, named))
      throw new Problem('receipt_conflict', 'another payment has its receipt by now');
  }
  if (isRestElsewhere) {
    if (await joinRest(context, found.row, attempt, { parts: its, reason })) {
      await closeOwedAgain(context, attemptId);
      // It is no more the lease's than the rest: whoever has it owes what he owes without it.
      const without = await releaseClaims(context, found, { taken: its, reason, isBookedNext: false });
      return standingOf(without, context.at);
    }
  }
  const taken = { all, part, ...(isRestElsewhere && { goneId: standing.find(({ isRest }) => isRest)?.id }) };
  const free = await releaseClaims(context, found, { taken: its, reason, isBookedNext: true });
  const after = await reckonAnew(context, await bookAsItWas(context, free, attempt, reason, taken));
  const before = attempt.status === 'reversed' ? 0 : leftOf(attempt);
  const booked = leftOf(await closeOwedAgain(context, attemptId)) - before;
  const ids = its.map(({ id }) => id);
  // What whoever had it before had paid is nothing that its customer has paid.
  const amount = booked - (await claimedBy(context.tx, leaseId, ids));
  if (amount > 0)
    await tellOfAccount(context, after, { key: `${attemptId}:again:${after.row.version}`, change: 'booked', amount });
  return standingOf(after, context.at);
}

/** Where nothing of it is taken back any more, nothing is owed again. */
async function closeOwedAgain(context: Context, attemptId: string): Promise<AttemptRow> {
  const after = await lockAttempt(context.tx, attemptId);
  const isOfIt = and(eq(cases.paymentId, attemptId), eq(cases.kind, 'owed_again'));
  if (after.takenBack === 0) await closeCasesOf(context, isOfIt, 'what was taken back was booked again');
  return after;
}

/** Whether whoever asks has booked it again before. @throws Problem invalid_state where another has booked the part again */
async function isDone(context: Context, attempt: AttemptRow, { transferId }: Again): Promise<boolean> {
  const { id, takenBack } = attempt;
  if (transferId === undefined) return takenBack === 0 && (await lastBookedBy(context, attempt)) === context.actor.id;
  const by = await bookedAgainBy(context.tx, id, transferId);
  if (by !== undefined && by !== context.actor.id)
    throw new Problem('invalid_state', 'the part was booked again by somebody else');
  return by !== undefined;
}

function partOf(all: readonly TakenBack[], { transferId }: Again): TakenBack | undefined {
  if (transferId === undefined) return undefined;
  const part = all.find(({ id }) => id === transferId);
  if (part !== undefined && part.takenBack !== null) return part;
  const message = 'must be a transfer by which the provider took a part of this payment back';
  throw new Problem('unprocessable', message, [{ path: 'transferId', message }]);
}

function refuseOthers({ kind, provider, status, takenBack }: AttemptRow): void {
  const why = (said: string) => new Problem('invalid_state', said);
  if (status !== 'reversed' && takenBack === 0) throw why(`the payment is ${status}, not reversed`);
  if (provider === 'cash') throw why('its receipt is free again: cash is taken as a payment of its own');
  // What was a part by a slip is the lease's again, or waits with the rest.
  if (kind === 'inbound' && takenBack === 0)
    throw why('what a customer paid by himself is given to a lease from suspense');
  if (kind === 'refund' || !isByProvider(provider)) throw why('it is no charge');
}

/** The id of who has booked a payment again, where nobody has taken it back since. */
async function lastBookedBy({ tx }: Context, { id }: AttemptRow): Promise<string | null> {
  const [last] = await tx
    .select({ type: audit.type, by: sql<string>`${audit.actor} ->> 'id'` })
    .from(audit)
    .where(and(eq(audit.subject, id), inArray(audit.type, ['payment.booked_again', 'payment.reversed'])))
    .orderBy(desc(audit.number))
    .limit(1);
  return last?.type === 'payment.booked_again' ? last.by : null;
}

/** The same at a person's word: its lease looks at the books, and gives back what it does not owe when it is over. */
export async function bookPaymentAgain(deps: RestartDependencies, actor: Actor, again: Again): Promise<void> {
  await correctBooks(deps, actor, again.leaseId, async (context) =>
    advanceAsPaid(context, again.leaseId, await bookAgain(context, again)),
  );
}
