import type { Ordered } from '#domain/leases/commands';
import { daysBetween, localDate, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { mostInstalments, restructured, WATCHED_DAYS } from '#domain/leases/restructure';
import type { Standing } from '#domain/leases/standing';
import { marketRules } from '#domain/markets';
import { centsOf } from '#domain/leases/allocation';
import { record, type Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { businessDate, lockLeaseFor, positionAt, reschedule, standingOf } from './lease-record.ts';
import { forgiveParts } from './apply-allocation.ts';
import { supersedePromise } from './promise-payment.ts';

/**
 * Spreads the lines that are not paid over another number of instalments, from one period after the lease's own
 * today, or from the next due date where the customer has paid ahead of that. How many days past due it was then is kept. The total price stays, but for cents that payments left, which are forgiven; the old schedule is kept.
 *
 * @throws Problem invalid_state unless it is collected; second_restructure for an agent within a year of the last one; unprocessable where they cannot be spread over so many.
 */
export async function restructureLease(
  context: Context,
  { leaseId, instalments, reason }: Ordered<'restructure'>,
): Promise<Standing> {
  const found = await lockLeaseFor('restructure', context, leaseId);
  const { row } = found;
  const today = businessDate(row, context.at);
  const unit = marketRules(row.market).lineUnit;
  refuseSecond(context, row.restructuredOn, today);
  const most = mostInstalments(found.lines, unit);
  if (instalments > most) {
    const message =
      most === 0 ? 'no instalment is left to spread' : `must be at most ${most}, so that each has something to pay`;
    throw new Problem('unprocessable', 'there is less to pay than that many instalments', [
      { path: 'instalments', message },
    ]);
  }
  const cause = { scheduleVersion: String(row.scheduleVersion + 1) };
  const before = await forgiveParts(context, found, centsOf(found.lines, unit), 'running', cause);
  const lines = restructured(before.lines, { ...row.plan, frequency: row.frequency, instalments, today, unit });
  const [first] = lines.slice(-instalments);
  await supersedePromise(context, row);
  const arrearsRestructured = positionAt(found, context.at).daysPastDue;
  const after = await reschedule(context, before, lines, {
    instalmentsTotal: lines.length,
    instalment: first?.amount ?? row.instalment,
    promisedOn: null,
    restructuredOn: today,
    arrearsRestructured,
  });
  await record(context, {
    type: 'lease.restructured',
    subject: leaseId,
    leaseId,
    leaseStatus: row.status,
    detail: {
      instalments,
      reason,
      scheduleVersion: after.row.scheduleVersion,
      instalment: first?.amount,
      arrearsRestructured,
    },
  });
  if (row.status === 'active') return standingOf(after, context.at);
  const active = await changeStatus(context, { leaseId, to: 'active', reason: 'restructured' });
  return standingOf({ ...after, row: active }, context.at);
}

function refuseSecond({ actor }: Context, before: string | null, today: LocalDate): void {
  if (actor.role !== 'agent' || before === null || daysBetween(localDate(before), today) >= WATCHED_DAYS) return;
  throw new Problem('second_restructure');
}
