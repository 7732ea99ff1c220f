import type { Ordered } from '#domain/leases/commands';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { splitOn } from '#domain/leases/leaving';
import { owedOf, unpaid } from '#domain/leases/position';
import type { Standing } from '#domain/leases/standing';
import { keys } from '#domain/ledger/keys';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import { bookWhatWaits, inAll, refuseIfPaidFor, refuseWhileEndHangs } from './before-end.ts';
import { creditPays } from './credit-pays.ts';
import { freePaid } from './free-overpaid.ts';
import { giveUp } from './give-up.ts';
import { positionToGrant } from './in-doubt.ts';
import { businessDate, lockLeaseFor, positionAt, standingOf, type LeaseRecord } from './lease-record.ts';
import { roundOff } from './apply-allocation.ts';
import { roundCredit } from './round-credit.ts';
import { waiveLast } from './waive-last.ts';

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
  await refuseWhileEndHangs(context, found, (own) => inAll(own) >= owedOf(positionAt(found, context.at)));
  const known = await bookWhatWaits(context, found);
  refuseIfPaidFor(known, context.at);
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
    key: keys.returnedAhead(before.row.id),
    kind: 'paid_ahead',
    description: 'paid ahead, and not owed any more',
  });
  const { lines } = freed;
  const unpaidAll = lines.reduce((sum, line) => sum + unpaid(line), 0);
  return waiveLast(context, freed, unpaidAll - overdue, {
    key,
    kind: 'return_waiver',
    description: 'not due before the vehicle was given back',
  });
}
