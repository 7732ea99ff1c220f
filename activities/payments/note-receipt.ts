import { and, eq, isNull, ne, notExists } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { attempts } from '#db/schema/index';
import { record, type Context } from '../context.ts';
import type { AttemptRow } from './attempt-record.ts';

/**
 * A payment that the provider confirmed without naming its receipt has it now. One that has a receipt keeps
 * it, and a receipt that another payment has is not given twice.
 *
 * @returns whether it was news.
 */
export async function noteReceipt(
  context: Context,
  { id, leaseId }: Pick<AttemptRow, 'id' | 'leaseId'>,
  receipt: string,
): Promise<boolean> {
  const { tx } = context;
  const others = alias(attempts, 'others');
  const isTaken = tx
    .select({ id: others.id })
    .from(others)
    .where(
      and(
        eq(others.provider, attempts.provider),
        eq(others.currency, attempts.currency),
        eq(others.providerReference, receipt),
        ne(others.kind, 'refund'),
        ne(others.status, 'reversed'),
      ),
    );
  const filled = await tx
    .update(attempts)
    .set({ providerReference: receipt })
    .where(and(eq(attempts.id, id), isNull(attempts.providerReference), notExists(isTaken)))
    .returning({ id: attempts.id });
  if (filled.length === 0) return false;
  await record(context, {
    key: `payment.receipt_found:${id}`,
    type: 'payment.receipt_found',
    subject: id,
    leaseId,
    detail: { paymentId: id, receipt },
  });
  return true;
}
