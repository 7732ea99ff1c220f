import { and, eq, inArray, isNull, notExists, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { cases, takenBackLines } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { closeCasesOf } from '../../../cases/close-case.ts';
import type { Line } from '#domain/payments/reconciliation';
import type { Wall } from '#domain/payments/wire';
import type { Context } from '../../../context.ts';

/** Lines by which a provider took back by itself money whose receipt they name: kept, each with the one transfer that booked it. */

type Kept = Pick<Line, 'receipt' | 'originalReceipt' | 'amount' | 'at'>;

/**
 * @param line.at on the provider's wall, on the day of its statement
 * @param transferId what it is booked by; null while nobody has booked it. A line that is answered for stays so.
 */
export async function keepTakenBackLine(
  { tx }: Context,
  wall: Wall,
  { receipt, originalReceipt, amount, at }: Kept,
  transferId: string | null,
): Promise<void> {
  if (originalReceipt === null) return;
  const { provider, market } = wall;
  const line = { provider, market, receipt, originalReceipt, amount, statedOn: localDateAt(at, market) };
  await tx.insert(takenBackLines).values(line).onConflictDoNothing();
  if (transferId === null) return;
  const other = alias(takenBackLines, 'other');
  const isFree = and(
    isNull(takenBackLines.transferId),
    notExists(
      tx
        .select({ one: sql`1` })
        .from(other)
        .where(eq(other.transferId, transferId)),
    ),
  );
  await tx
    .update(takenBackLines)
    .set({ transferId })
    .where(and(isOfWall(wall), eq(takenBackLines.receipt, receipt), isFree));
}

const isOfWall = ({ provider, market }: Wall) =>
  and(eq(takenBackLines.provider, provider), eq(takenBackLines.market, market));

/**
 * A transfer has booked that a provider took back `amount` of a payment, minor units: it answers for the oldest line of that sum
 * that nobody has booked, and for no other ever after; one whose case is open comes first. That case is closed. Where no line is
 * known yet, the statement will tell.
 */
export async function answerForLine(
  context: Context,
  {
    provider,
    market,
    receipt,
    amount,
    transferId,
  }: Wall & {
    /** Of the payment; null where its provider has not named it. */
    readonly receipt: string | null;
    readonly amount: number;
    readonly transferId: string;
  },
): Promise<void> {
  if (receipt === null) return;
  const isAbout = and(
    and(eq(cases.kind, 'reconciliation_missing_here'), eq(cases.status, 'open')),
    sql`${cases.detail} @> ${JSON.stringify({ provider, market })}::jsonb and ${cases.detail} ->> 'receipt' = ${takenBackLines.receipt}`,
  );
  const isIts = and(
    and(isOfWall({ provider, market }), eq(takenBackLines.originalReceipt, receipt)),
    and(eq(takenBackLines.amount, amount), isNull(takenBackLines.transferId)),
  );
  const [line] = await context.tx
    .select({ receipt: takenBackLines.receipt, caseId: cases.id })
    .from(takenBackLines)
    .leftJoin(cases, isAbout)
    .where(isIts)
    .orderBy(sql`${cases.id} is null`, takenBackLines.statedOn, takenBackLines.receipt)
    .limit(1);
  if (line === undefined) return;
  const isLine = and(isIts, eq(takenBackLines.receipt, line.receipt));
  await context.tx.update(takenBackLines).set({ transferId }).where(isLine);
  if (line.caseId !== null) await closeCasesOf(context, eq(cases.id, line.caseId), 'booked: the provider took it back');
}

/** What these transfers had booked is undone: their lines wait for another, and none of them is missing there any more. */
export async function freeTakenBackLines(context: Context, transferIds: readonly string[]): Promise<void> {
  if (transferIds.length === 0) return;
  await context.tx
    .update(takenBackLines)
    .set({ transferId: null })
    .where(inArray(takenBackLines.transferId, [...transferIds]));
  const isAbout = inArray(sql`${cases.detail} ->> 'transferId'`, [...transferIds]);
  await closeCasesOf(
    context,
    and(eq(cases.kind, 'reconciliation_missing_there'), isAbout),
    'it was not taken back: booked again',
  );
}
