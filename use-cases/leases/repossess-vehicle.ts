import { localDate } from '#domain/calendar';
import type { Ordered } from '#domain/leases/commands';
import { Problem } from '#domain/errors';
import { positionIfPaid } from '#domain/leases/doubt';
import { refuseRepossession, strictRepossession, takenBackAfter } from '#domain/leases/repossession';
import type { Standing } from '#domain/leases/standing';
import { ruleAt } from '../immobilisation/market-rule.ts';
import { openCase } from '../cases/open-case.ts';
import { recordOnLease, type Context } from '../context.ts';
import { bookWhatWaits, refuseWhileEndHangs } from './before-end.ts';
import { beginRepossession, runningDemand } from './repossession/repossession-record.ts';
import { giveUp } from './give-up.ts';
import { businessDate, lockLeaseFor, moneyOf, positionAt, standingOf, unitOf } from './lease-record.ts';
import { mayObject } from './objection.ts';
import { waiveUnearned } from './waive-unearned.ts';
import { roundCredit } from './round-credit.ts';

/**
 * The house takes the vehicle back from a customer in arrears, by a written notice: its own demand, or one that `noticeOn`
 * says. What settling it would cost is owed still, and given up; what he pays of it later, and what the sale of the vehicle
 * brings, is recovery, and beyond that his credit. The vehicle waits for its inspection, which is a case, and is kept until
 * he has redeemed it or it is sold.
 *
 * @throws Problem repossession_refused, notice_required or court_order_required as `refuseRepossession`; plan_not_agreed as
 * `mayObject`; invalid_state unless it is in arrears or immobilised; as `refuseWhileEndHangs`.
 */
export async function repossessVehicle(context: Context, input: Ordered<'repossess'>): Promise<Standing> {
  const { leaseId, reason, courtOrder = null } = input;
  const found = await lockLeaseFor('repossess', context, leaseId);
  const demand = await runningDemand(context.tx, found, 'arrears', context.at);
  const noticeOn = input.noticeOn ?? demand?.demandedOn ?? null;
  const today = businessDate(found.row, context.at);
  const grounds = {
    today,
    currency: found.row.currency,
    allowedDays: takenBackAfter(found.row.plan),
    rule: (await ruleAt(context.tx, found.row.market, context.at.getTime())) ?? strictRepossession,
    noticeOn: noticeOn === null ? null : localDate(noticeOn),
    demandedUntil: demand?.until ?? null,
    courtOrder,
  };
  await refuseWhileEndHangs(context, found, (own) => {
    const rule = { lateFee: found.row.plan.lateFee?.amount ?? 0, unit: unitOf(found.row) };
    const doubts = own.map((doubt) => ({ ...doubt, isThere: true }));
    const position = positionIfPaid(today, moneyOf(found.row), found.lines, { ...rule, doubts });
    return refuseRepossession({ ...grounds, position }) !== null;
  });
  const known = await bookWhatWaits(context, found);
  const refused = refuseRepossession({ ...grounds, position: positionAt(known, context.at) });
  if (refused !== null) throw new Problem(refused.code, refused.detail);
  if (await mayObject(context, known.row)) throw new Problem('plan_not_agreed');
  const record = await waiveUnearned(context, known, 'repossession');
  const { row } = record;
  const end = { as: 'repossessed', reason, vehicle: 'maintenance', isKept: true } as const;
  const ended = await giveUp(context, record, end);
  await beginRepossession(context, ended);
  await recordOnLease(context, ended.row, {
    key: `repossession:${leaseId}`,
    type: 'lease.repossession_grounds',
    detail: { noticeOn, courtOrder },
  });
  const { vehicleId } = row;
  await openCase(context, { kind: 'vehicle_to_inspect', leaseId, paymentId: null, detail: { vehicleId } });
  return standingOf(await roundCredit(context, ended, { as: 'repossessed' }), context.at);
}
