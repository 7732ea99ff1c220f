import { and, eq, notInArray, sql } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import type { Difference } from '#domain/payments/reconciliation';
import type { Day, Wall } from '#domain/payments/wire';
import type { Context } from '../../context.ts';
import type { CaseRow } from '#db/queries/cases';
import { closeCasesOf } from '../../cases/close-case.ts';
import { freeKeys, insertCase } from '../../cases/open-case.ts';

/**
 * Opens the case of a difference. While it lasts it has one case, however often it is found, also when a person
 * has closed that. One that was remedied by itself and is found again all the same has a new case.
 *
 * @param reconciliationId by which it was found; null where what had booked it was undone
 * @returns the id of its case.
 */
export async function openDifferenceCase(
  context: Context,
  day: Day,
  reconciliationId: string | null,
  difference: Omit<Difference, 'caseId'>,
): Promise<string> {
  const { kind, market, currency, receipt, originalReceipt, paymentId, leaseId } = difference;
  const { statementAmount, ledgerAmount } = difference;
  const { provider, date } = day;
  const key = differenceKey(day, difference);
  const [before] = await context.tx.select().from(cases).where(eq(cases.key, key)).for('update');
  if (before !== undefined && !(isClosedByItself(before) && difference.remedy === null)) return before.id;
  if (before !== undefined) await freeKeys(context, eq(cases.id, before.id));
  const sums = { currency, statementAmount, ledgerAmount };
  const detail = {
    ...(reconciliationId !== null && { reconciliationId }),
    provider,
    market,
    date,
    receipt,
    ...(originalReceipt && { originalReceipt }),
    ...(difference.transferId !== undefined && { transferId: difference.transferId }),
    ...sums,
  };
  const id = await insertCase(context, { key, kind: `reconciliation_${kind}`, leaseId, paymentId, detail }, null);
  if (id === null) throw new Error(`the case ${key} was opened at the same moment`);
  return id;
}

/** Of two parts of one payment each is a difference of its own. */
export function differenceKey(
  { provider, market }: Wall,
  { kind, receipt, paymentId, transferId }: Pick<Difference, 'kind' | 'receipt' | 'paymentId' | 'transferId'>,
): string {
  const key = `reconciliation:${kind}:${provider}:${market}:${receipt ?? ''}:${paymentId ?? ''}`;
  return transferId === undefined ? key : `${key}:${transferId}`;
}

const isClosedByItself = ({ status, closedBy }: CaseRow) => status === 'closed' && closedBy === null;

/**
 * Differences of the day that a later run does not find any more are over: their cases are closed where nobody
 * has, and say so. A difference that returns after that has a new case.
 */
export async function closeDissolvedCases(
  context: Context,
  { provider, market, date }: Day,
  reconciliationId: string,
  caseIds: readonly string[],
): Promise<void> {
  const isOver = and(
    sql`${cases.kind} like 'reconciliation\\_%'`,
    sql`${cases.detail} @> ${JSON.stringify({ provider, market, date })}::jsonb`,
    caseIds.length === 0 ? undefined : notInArray(cases.id, [...caseIds]),
  );
  await closeCasesOf(context, isOver, `not found any more by reconciliation ${reconciliationId}`);
  await freeKeys(context, isOver);
}
