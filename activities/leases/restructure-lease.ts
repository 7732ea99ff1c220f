import { Problem } from '#domain/errors';
import { restructured } from '#domain/leases/restructure';
import type { Standing } from '#domain/leases/standing';
import { marketRules } from '#domain/markets';
import { record, type Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { businessDate, lockLease, positionAt, reschedule, standingOf } from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';

/**
 * Spreads what is owed over another number of instalments, from one period after the lease's own today.
 * The total price stays; the old schedule is kept.
 */
export async function restructureLease(
  context: Context,
  { leaseId, instalments, reason }: { leaseId: string; instalments: number; reason: string },
): Promise<Standing> {
  const before = await lockLease(context.tx, leaseId);
  const { row } = before;
  const today = businessDate(row, context.at);
  const unit = marketRules(row.market).lineUnit;
  const { outstanding } = positionAt(before, context.at);
  if (outstanding < (instalments + 1) * unit) {
    const message = 'there is less to pay than that many instalments';
    throw new Problem('unprocessable', message, [{ path: 'instalments', message }]);
  }
  const lines = restructured(before.lines, { instalments, frequency: row.frequency, today, unit });
  const [first] = lines.slice(-instalments);
  await supersedePromise(context, row);
  const after = await reschedule(context, before, lines, {
    instalmentsTotal: lines.length,
    instalment: first?.amount ?? row.instalment,
    promisedOn: null,
  });
  await record(context, {
    type: 'lease.restructured',
    subject: leaseId,
    leaseId,
    leaseStatus: row.status,
    detail: { instalments, reason, scheduleVersion: after.row.scheduleVersion, instalment: first?.amount },
  });
  const active = await changeStatus(context, { leaseId, to: 'active', reason: 'restructured' });
  return standingOf({ ...after, row: active }, context.at);
}
