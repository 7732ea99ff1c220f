import { and, eq, gte } from 'drizzle-orm';
import { bookedFirstOf, type TakenBack } from '#db/queries/reversals';
import { attempts, transfers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../../context.ts';
import { amountOf } from '../../leases/credit-shares.ts';
import type { LeaseRecord } from '../../leases/lease-record.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { bookReceipt } from '../post-payment.ts';
import { freeTakenBackLines } from '../lines/taken-back-line.ts';
import { claimedBy } from '../former-owing.ts';

/**
 * A payment that was reversed to its provider, or of which that took parts, is a payment of its lease again, as of the day on which
 * it was paid; what of it had gone back by our own refunds stays gone. Call it with the lease and the payment locked.
 *
 * @param taken what took it back, of which all is booked again, or the part alone; the others stay. `goneId` is what took the
 * rest, where that went back out of suspense: the payment is of its parts, and no more. `waiting` is what of it waits in suspense, and is booked from
 * there: minor units
 * @throws Problem invalid_state where what was in dispute of its lease was given up since
 */
export async function bookAsItWas(
  context: Context,
  found: LeaseRecord,
  attempt: AttemptRow,
  reason: string,
  taken: {
    readonly all: readonly TakenBack[];
    readonly part?: TakenBack | undefined;
    readonly goneId?: string | undefined;
    readonly waiting?: number;
  },
): Promise<LeaseRecord> {
  const { tx } = context;
  const { id, leaseId, currency } = attempt;
  const { part, waiting, goneId } = taken;
  // What went back of what waits went back from there.
  const isAlone = goneId !== undefined || waiting !== undefined;
  const its = part === undefined ? taken.all : [part];
  const [first, last] = [its[0], its.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`payment ${id} was reversed by no transfer`);
  const ids = its.map((one) => one.id);
  // What of it is claimed of somebody is asked where the claim is released.
  const isOwn = (await claimedBy(tx, leaseId, ids)) < (sumOf(its) ?? 1);
  const isGivenUp = and(
    and(eq(transfers.leaseId, leaseId), eq(transfers.kind, 'dispute_given_up')),
    gte(transfers.createdAt, first.createdAt),
  );
  if (isOwn && (await tx.$count(transfers, isGivenUp)) > 0) throw givenUpSince();
  const all = waiting === undefined ? (sumOf(taken.all) ?? amountOf(attempt)) : attempt.takenBack + waiting;
  const amount = waiting ?? part?.takenBack ?? all;
  const back = isAlone ? 0 : amountOf(attempt) - all;
  const gone = back > 0 ? [{ component: 'credit', instalment: null, amount: back }] : [];
  const kept = attempt.status === 'reversed' ? gone : attempt.allocation;
  const free = { status: 'succeeded' as const, transferId: null, allocation: [], takenBack: all - amount };
  const alone = isAlone && all !== amountOf(attempt) ? { settledAmount: all } : {};
  // What is kept of it came from where it came; the parts come from the provider.
  const source = attempt.status === 'reversed' ? null : attempt.source;
  const undoes = part && { transferId: part.id, bookedFirst: await bookedFirstOf(tx, id), goneId };
  // The parts that stand are found by the transfer which the payment still has.
  await freeTakenBackLines(context, attempt, ids);
  await tx
    .update(attempts)
    .set({ ...free, ...alone, source })
    .where(eq(attempts.id, id));
  const from = waiting === undefined ? null : attempt.source;
  const unbooked = { ...attempt, ...free, ...alone, source: from, callbackId: null };
  const after = await bookReceipt(context, found, unbooked, { amount, kept, as: last.id, ...(undoes && { undoes }) });
  await recordOnLease(context, after.row, {
    key: `payment.booked_again:${id}:${last.id}`,
    type: 'payment.booked_again',
    subject: id,
    detail: { paymentId: id, amount: money(amount, currency), reason, ...(part && { transferId: part.id }) },
  });
  return after;
}

/** Minor units; null where its provider took nothing. */
function sumOf(all: readonly TakenBack[]): number | null {
  const sums = all.flatMap(({ takenBack }) => (takenBack === null ? [] : [takenBack]));
  return sums.length === 0 ? null : sums.reduce((total, sum) => total + sum, 0);
}

export const givenUpSince = () =>
  new Problem('invalid_state', 'what was in dispute of its lease was given up since: it is no money of his');
