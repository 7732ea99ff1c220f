import { isCreditCase, type CaseOrder } from '#domain/cases';
import { money } from '#domain/money';
import type { Context } from '../context.ts';
import { lockLease } from './lease-record.ts';
import { openCase } from '../cases/open-case.ts';

/**
 * A case that a lease's workflow opens. Of credit it tells what is there: some may have been given back since the
 * workflow looked, and of what came since, the workflow hears.
 */
export async function openLeaseCase(context: Context, order: CaseOrder): Promise<void> {
  if (!isCreditCase(order.kind) || order.leaseId === null) return void (await openCase(context, order));
  const { row } = await lockLease(context.tx, order.leaseId);
  const credit = money(Math.min(row.credit, order.detail.credit?.amount ?? row.credit), row.currency);
  if (credit.amount > 0) await openCase(context, { ...order, detail: { ...order.detail, credit } });
}
