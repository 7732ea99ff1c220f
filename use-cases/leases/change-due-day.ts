import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import { movedToDay, refuseDueDay } from '#domain/leases/due-day';
import type { Standing } from '#domain/leases/standing';
import type { Context } from '../context.ts';
import { changeSchedule, refuseChange, refuseLater } from './change-schedule.ts';
import { businessDate, lockLeaseFor, standingOf } from './lease-record.ts';

/**
 * Instalments to come are due on another day of the week or of the month, each by less than one period later. Amounts stay.
 *
 * @throws Problem invalid_state unless it is active; unprocessable for a day that the frequency has not; as `refuseChange`.
 */
export async function changeDueDay(
  context: Context,
  { leaseId, weekday, day }: Ordered<'changeDueDay'>,
): Promise<Standing> {
  const before = await lockLeaseFor('changeDueDay', context, leaseId);
  const { row, lines } = before;
  const refused = refuseDueDay(row.frequency, { weekday, day });
  if (refused !== null) throw new Problem('unprocessable', 'no instalment can be due on that day', [refused]);
  await refuseChange(context, before, 'due_day');
  const moved = movedToDay(lines, { weekday, day }, businessDate(row, context.at));
  const first = moved.find((line, i) => line.dueOn !== lines[i]?.dueOn);
  if (first === undefined) throw new Problem('schedule_change_refused', 'no instalment would be due on another day');
  refuseLater(lines, moved);
  const after = await changeSchedule(context, before, {
    kind: 'due_day',
    type: 'lease.due_day_changed',
    detail: { ...(weekday === undefined ? { day } : { weekday }), firstOn: first.dueOn },
    lines: moved,
    made: 0,
  });
  return standingOf(after, context.at);
}
