import type { Ordered } from '#domain/leases/commands';
import { paidAhead, usedAs } from '#domain/leases/paid-ahead';
import type { Standing } from '#domain/leases/standing';
import { money } from '#domain/money';
import type { Context } from '../context.ts';
import { changeSchedule, refuseChange, remake } from './change-schedule.ts';
import { businessDate, lockLeaseFor, standingOf, unitOf } from './lease-record.ts';

/**
 * What was paid ahead makes the lease shorter, or its instalments lower; the next one is due again as it was. The total
 * price stays, but for cents that payments left, which are forgiven.
 *
 * @throws Problem invalid_state unless it is active; schedule_change_refused where nothing was paid ahead; as `refuseChange`.
 */
export async function usePaidAhead(context: Context, { leaseId, makes }: Ordered<'usePaidAhead'>): Promise<Standing> {
  const found = await lockLeaseFor('usePaidAhead', context, leaseId);
  await refuseChange(context, found, 'paid_ahead');
  const { row } = found;
  const unit = unitOf(row);
  const ahead = paidAhead(found.lines, businessDate(row, context.at));
  const { before, lines, made, instalment } = await remake(context, found, (owed, today) =>
    usedAs(makes, owed, { today, unit }),
  );
  const after = await changeSchedule(context, before, {
    kind: 'paid_ahead',
    type: 'lease.paid_ahead_used',
    detail: { makes, ahead: money(ahead, row.currency), instalments: made, instalment },
    lines,
    made,
    columns: makes === 'lower' ? { instalment } : {},
  });
  return standingOf(after, context.at);
}
