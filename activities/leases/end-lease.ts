import { and, eq, isNull } from 'drizzle-orm';
import { holds } from '#db/schema/index';
import type { Standing } from '#domain/leases/standing';
import { hasEnded, type LeaseStatus } from '#domain/leases/status';
import { releaseDeposit } from '#domain/payments/ledger';
import { postTransfer } from '../payments/post-transfer.ts';
import type { Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { setVehicleStatus } from './hold-vehicle.ts';
import { businessDate, lockLease, standingOf } from './lease-record.ts';

/** The last payment is in: the vehicle is the customer's. */
export async function completeLease(context: Context, input: { leaseId: string }): Promise<Standing> {
  const record = await lockLease(context.tx, input.leaseId);
  if (hasEnded(record.row.status)) return standingOf(record, context.at);
  const row = await changeStatus(
    context,
    { leaseId: input.leaseId, to: 'completed', event: 'lease.completed' },
    { completedAt: context.at, oldestUnpaidOn: null },
  );
  await setVehicleStatus(context, row.vehicleId, 'sold');
  await context.tx
    .update(holds)
    .set({ releasedAt: context.at, releaseReason: 'sold' })
    .where(and(eq(holds.leaseId, row.id), isNull(holds.releasedAt)));
  return standingOf({ ...record, row }, context.at);
}

/**
 * Ends a lease before handover. What was paid as deposit becomes the customer's credit, which the
 * workflow then refunds.
 */
export async function endApplication(
  context: Context,
  input: { leaseId: string; as: Extract<LeaseStatus, 'declined' | 'withdrawn' | 'lapsed'>; reason: string },
): Promise<Standing> {
  const record = await lockLease(context.tx, input.leaseId);
  const { row } = record;
  if (hasEnded(row.status)) return standingOf(record, context.at);
  if (row.depositPaid > 0) {
    await postTransfer(context, {
      key: `deposit-released:${row.id}`,
      kind: 'deposit_released',
      leaseId: row.id,
      book: books.lease(row.id),
      currency: row.currency,
      businessDate: businessDate(row, context.at),
      description: `deposit belongs to the customer again: ${input.as}`,
      cause: { leaseId: row.id },
      entries: releaseDeposit(row.id, row.depositPaid),
    });
  }
  const ended = await changeStatus(
    context,
    { leaseId: row.id, to: input.as, reason: input.reason, event: 'lease.terminated' },
    { depositPaid: 0, credit: row.credit + row.depositPaid },
  );
  return standingOf({ ...record, row: ended }, context.at);
}
