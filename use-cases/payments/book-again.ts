import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { findLease, leaseClock } from '#db/queries/leases';
import { isReceiptTaken } from '#db/queries/receipts';
import { audit } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import { isByProvider } from '#domain/payments/payment';
import { transact, type Context } from '../context.ts';
import { advanceAsPaid } from '../leases/advance-lease.ts';
import { lockLease, standingOf } from '../leases/lease-record.ts';
import { lookAtBooks, type RestartDependencies } from '../leases/restart-lease.ts';
import { reckonAnew } from '../leases/settle-early.ts';
import { lockAttempt, type AttemptRow } from './attempt-record.ts';
import { bookAsItWas } from './book-as-it-was.ts';

interface Again {
  readonly leaseId: string;
  readonly attemptId: string;
  readonly reason: string;
}

/**
 * A charge that was reversed is in its provider's account all the same, since somebody has slipped or the provider gave it
 * back: another admin than those who reversed it, or took a part of it back, books it again, as of the day on which it was paid; so
 * parts of it that were taken back, also of what a customer paid by himself. Repeated by him, it changes nothing.
 *
 * @throws Problem not_found; forbidden to who reversed it or took a part back; receipt_conflict where another payment has its receipt by now;
 * invalid_state where it is not reversed, is no charge, or what was in dispute of its lease was given up since
 */
export async function bookAgain(context: Context, { leaseId, attemptId, reason }: Again): Promise<Standing> {
  const found = await lockLease(context.tx, leaseId);
  const attempt = await lockAttempt(context.tx, attemptId);
  if (attempt.leaseId !== leaseId) throw new Problem('not_found', 'the lease has no such payment');
  const { again, reversers } = await whoDid(context, attempt);
  if (attempt.status === 'succeeded' && attempt.takenBack === 0 && again === context.actor.id)
    return standingOf(found, context.at);
  refuseOthers(attempt);
  if (reversers.includes(context.actor.id ?? ''))
    throw new Problem('forbidden', 'somebody else than those who took it back books it again');
  if (attempt.providerReference !== null) {
    const named = { ...attempt, receipt: attempt.providerReference };
    if (await isReceiptTaken(context.tx, attempt.id, named))
      throw new Problem('receipt_conflict', 'another payment has its receipt by now');
  }
  const after = await reckonAnew(context, await bookAsItWas(context, found, attempt, reason));
  return standingOf(after, context.at);
}

function refuseOthers({ kind, provider, status, takenBack, source }: AttemptRow): void {
  const why = (said: string) => new Problem('invalid_state', said);
  if (status !== 'reversed' && takenBack === 0) throw why(`the payment is ${status}, not reversed`);
  if (provider === 'cash') throw why('its receipt is free again: cash is taken as a payment of its own');
  // Parts that its provider took are in no suspense: what was one by a slip is the lease's again.
  const isAtProvider = takenBack > 0 && (status !== 'reversed' || source === null);
  if (kind === 'inbound' && !isAtProvider)
    throw why('what a customer paid by himself is given to a lease from suspense');
  if (kind === 'refund' || !isByProvider(provider)) throw why('it is no charge');
}

/** Who has booked a payment again last, and all who have reversed it, or taken a part back, since: ids. */
async function whoDid({ tx }: Context, { id }: AttemptRow) {
  const rows = await tx
    .select({ type: audit.type, by: sql<string>`${audit.actor} ->> 'id'` })
    .from(audit)
    .where(and(eq(audit.subject, id), inArray(audit.type, ['payment.reversed', 'payment.booked_again'])))
    .orderBy(asc(audit.number));
  const last = rows.findLastIndex(({ type }) => type === 'payment.booked_again');
  return { again: rows[last]?.by ?? null, reversers: rows.slice(last + 1).map(({ by }) => by) };
}

/** The same at a person's word: its lease looks at the books, and gives back what it does not owe when it is over. */
export async function bookPaymentAgain(deps: RestartDependencies, actor: Actor, again: Again): Promise<void> {
  const lease = await findLease(deps.db, again.leaseId);
  if (lease === undefined) throw new Problem('not_found');
  await transact(deps.db, actor, leaseClock(lease), async (context) =>
    advanceAsPaid(context, lease.id, await bookAgain(context, again)),
  );
  await lookAtBooks(deps, actor, lease);
}
