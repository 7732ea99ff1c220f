import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { instantOf, localDate } from '#domain/calendar';
import type { Line } from '#domain/payments/reconciliation';
import type { Wall } from '#domain/payments/wire';
import type { Queryable } from '../client.ts';
import { cases, takenBackLines } from '../schema/index.ts';

const detail = (name: string) => sql<string>`${cases.detail} ->> ${name}`;

/** The lines that were kept of what their provider took back of money with these receipts, and that no transfer answers for; oldest first. */
export async function unansweredLines(
  db: Queryable,
  { provider, market }: Wall,
  originals: readonly string[],
): Promise<Line[]> {
  if (originals.length === 0) return [];
  const isOfWall = and(eq(takenBackLines.provider, provider), eq(takenBackLines.market, market));
  const isTheirs = and(inArray(takenBackLines.originalReceipt, [...originals]), isNull(takenBackLines.transferId));
  const rows = await db
    .select()
    .from(takenBackLines)
    .where(and(isOfWall, isTheirs))
    .orderBy(takenBackLines.statedOn, takenBackLines.receipt);
  const common = { type: 'refund', reference: null, account: '', payer: null } as const;
  return rows.map(({ receipt, originalReceipt, amount, statedOn }) => ({
    ...common,
    receipt,
    originalReceipt,
    amount,
    at: instantOf(localDate(statedOn), 12, market),
  }));
}

/**
 * Which of the lines with these receipts a person has dismissed: he has closed the last case of it, and no transfer answers for it.
 * Such a line answers for nothing, unless nothing else can.
 *
 * @returns by receipt the id of the case that he has closed
 */
export async function dismissedLines(
  db: Queryable,
  { provider, market }: Wall,
  receipts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (receipts.length === 0) return new Map();
  const isAbout = and(
    and(eq(cases.kind, 'reconciliation_missing_here'), inArray(detail('receipt'), [...receipts])),
    and(eq(detail('provider'), provider), eq(detail('market'), market)),
  );
  const isAnswered = sql<boolean>`exists (select from ${takenBackLines} where ${takenBackLines.provider} = ${provider}
    and ${takenBackLines.market} = ${market} and ${takenBackLines.receipt} = ${detail('receipt')}
    and ${takenBackLines.transferId} is not null)`;
  const found = await db
    .select({ id: cases.id, receipt: detail('receipt'), closedBy: cases.closedBy, isAnswered })
    .from(cases)
    .where(isAbout)
    .orderBy(asc(cases.id));
  const last = new Map(found.map(({ receipt, ...one }) => [receipt, one]));
  return new Map(
    [...last].flatMap(([receipt, { id, closedBy, isAnswered: is }]) =>
      closedBy === null || is ? [] : [[receipt, id]],
    ),
  );
}
