import { and, eq, isNull } from 'drizzle-orm';
import { isReceiptTaken } from '#db/queries/receipts';
import { attempts } from '#db/schema/index';
import { record, type Context } from '../../context.ts';
import type { AttemptRow } from '../attempt-record.ts';

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
  const { id, leaseId } = attempt;
  if (await isReceiptTaken(context.tx, id, { ...attempt, receipt })) return false;
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
