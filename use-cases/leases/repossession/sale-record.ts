import { eq } from 'drizzle-orm';
import { audit, repossessions } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { Problem } from '#domain/errors';
import { refuseSale } from '#domain/leases/repossession';
import { accounts, proceedsOfSale } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { emit, recordOnLease, type Context } from '../../context.ts';
import { ruleAt } from '../../immobilisation/market-rule.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { releaseHold } from '../../vehicles/release-vehicle.ts';
import { setVehicleStatus } from '../../vehicles/set-vehicle-status.ts';
import { businessDate, lockLease, type LeaseRecord } from '../lease-record.ts';
import { addCosts } from './charge-costs.ts';
import { forgiveRest, restOf } from './forgive-rest.ts';
import { owedToRedeem, refuseRedeemed } from './refuse-redeemed.ts';
import { askToConfirm } from './sale-to-confirm.ts';
import { admitStep, closeInspection, lockHeld, runningDemand } from './repossession-record.ts';

export interface Sale {
  readonly leaseId: string;
  readonly saleId: string;
  /** Minor units of the lease's currency: what it brought, and what its sale cost. */
  readonly proceeds: number;
  readonly costs: number;
  /** `house`: it is taken into stock for what it is worth. */
  readonly buyer: 'buyer' | 'house';
  readonly reference: string;
}

/** A sale whose proceeds wait to be set against what is owed. */
interface Begun {
  /** With the costs, before anything is set against them. */
  readonly lease: LeaseRecord;
  readonly isShortfallOwed: boolean;
  readonly demandId: string | null;
}

/**
 * A vehicle that was taken back is sold: what its sale cost is owed too, and what it brought stands in the account of the sale.
 *
 * @returns null where the same was said before
 * @throws Problem forbidden; invalid_state unless it is kept, and something is owed whatever becomes of money in doubt;
 * notice_required as `refuseSale`
 */
export async function beginSale(context: Context, sale: Sale): Promise<Begun | null> {
  const { leaseId, saleId, proceeds, costs, buyer, reference } = sale;
  admitStep('sellVehicle', context.actor);
  await lockLease(context.tx, leaseId);
  if (await isSaidAgain(context, sale)) return null;
  const found = await lockHeld(context, 'sellVehicle', leaseId);
  await refuseRedeemed(context, found.lease);
  const { market, currency } = found.lease.row;
  const demand = await runningDemand(context.tx, found.lease, 'redemption', context.at);
  const refused = refuseSale(businessDate(found.lease.row, context.at), demand);
  if (refused !== null) throw new Problem('notice_required', refused);
  const rule = await ruleAt(context.tx, market, context.at.getTime());
  if (rule === null) throw new Problem('invalid_state', `no law of ${market} is entered`);
  const lease = await addCosts(context, found.lease, found.held, { costsId: saleId, amount: costs, reason: reference });
  if (proceeds > 0)
    await postOnLease(context, lease.row, {
      key: `sale:${leaseId}`,
      kind: 'sale',
      description: `the vehicle was sold for ${formatMoney(money(proceeds, currency))}`,
      cause: { leaseId, reference },
      entries: proceedsOfSale(leaseId, buyer === 'house' ? accounts.tradeIn : accounts.office, proceeds),
    });
  const { isShortfallOwed } = rule;
  return { lease, isShortfallOwed, demandId: demand?.id ?? null };
}

async function isSaidAgain({ tx }: Context, { leaseId, saleId }: Sale): Promise<boolean> {
  const isSale = eq(audit.key, `sold:${leaseId}`);
  const [sold] = await tx.select({ detail: audit.detail }).from(audit).where(isSale);
  return sold !== undefined && deciding['lease.vehicle_sold'].parse(sold.detail).saleId === saleId;
}

/** What it brought is set against what is owed: the rest is owed still, or by the market's law not any more, and the vehicle is the buyer's. */
export async function endSale(context: Context, sale: Sale, begun: Begun, paid: LeaseRecord): Promise<void> {
  const { leaseId, saleId, proceeds, buyer, reference } = sale;
  const { isShortfallOwed, demandId } = begun;
  const shortfall = owedToRedeem(paid, context.at);
  const forgiven = isShortfallOwed ? [] : restOf(paid, context.at, shortfall);
  const { row } = await forgiveRest(context, paid, forgiven);
  const { customerId, vehicleId, currency } = row;
  await setVehicleStatus(context, vehicleId, buyer === 'house' ? 'maintenance' : 'sold');
  await releaseHold(context, leaseId, 'sold');
  if (buyer === 'buyer') await closeInspection(context, leaseId, 'the vehicle was sold');
  const surplus = paid.row.credit - begun.lease.row.credit;
  await context.tx
    .update(repossessions)
    .set({
      status: 'sold',
      endedAt: context.at,
      proceeds,
      surplus,
      shortfall,
      isShortfallOwed,
      forgiven: [...forgiven],
    })
    .where(eq(repossessions.leaseId, leaseId));
  const told = {
    proceeds: money(proceeds, currency),
    surplus: money(surplus, currency),
    shortfall: money(isShortfallOwed ? shortfall : 0, currency),
  };
  const detail = { ...told, saleId, buyer, reference, demandId };
  await recordOnLease(context, row, { key: `sold:${leaseId}`, type: 'lease.vehicle_sold', detail });
  await askToConfirm(context, row);
  const data = { leaseId, customerId, vehicleId, ...told };
  await emit(context, { type: 'lease.vehicle_sold', subject: leaseId, leaseId, data });
}
