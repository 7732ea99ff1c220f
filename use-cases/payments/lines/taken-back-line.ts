import { and, eq, inArray, isNull, notExists, sql, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { cases, takenBackLines } from '#db/schema/index';
import { dismissedLines, unansweredLines } from '#db/queries/taken-back-lines';
import { standingReversals } from '#db/queries/reversals';
import { instantOf, localDate, localDateAt } from '#domain/calendar';
import { COMES_WITHIN_MS, isSum } from '#domain/payments/taken-back-lines';
import { closeCasesOf } from '../../cases/close-case.ts';
import { freeKeys } from '../../cases/open-case.ts';
import type { Line } from '#domain/payments/reconciliation';
import type { Wall } from '#domain/payments/wire';
import type { Context } from '../../context.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { openDifferenceCase } from './difference-cases.ts';

/** Lines by which a provider took back by itself money whose receipt they name: kept, each with the one transfer that booked it. */

type Kept = Pick<Line, 'receipt' | 'originalReceipt' | 'amount' | 'at'>;

interface Answer {
  readonly transferId: string;
  /** Among the lines that it answers for, from 0. */
  readonly place?: number;
}

/**
 * @param line.at on the provider's wall, on the day of its statement
 * @param answer what it is booked by; null while nobody has booked it. A line that is answered for stays so.
 */
export async function keepTakenBackLine(
  { tx }: Context,
  wall: Wall,
  { receipt, originalReceipt, amount, at }: Kept,
  answer: Answer | null,
): Promise<void> {
  if (originalReceipt === null) return;
  const { provider, market } = wall;
  const line = { provider, market, receipt, originalReceipt, amount, statedOn: localDateAt(at, market) };
  await tx.insert(takenBackLines).values(line).onConflictDoNothing();
  if (answer === null) return;
  const { transferId, place = 0 } = answer;
  const other = alias(takenBackLines, 'other');
  const isFree = and(
    isNull(takenBackLines.transferId),
    notExists(
      tx
        .select({ one: sql`1` })
        .from(other)
        .where(and(eq(other.transferId, transferId), eq(other.place, place))),
    ),
  );
  await tx
    .update(takenBackLines)
    .set({ transferId, place })
    .where(and(isOfWall(wall), eq(takenBackLines.receipt, receipt), isFree));
}

const isOfWall = ({ provider, market }: Wall) =>
  and(eq(takenBackLines.provider, provider), eq(takenBackLines.market, market));

/**
 * A transfer has booked that a provider took back `amount` of a payment, minor units: it answers for the oldest line of that sum
 * that nobody has booked or dismissed, and for no other ever after; where it took all that was left and there is none, for all such
 * lines of any sum, if they come to it together. The cases of those lines are closed. Where no such line is known yet,
 * the statement will tell.
 */
export async function answerForLine(
  context: Context,
  {
    receipt: originalReceipt,
    amount,
    transferId,
    isRest,
    ...wall
  }: Wall & {
    /** Of the payment; null where its provider has not named it. */
    readonly receipt: string | null;
    readonly amount: number;
    readonly transferId: string;
    readonly isRest: boolean;
  },
): Promise<void> {
  if (originalReceipt === null) return;
  const all = await unansweredLines(context.tx, wall, [originalReceipt]);
  const receipts = all.map(({ receipt }) => receipt);
  const dismissed = await dismissedLines(context.tx, wall, receipts);
  const lines = all.filter(({ receipt }) => !dismissed.has(receipt));
  const line = lines.find((one) => one.amount === amount);
  const together = isRest && isSum(lines, amount) ? lines : [];
  const its = line === undefined ? together : [line];
  for (const [place, one] of its.entries()) {
    await keepTakenBackLine(context, wall, one, { transferId, place });
    await closeCaseOfLine(context, wall, one.receipt);
  }
}

/** What a line tells of is booked. */
export const closeCaseOfLine = (context: Context, wall: Wall, receipt: string) =>
  closeCasesOf(context, isCaseOf(wall, sql`${receipt}`), 'booked: the provider took it back');

/**
 * What these transfers of a payment had booked is undone: none of them is missing there any more. Another part of that payment and
 * sum that answers for no line answers for theirs from now on. A line that none is left for has a case again, also where the one of
 * before was closed when it was booked: the provider says that so much has gone.
 */
export async function freeTakenBackLines(
  context: Context,
  { id: paymentId, leaseId, currency }: Pick<AttemptRow, 'id' | 'leaseId' | 'currency'>,
  transferIds: readonly string[],
): Promise<void> {
  if (transferIds.length === 0) return;
  const isAbout = inArray(sql`${cases.detail} ->> 'transferId'`, [...transferIds]);
  await closeCasesOf(
    context,
    and(eq(cases.kind, 'reconciliation_missing_there'), isAbout),
    'it was not taken back: booked again',
  );
  const freed = await context.tx
    .update(takenBackLines)
    .set({ transferId: null, place: 0 })
    .where(inArray(takenBackLines.transferId, [...transferIds]))
    .returning();
  for (const line of freed) {
    const { provider, market, receipt, originalReceipt, amount, statedOn } = line;
    if (await isAnsweredByAnother(context, paymentId, line, transferIds)) continue;
    const isOver = eq(cases.status, 'closed');
    await freeKeys(context, and(isCaseOf({ provider, market }, sql`${receipt}`), isOver));
    await openDifferenceCase(context, { provider, market, date: localDate(statedOn) }, null, {
      kind: 'missing_here',
      market,
      currency,
      receipt,
      originalReceipt,
      paymentId,
      leaseId,
      statementAmount: amount,
      ledgerAmount: null,
      remedy: null,
    });
  }
}

/** Gives a line to the oldest other part of its payment and sum that answers for none; that one is missing there no more. */
async function isAnsweredByAnother(
  context: Context,
  paymentId: string,
  { provider, market, receipt, amount, statedOn }: typeof takenBackLines.$inferSelect,
  undone: readonly string[],
): Promise<boolean> {
  const statedAt = instantOf(localDate(statedOn), 0, market);
  for (const { id, isRest, takenBack, createdAt } of await standingReversals(context.tx, paymentId)) {
    if (undone.includes(id) || isRest || takenBack !== amount) continue;
    if (statedAt > createdAt.getTime() + COMES_WITHIN_MS) continue;
    if ((await context.tx.$count(takenBackLines, eq(takenBackLines.transferId, id))) > 0) continue;
    const isIt = and(isOfWall({ provider, market }), eq(takenBackLines.receipt, receipt));
    await context.tx.update(takenBackLines).set({ transferId: id }).where(isIt);
    const isMissing = eq(cases.kind, 'reconciliation_missing_there');
    const isAbout = and(isMissing, eq(sql`${cases.detail} ->> 'transferId'`, id));
    await closeCasesOf(context, isAbout, `its line is ${receipt}`);
    return true;
  }
  return false;
}

/** Cases that say that nobody has booked a line. */
const isCaseOf = ({ provider, market }: Wall, receipt: SQL) =>
  and(
    eq(cases.kind, 'reconciliation_missing_here'),
    sql`${cases.detail} @> ${JSON.stringify({ provider, market })}::jsonb and ${cases.detail} ->> 'receipt' = ${receipt}`,
  );
