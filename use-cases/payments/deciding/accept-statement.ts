import { and, eq, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { attempts, inbound, lackingPayments } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { caseKey } from '#domain/cases';
import { marketRules } from '#domain/markets';
import { normalReceipt } from '#domain/payments/receipt';
import { closeCase } from '../../cases/close-case.ts';
import type { Context } from '../../context.ts';
import { openDifferenceCase } from '../lines/difference-cases.ts';

const isOfCase = (key: string) =>
  eq(
    sql`concat(${caseKey('statement_incomplete', '')}::text, ${lackingPayments.provider}, ':', ${lackingPayments.market}, ':', ${lackingPayments.date}::text)`,
    key,
  );

/**
 * A person who closes the case of a statement that lacks money takes it as it is, as by asking for its report (`isAccepted`), also where
 * the provider does not keep it any more. Each payment that it lacks is a case of its own from now on, and holds its lease, or waits in
 * suspense, until that is closed.
 *
 * @throws as `closeCase`
 */
export async function acceptStatement(context: Context, input: { id: string; resolution: string }): Promise<void> {
  const { key } = await closeCase(context, input);
  for (const { date, ...one } of await lackingOf(context.tx, key)) {
    const { market, receipt, charged, whole, ...whose } = one;
    await openDifferenceCase(context, { provider: one.provider, market, date: localDate(date) }, null, {
      kind: 'missing_there',
      market,
      currency: marketRules(market).currency,
      paymentId: whose.paymentId,
      leaseId: whose.leaseId,
      receipt: receipt === null ? null : normalReceipt(receipt),
      statementAmount: null,
      ledgerAmount: whole ?? charged,
      remedy: null,
    });
  }
  await context.tx.delete(lackingPayments).where(isOfCase(key));
}

/** What a lease has still, or waits in suspense, with all that came of what a customer paid by himself. */
function lackingOf(db: Queryable, key: string) {
  const { movementId, provider, market, date } = lackingPayments;
  return db
    .select({
      provider,
      market,
      date,
      paymentId: attempts.id,
      leaseId: sql<string | null>`coalesce(${attempts.leaseId}, ${inbound.leaseId})`,
      receipt: sql<string | null>`coalesce(${inbound.receipt}, ${attempts.providerReference})`,
      charged: sql<number | null>`coalesce(${attempts.settledAmount}, ${attempts.amount})::float8`,
      whole: sql<number | null>`(${inbound.amount} + ${inbound.wentBack} + ${inbound.claimed})::float8`,
    })
    .from(lackingPayments)
    .leftJoin(inbound, or(eq(inbound.id, movementId), eq(inbound.paymentId, movementId)))
    .leftJoin(attempts, or(eq(attempts.id, movementId), eq(attempts.id, inbound.paymentId)))
    .where(and(isOfCase(key), or(eq(attempts.status, 'succeeded'), and(isNull(attempts.id), isNotNull(inbound.id)))));
}
