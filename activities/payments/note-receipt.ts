import { and, eq, isNull, ne } from 'drizzle-orm';
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
  attempt: Pick<AttemptRow, 'id' | 'leaseId' | 'provider' | 'currency'>,
  receipt: string,
): Promise<boolean> {
  if (await isReceiptTaken(context, attempt, receipt)) return false;
  const { id, leaseId } = attempt;
  const filled = await context.tx
    .update(attempts)
    .set({ providerReference: receipt })
    .where(and(eq(attempts.id, id), isNull(attempts.providerReference)))
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

/** True where another payment of the provider in the market has this receipt. */
export async function isReceiptTaken(
  { tx }: Context,
  { id, provider, currency }: Pick<AttemptRow, 'id' | 'provider' | 'currency'>,
  receipt: string,
): Promise<boolean> {
  const [other] = await tx
    .select({ id: attempts.id })
    .from(attempts)
    .where(
      and(
        ne(attempts.id, id),
        eq(attempts.provider, provider),
        eq(attempts.currency, currency),
        eq(attempts.providerReference, receipt),
        ne(attempts.kind, 'refund'),
        ne(attempts.status, 'reversed'),
      ),
    )
    .limit(1);
  return other !== undefined;
}
