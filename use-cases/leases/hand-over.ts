import { openDeathOf } from '#db/queries/deaths';
import { scheduleLines } from '#db/schema/index';
import type { Ordered } from '#domain/leases/commands';
import { Problem } from '#domain/errors';
import type { Standing } from '#domain/leases/standing';
import { formatMoney, money } from '#domain/money';
import { handover, subsidised } from '#domain/ledger/ledger';
import { subsidyOn } from '#domain/vehicles/price-on-plan';
import { emit, type Context } from '../context.ts';
import { dissolveQueue } from '../vehicles/dissolve-queue.ts';
import { refuseUnfit } from '../vehicles/refuse-unfit.ts';
import { lockVehicle } from '../vehicles/update-vehicle.ts';
import { settleAgreements } from './agreement/settle-agreements.ts';
import { changeStatus } from './change-status.ts';
import { creditPays } from './credit-pays.ts';
import { setVehicleStatus } from '../vehicles/set-vehicle-status.ts';
import { businessDate, lockLeaseFor, oldestUnpaid, standingOf, type LeaseRecord } from './lease-record.ts';
import { postOnLease } from '../ledger/post-transfer.ts';
import { refuseWhileSaidGone } from './refuse-while-said-gone.ts';
import { scheduleOn } from './terms.ts';

/**
 * The customer takes the vehicle: the schedule begins, the receivable is raised, the deposit is earned, what somebody
 * else pays of the price is his to pay, and credit from before is applied to the first lines.
 *
 * @throws Problem invalid_state unless it waits for the handover with its deposit paid, while a case says that money of it has
 * gone, and where its customer is said to have died; unprocessable for an odometer that was turned back; papers_lapsed or inspection_failed for a vehicle
 * that may not go on the road.
 */
export async function handOver(context: Context, input: Ordered<'handOver'>): Promise<Standing> {
  const before = await lockLeaseFor('handOver', context, input.leaseId);
  if (before.row.depositPaid < before.row.deposit) throw new Problem('invalid_state', 'the deposit is not paid');
  await refuseWhileSaidGone(context, input.leaseId);
  if ((await openDeathOf(context.tx, before.row.customerId)) !== undefined)
    throw new Problem('invalid_state', 'its customer is said to have died: staff confirm or refute that');
  const vehicle = await lockVehicle(context, before.row.vehicleId);
  refuseTurnedBack(vehicle, input.odometerKm);
  await refuseUnfit(context, vehicle, { leaseId: before.row.id, day: businessDate(before.row, context.at) });
  const record = await beginSchedule(context, before);
  await raiseReceivable(context, record);
  await claimSubsidy(context, record);
  await setVehicleStatus(context, record.row.vehicleId, 'leased', input.odometerKm);
  await dissolveQueue(context, record.row.vehicleId);
  await settleAgreements(context, { leaseId: record.row.id }, 'in_effect');
  return standingOf(await creditPays(context, record), context.at);
}

/** @throws Problem unprocessable when the vehicle is known to have gone further. */
function refuseTurnedBack(vehicle: { readonly odometerKm: number }, odometerKm: number): void {
  if (odometerKm >= vehicle.odometerKm) return;
  const message = `must be at least ${vehicle.odometerKm}, what the vehicle had before`;
  throw new Problem('unprocessable', 'an odometer does not go back', [{ path: 'odometerKm', message }]);
}

async function beginSchedule(context: Context, { row }: LeaseRecord): Promise<LeaseRecord> {
  const lines = scheduleOn(row, businessDate(row, context.at));
  await context.tx.insert(scheduleLines).values(lines.map((line) => ({ leaseId: row.id, version: 1, ...line })));
  const active = await changeStatus(
    context,
    { leaseId: row.id, to: 'active', event: 'lease.activated' },
    { handedOverAt: context.at, scheduleVersion: 1, oldestUnpaidOn: oldestUnpaid(row, lines) },
  );
  await emit(context, {
    type: 'payment.plan.created',
    subject: row.id,
    leaseId: row.id,
    data: {
      leaseId: row.id,
      instalments: lines.length,
      instalment: money(row.instalment, row.currency),
      frequency: row.frequency,
      firstDueOn: lines[0]?.dueOn,
      lastDueOn: lines.at(-1)?.dueOn,
    },
  });
  return { row: active, lines };
}

async function raiseReceivable(context: Context, { row, lines }: LeaseRecord): Promise<void> {
  const byComponent = new Map<string, number>();
  for (const line of lines) {
    for (const [component, amount] of Object.entries(line.components))
      byComponent.set(component, (byComponent.get(component) ?? 0) + amount);
  }
  await postOnLease(context, row, {
    key: `handover:${row.id}`,
    kind: 'handover',
    description: 'handover: the schedule is owed, the deposit is earned',
    entries: handover(row.id, row.depositPaid, byComponent),
  });
}

/** What somebody else pays of the price is earned with the handover, and owed by him: no part of what the customer owes. */
async function claimSubsidy(context: Context, { row }: LeaseRecord): Promise<void> {
  const { plan, market, price, currency } = row;
  const amount = subsidyOn(plan, market, money(price, currency));
  if (amount === 0) return;
  const by = plan.subsidy?.by ?? '';
  await postOnLease(context, row, {
    key: `subsidy:${row.id}`,
    kind: 'subsidy',
    description: `${by} pays ${formatMoney(money(amount, currency))} of the price`,
    cause: { leaseId: row.id, by },
    entries: subsidised(amount),
  });
}
