import type { Ordered } from '#domain/leases/commands';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { splitOn } from '#domain/leases/leaving';
import { unpaid, type ScheduleLine } from '#domain/leases/position';
import type { Standing } from '#domain/leases/standing';
import { money } from '#domain/money';
import { allocate, forgive } from '#domain/leases/allocation';
import { waiver, type AllocationPart } from '#domain/ledger/ledger';
import { openCase } from '../cases/open-case.ts';
import { recordOnLease, type Context } from '../context.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { bookWhatWaits, inAll, refuseWhileEndHangs } from './before-end.ts';
import { creditPays } from './credit-pays.ts';
import { freePaid } from './free-overpaid.ts';
import { giveUp } from './give-up.ts';
import { positionToGrant } from './in-doubt.ts';
import {
  businessDate,
  lockLeaseFor,
  oldestUnpaid,
  positionAt,
  standingOf,
  updateLease,
  updateLines,
  type LeaseRecord,
} from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';
import { roundOff } from './apply-allocation.ts';
import { roundCredit } from './round-credit.ts';

/**
 * The customer gives the vehicle back and leaves, by the agreement's term (`leavingOn`). What is not due yet is waived; what
 * was paid ahead becomes credit, which pays what is overdue, and the rest of it is refunded. What is still owed then is given
 * up, and counts as recovery when it is paid. The vehicle waits for its inspection, which is a case.
 *
 * @throws Problem return_refused for a customer in arrears; invalid_state where nothing is left to leave; as
 * `refuseWhileEndHangs`.
 */
export async function returnVehicle(
  context: Context,
  { leaseId, reason }: Ordered<'returnVehicle'>,
): Promise<Standing> {
  const found = await lockLeaseFor('returnVehicle', context, leaseId);
  await refuseInArrears(context, found);
  await refuseWhileEndHangs(context, found, (own) => {
    const { outstanding, feesDue } = positionAt(found, context.at);
    return inAll(own) >= outstanding + feesDue;
  });
  const known = await bookWhatWaits(context, found);
  const { outstanding, feesDue } = positionAt(known, context.at);
  if (outstanding + feesDue === 0) throw new Problem('invalid_state', 'it is paid: the vehicle is the customer’s');
  await supersedePromise(context, known.row);
  const left = await waiveAhead(context, known);
  const settled = await roundOff(context, await creditPays(context, left), 'running', { as: 'returned' });
  const ended = await giveUp(context, settled, { as: 'returned', reason, vehicle: 'maintenance' });
  const { vehicleId } = ended.row;
  await openCase(context, { kind: 'vehicle_to_inspect', leaseId, paymentId: null, detail: { vehicleId } });
  return standingOf(await roundCredit(context, ended, { as: 'returned' }), context.at);
}

/** Who is late talks to an agent, who has the vehicle in front of him: it is no way out of what stops it. */
async function refuseInArrears(context: Context, found: LeaseRecord): Promise<void> {
  if (isStaff(context.actor.role) || context.actor.role === 'system') return;
  const { daysPastDue } = await positionToGrant(context, found);
  if (found.row.status !== 'immobilised' && daysPastDue <= found.row.plan.graceDays) return;
  throw new Problem('return_refused', 'the lease is in arrears: an agent takes the vehicle back');
}

/** What is not due yet is not owed any more; what was paid of it is credit. */
async function waiveAhead(context: Context, before: LeaseRecord): Promise<LeaseRecord> {
  const { overdue, ahead } = splitOn(businessDate(before.row, context.at), before.lines);
  const key = `return:${before.row.id}`;
  const freed = await freePaid(context, before, ahead, {
    key: `${key}:paid-ahead`,
    kind: 'paid_ahead',
    description: 'paid ahead, and not owed any more',
  });
  const { row, lines } = freed;
  const parts = lastOf(lines, lines.reduce((sum, line) => sum + unpaid(line), 0) - overdue);
  const waived = parts.reduce((sum, { amount }) => sum + amount, 0);
  if (waived === 0) return freed;
  await postOnLease(context, row, {
    key,
    kind: 'return_waiver',
    description: 'not due before the vehicle was given back',
    entries: waiver(row.id, byComponent(parts)),
  });
  const after = forgive(lines, parts);
  await updateLines(
    context,
    row,
    after.filter((line, i) => line !== lines[i]),
  );
  const changes = { totalPrice: row.totalPrice - waived, oldestUnpaidOn: oldestUnpaid(row, after) };
  const updated = await updateLease(context, row, changes);
  await recordOnLease(context, updated, {
    key,
    type: 'lease.return_waiver',
    detail: { waived: money(waived, row.currency) },
  });
  return { row: updated, lines: after };
}

/** `amount` of what is not paid, of the last lines first. */
function lastOf(lines: readonly ScheduleLine[], amount: number): AllocationPart[] {
  let left = amount;
  return lines.toReversed().flatMap((line) => {
    const taken = Math.min(left, unpaid(line));
    left -= taken;
    return taken === 0 ? [] : allocate(taken, { depositDue: 0, feesDue: 0, lines: [line] }).parts;
  });
}

function byComponent(parts: readonly AllocationPart[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { component, amount } of parts) sums.set(component, (sums.get(component) ?? 0) + amount);
  return sums;
}
