import { and, eq, isNull, notInArray } from 'drizzle-orm';
import { cases, takenBackLines } from '#db/schema/index';
import type { BookMovement } from '#domain/payments/book-movement';
import type { Comparison } from '#domain/payments/reconciliation';
import type { Day } from '#domain/payments/wire';
import { closeCasesOf } from '../../cases/close-case.ts';
import type { Context } from '../../context.ts';
import type { StatedLine } from './stated-line.ts';
import { differenceKey } from './difference-cases.ts';
import { closeCaseOfLine, keepTakenBackLine } from './taken-back-line.ts';

/**
 * Keeps the day's lines by which a provider took money back by itself, so that no statement of before is ever read for them: those that
 * nobody has booked, and which transfer answers for each other one. What a statement does not say any more is forgotten.
 */
export async function keepLines(
  context: Context,
  day: Day,
  { missingHere, answered }: Pick<Comparison<StatedLine, BookMovement>, 'missingHere' | 'answered'>,
): Promise<void> {
  const { provider, market, date } = day;
  const open = missingHere.flatMap(({ line, proves }) =>
    line.type === 'refund' && line.reference === null && line.originalReceipt !== null && proves === null ? [line] : [],
  );
  const isGone = and(
    and(eq(takenBackLines.provider, provider), eq(takenBackLines.market, market), eq(takenBackLines.statedOn, date)),
    isNull(takenBackLines.transferId),
    notInArray(
      takenBackLines.receipt,
      open.map(({ receipt }) => receipt),
    ),
  );
  await context.tx.delete(takenBackLines).where(isGone);
  for (const line of open) await keepTakenBackLine(context, day, line, null);
  const places = new Map<string, number>();
  for (const { line, movement } of answered) {
    const { transferId, answersFor = [], paymentId } = movement;
    if (transferId === undefined || answersFor.length > 0) continue;
    const place = places.get(transferId) ?? 0;
    places.set(transferId, place + 1);
    await keepTakenBackLine(context, day, line, { transferId, place });
    // Of another day it has one still.
    await closeCaseOfLine(context, day, line.receipt);
    const key = differenceKey(day, { kind: 'missing_there', receipt: null, paymentId, transferId });
    await closeCasesOf(context, eq(cases.key, key), `its line is ${line.receipt}`);
  }
}
