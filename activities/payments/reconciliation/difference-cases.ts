import { and, eq, notInArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { cases } from '#db/schema/index';
import type { Difference } from '#domain/payments/reconciliation';
import { record, type Context } from '../../context.ts';
import type { Day } from './find-movements.ts';

/** Opens the case of a difference, one however often it is found. @returns its id. */
export async function openDifferenceCase(
  { tx, at }: Context,
  { provider, date }: Day,
  reconciliationId: string,
  difference: Omit<Difference, 'caseId'>,
): Promise<string> {
  const { kind, market, currency, receipt, paymentId, leaseId, statementAmount, ledgerAmount } = difference;
  const key = `reconciliation:${kind}:${provider}:${market}:${receipt ?? ''}:${paymentId ?? ''}`;
  const [opened] = await tx
    .insert(cases)
    .values({
      id: uuidv7(),
      key,
      kind: `reconciliation_${kind}`,
      leaseId,
      paymentId,
      openedAt: at,
      detail: { reconciliationId, provider, market, date, receipt, currency, statementAmount, ledgerAmount },
    })
    .onConflictDoNothing({ target: cases.key })
    .returning({ id: cases.id });
  if (opened !== undefined) return opened.id;
  const [before] = await tx.select({ id: cases.id }).from(cases).where(eq(cases.key, key));
  if (before === undefined) throw new Error(`case ${key} vanished`);
  return before.id;
}

/** Differences of the day that a later run does not find any more are closed, and say so. */
export async function closeDissolvedCases(
  context: Context,
  { provider, market, date }: Day,
  reconciliationId: string,
  caseIds: readonly string[],
): Promise<void> {
  const isOfTheDay = sql`${cases.detail} @> ${JSON.stringify({ provider, market, date })}::jsonb`;
  const closed = await context.tx
    .update(cases)
    .set({
      status: 'closed',
      closedAt: context.at,
      resolution: `not found any more by reconciliation ${reconciliationId}`,
    })
    .where(
      and(
        eq(cases.status, 'open'),
        sql`${cases.kind} like 'reconciliation\\_%'`,
        isOfTheDay,
        caseIds.length === 0 ? undefined : notInArray(cases.id, [...caseIds]),
      ),
    )
    .returning({ id: cases.id, leaseId: cases.leaseId });
  for (const { id, leaseId } of closed)
    await record(context, {
      key: `case.closed:${id}`,
      type: 'case.closed',
      subject: id,
      leaseId,
      detail: { reconciliationId },
    });
}
