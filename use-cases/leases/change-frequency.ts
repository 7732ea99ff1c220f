import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import { inFrequency } from '#domain/leases/frequency';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { changeSchedule, refuseChange, refuseLater, remake } from './change-schedule.ts';
import { leastAskedOf, lockLeaseFor, standingOf, unitOf } from './lease-record.ts';

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
  const { daysOffPerMonth = 0 } = row.plan;
  const wish = { from, to, daysOffPerMonth, unit: unitOf(row), leastAsked: leastAskedOf(row) };
  const { before, lines, made, instalment } = await remake(context, found, (owed, today) =>
    inFrequency(owed, { ...wish, today }),
  );
  refuseLater(before.lines, lines);
  const after = await changeSchedule(context, before, {
    kind: 'frequency',
    type: 'lease.frequency_changed',
    detail: { from, to, instalments: made, instalment },
    lines,
    made,
    columns: { frequency: to, instalment },
  });
  return standingOf(after, context.at);
}
