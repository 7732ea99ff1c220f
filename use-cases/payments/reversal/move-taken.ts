import { eq } from 'drizzle-orm';
import { standingReversals } from '#db/queries/reversals';
import { inbound } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { shareOut } from '#domain/leases/former';
import type { Reversal } from '#domain/leases/orders';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../../context.ts';
import { standingOf, type LeaseRecord } from '../../leases/lease-record.ts';
import { lockAttempt, type AttemptRow } from '../attempt-record.ts';
import { closeGiveBackFailed } from '../suspense/give-back/close-give-back-failed.ts';
import { itemIdOf, itemOf } from '../suspense/item-of-payment.ts';
import { moveReversed, refuseUnlessAtProvider } from '../suspense/reversed-money.ts';
import { giveBacksGoAlong, lockRefundsOfItem } from '../suspense/give-backs-go-along.ts';
import { wentBackOf } from '../suspense/take-over-refunds.ts';
import { bookAsItWas } from './book-as-it-was.ts';
import { standingIn } from './former-claim.ts';
import { ofFormerCustomers } from '../former-owing.ts';
import { releaseClaims } from './release-claims.ts';
import { sourceOf, takeOut } from './take-out.ts';

/**
 * The money of a payment that was reversed is not where that said. Where it is decides who owes it: where somebody who had the lease
 * before owes it, or would, what was reversed is booked as it was, and taken out again as it should have been; so where what went back
 * of it is another lease's too. Otherwise the lease owes the same, and the money alone is moved. Call it with the lease and
 * the payment locked.
 *
 * @throws Problem conflict where the money is not where that said any more; as `bookAsItWas`
 */
export async function moveTaken(
  context: Context,
  found: LeaseRecord,
  attempt: AttemptRow,
  input: Reversal,
): Promise<Standing> {
  const source = sourceOf(attempt, input.to);
  // What went back of it was not the lease's either: it is taken over with the rest.
  const isPartGone = source !== null && attempt.source === null && (await wentBackOf(context, attempt)) > 0;
  if (isPartGone && attempt.takenBack > 0)
    throw new Problem('conflict', 'its provider took parts of it as well: what went back by us is not told from them');
  if (isPartGone) await refuseUnlessAtProvider(context, attempt, await itemOf(context, attempt));
  const all = await standingReversals(context.tx, attempt.id);
  const booked = isPartGone ? { all } : await decidedAnew(context, found, attempt, { source, all });
  if (booked === null) {
    await moveReversed(context, attempt, source);
    return standingOf(found, context.at);
  }
  const { part } = booked;
  const { reason } = input;
  const taken = part === undefined ? all : [part];
  const free = await releaseClaims(context, found, { taken, reason, isBookedNext: true });
  const asItWas = await bookAsItWas(context, free, attempt, reason, booked);
  if (booked.waiting !== undefined) await giveBacksGoAlong(context, await itemIdOf(context.tx, attempt), attempt);
  const its = isPartGone ? input : { ...input, amount: undefined };
  return takeOut(context, asItWas, await lockAttempt(context.tx, attempt.id), its);
}

/** @returns what is booked as it was before the money is moved; null where the lease owes the same wherever the money is */
async function decidedAnew(
  context: Context,
  { row }: LeaseRecord,
  attempt: AttemptRow,
  { source, all }: { readonly source: string | null; readonly all: Booked['all'] },
): Promise<Booked | null> {
  const { tx } = context;
  if (attempt.kind !== 'inbound' || (source === null) === (attempt.source === null)) return null;
  const rest = all.find(({ isRest }) => isRest);
  if (rest === undefined) return null;
  const part = all.length > 1 ? rest : undefined;
  if (source !== null) {
    if ((await standingIn(tx, row.id, [rest.id])).length === 0) return null;
    await refuseUnlessAtProvider(context, attempt, await itemOf(context, attempt));
    return { all, part };
  }
  await lockRefundsOfItem(tx, await itemIdOf(tx, attempt));
  const item = await itemOf(context, attempt);
  if (item.status !== 'suspense') return null;
  const whole = { booked: item.amount, amount: item.amount };
  if (shareOut(whole, await ofFormerCustomers(context, row, attempt)).formers.length === 0) return null;
  const { takenBack } = attempt;
  const sums = { amount: item.amount + takenBack, wentBack: item.wentBack - takenBack };
  const its = { status: 'posted' as const, leaseId: row.id, paymentId: attempt.id };
  await tx
    .update(inbound)
    .set({ ...its, ...sums })
    .where(eq(inbound.id, item.id));
  await closeGiveBackFailed(context, item.id, 'its provider has it');
  return { all, part, waiting: item.amount };
}

type Booked = Parameters<typeof bookAsItWas>[4];
