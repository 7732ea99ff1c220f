import { centsOf } from '#domain/leases/allocation';
import type { Ordered } from '#domain/leases/commands';
import { paidAhead, usedAs } from '#domain/leases/paid-ahead';
import { toCome } from '#domain/leases/position';
import { madeAnew, owedToCome } from '#domain/leases/spread';
import type { Standing } from '#domain/leases/standing';
import { money } from '#domain/money';
import type { Context } from '../context.ts';
import { forgiveParts } from './apply-allocation.ts';
import { changed, changeSchedule, refuseChange } from './change-schedule.ts';
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
  const today = businessDate(row, context.at);
  const ahead = paidAhead(found.lines, today);
  const { from } = owedToCome(found.lines, today, unit);
  const cause = { scheduleVersion: String(row.scheduleVersion + 1) };
  const before = await forgiveParts(context, found, centsOf(found.lines.slice(from), unit), 'running', cause);
  const lines = changed(() => usedAs(makes, before.lines, { today, unit }));
  const made = madeAnew(before.lines, lines);
  const instalment = toCome(made, today)[0]?.amount ?? row.instalment;
  const after = await changeSchedule(context, before, {
    kind: 'paid_ahead',
    type: 'lease.paid_ahead_used',
    detail: { makes, ahead: money(ahead, row.currency), instalments: made.length, instalment },
    lines,
    made: made.length,
    columns: makes === 'lower' ? { instalment } : {},
  });
  return standingOf(after, context.at);
}
