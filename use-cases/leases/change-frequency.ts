import { Problem } from '#domain/errors';
import { centsOf } from '#domain/leases/allocation';
import type { Ordered } from '#domain/leases/commands';
import { inFrequency } from '#domain/leases/frequency';
import { toCome } from '#domain/leases/position';
import { madeAnew, owedToCome } from '#domain/leases/spread';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { forgiveParts } from './apply-allocation.ts';
import { changed, changeSchedule, refuseChange, refuseLater } from './change-schedule.ts';
import { businessDate, leastAskedOf, lockLeaseFor, standingOf, unitOf } from './lease-record.ts';

/**
 * What is not paid of the instalments to come is paid daily, weekly or monthly instead, over about the same time. The total
 * price stays, but for cents that payments left, which are forgiven.
 *
 * @throws Problem invalid_state unless it is active; schedule_change_refused where it is paid so already; as `refuseChange`.
 */
export async function changeFrequency(
  context: Context,
  { leaseId, frequency: to }: Ordered<'changeFrequency'>,
): Promise<Standing> {
  const found = await lockLeaseFor('changeFrequency', context, leaseId);
  const { row } = found;
  const { frequency: from } = row;
  if (to === from) throw new Problem('schedule_change_refused', `it is paid ${to} already`);
  await refuseChange(context, found, 'frequency');
  const unit = unitOf(row);
  const today = businessDate(row, context.at);
  const { from: begin } = owedToCome(found.lines, today, unit);
  const cause = { scheduleVersion: String(row.scheduleVersion + 1) };
  const before = await forgiveParts(context, found, centsOf(found.lines.slice(begin), unit), 'running', cause);
  const { daysOffPerMonth = 0 } = row.plan;
  const wish = { today, from, to, daysOffPerMonth, unit, leastAsked: leastAskedOf(row) };
  const lines = changed(() => inFrequency(before.lines, wish));
  refuseLater(before.lines, lines);
  const made = madeAnew(before.lines, lines);
  const instalment = toCome(made, today)[0]?.amount ?? row.instalment;
  const after = await changeSchedule(context, before, {
    kind: 'frequency',
    type: 'lease.frequency_changed',
    detail: { from, to, instalments: made.length, instalment },
    lines,
    made: made.length,
    columns: { frequency: to, instalment },
  });
  return standingOf(after, context.at);
}
