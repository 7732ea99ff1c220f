import { Problem } from '#domain/errors';
import { money } from '#domain/money';
import { closeCaseAbout } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import { debtOf, sumOfDebt } from './debt.ts';
import { unitOf, type LeaseRecord } from './lease-record.ts';

/** What a lease that was written off owes still, however long ago that was: minor units; null of any other lease. */
const leftOf = (record: LeaseRecord, at: Date) =>
  record.row.status === 'written_off' ? sumOfDebt(debtOf(record, at, { paidAt: null })) : null;

/**
 * The last of what a lease owed that was written off is paid: its vehicle is nobody's but the house's by that, so a person
 * decides. Call it with the lease locked, once the money is booked.
 */
export async function tellWhenAllIsPaid(context: Context, before: LeaseRecord, after: LeaseRecord): Promise<void> {
  const { id: leaseId, vehicleId, recovered, currency } = after.row;
  if (leftOf(after, context.at) !== 0 || leftOf(before, context.at) === 0) return;
  const detail = { vehicleId, recovered: money(recovered, currency) };
  await openCase(context, { kind: 'written_off_paid', leaseId, paymentId: null, detail });
}

/** Some of what such a lease was paid is taken back: there is nothing to decide while it is owed. */
export async function closeUnlessAllIsPaid(context: Context, record: LeaseRecord): Promise<void> {
  if ((leftOf(record, context.at) ?? 0) > 0)
    await closeCaseAbout(context, 'written_off_paid', record.row.id, 'some of what was paid was taken back');
}

/**
 * Of a lease that was written off nobody takes more than it owes.
 *
 * @throws Problem unprocessable naming the amount
 */
export function refuseMoreThanGivenUp(record: LeaseRecord, at: Date, amount: number): void {
  const unit = unitOf(record.row);
  const left = leftOf(record, at);
  const most = left === null ? null : Math.ceil(left / unit) * unit;
  if (most === null || amount <= most) return;
  const message = `must be at most ${most}, what was given up and is not paid`;
  throw new Problem('unprocessable', 'that is more than was given up', [{ path: 'amount.amount', message }]);
}
