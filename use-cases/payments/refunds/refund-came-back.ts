import { and, eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { havingReceipt } from '#db/queries/receipts';
import { attempts, audit, cases, inbound } from '#db/schema/index';
import { instantOf, localDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { accounts } from '#domain/ledger/ledger';
import { marketOf } from '#domain/markets';
import { normalReceipt } from '#domain/payments/receipt';
import { closeCasesOf } from '../../cases/close-case.ts';
import type { Context } from '../../context.ts';
import { amountOf } from '../../leases/credit-shares.ts';
import { providerOf, type AttemptRow } from '../attempt-record.ts';
import { closeGiveBackFailed } from '../suspense/give-back/close-give-back-failed.ts';

const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'receipt', message }]);

/**
 * A refund by mobile money came back: its provider could not pay it out, and says by which receipt the money is here again. Where
 * that waits in suspense it waits no more; what comes with it later is no second money. Call it with the lease and the refund locked.
 *
 * @param said of the return, and none of the refund's
 * @returns the account of the ledger that it comes from
 * @throws Problem forbidden for who has ordered money of the lease back; receipt_conflict where a payment has the receipt; conflict
 * where that money is somebody's, or went on; unprocessable naming the receipt
 */
export async function cameBackFrom(context: Context, refund: AttemptRow, said: string | undefined): Promise<string> {
  const { leaseId, currency } = refund;
  if (said === undefined) throw refuse('is needed: by which its provider says that the refund came back');
  if (await hasOrdered(context, leaseId))
    throw new Problem('forbidden', 'another admin than who has ordered money of the lease back says that it came back');
  const [provider, market, receipt] = [providerOf(refund), marketOf(currency), normalReceipt(said)];
  if ((await context.tx.$count(attempts, havingReceipt({ provider, currency, receipt }))) > 0)
    throw new Problem('receipt_conflict');
  const isIt = and(eq(inbound.provider, provider), eq(inbound.market, market), eq(inbound.receipt, receipt));
  const [item] = await context.tx.select().from(inbound).where(isIt).for('update');
  const its = { status: 'posted', leaseId, paymentId: refund.id, resolvedAt: new Date() } as const;
  const resolvedBy = context.actor.role === 'system' ? null : context.actor.id;
  if (item === undefined) {
    const paidAt = await statedAt(context, { provider, market, receipt });
    const { payerMasked } = refund;
    const amount = amountOf(refund);
    const came = { provider, market, receipt, account: '', payerMasked, amount, currency, paidAt };
    await context.tx.insert(inbound).values({ id: uuidv7(), ...came, ...its, resolvedBy });
    return accounts.clearing(provider);
  }
  if (item.status !== 'suspense')
    throw new Problem('conflict', `what came with that receipt does not wait in suspense: it is ${item.status}`);
  if (item.amount !== amountOf(refund)) throw refuse('must be of the sum of the refund');
  await context.tx
    .update(inbound)
    .set({ ...its, resolvedBy })
    .where(eq(inbound.id, item.id));
  await closeGiveBackFailed(context, item.id, 'it is a refund that came back');
  return accounts.suspense(provider);
}

/** Only a refund by mobile money comes back with a receipt. @throws Problem unprocessable */
export function refuseReceiptFor({ kind, source }: AttemptRow, { receipt }: { readonly receipt?: string | undefined }) {
  if (receipt !== undefined && (kind !== 'refund' || source !== null))
    throw refuse('is of a refund by mobile money that came back');
}

/** Whether whoever acts has ordered money of the lease to go back, or to be tried again. */
async function hasOrdered({ tx, actor }: Context, leaseId: string): Promise<boolean> {
  const isOrder = inArray(audit.type, ['payment.return_ordered', 'payment.return_repeated', 'payment.refunds_asked']);
  const isHis = eq(sql`${audit.actor} ->> 'id'`, actor.id);
  return (await tx.$count(audit, and(eq(audit.leaseId, leaseId), isOrder, isHis))) > 0;
}

/** When a statement told of it, whose case is closed by this; now, where none has yet. */
async function statedAt(
  context: Context,
  line: { readonly provider: string; readonly market: ReturnType<typeof marketOf>; readonly receipt: string },
): Promise<Date> {
  const isIts = and(
    eq(cases.kind, 'reconciliation_missing_here'),
    sql`${cases.detail} @> ${JSON.stringify(line)}::jsonb`,
  );
  const [told] = await context.tx.select({ detail: cases.detail }).from(cases).where(isIts).limit(1);
  await closeCasesOf(context, isIts, 'it is a refund that came back');
  const date = told?.detail['date'];
  return typeof date === 'string' ? new Date(instantOf(localDate(date), 12, line.market)) : new Date();
}
