import { eq } from 'drizzle-orm';
import { repossessions } from '#db/schema/index';
import { keepingCosts } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { recordOnLease, type Context } from '../../context.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { updateLease, type LeaseRecord } from '../lease-record.ts';
import { refuseRedeemed } from './refuse-redeemed.ts';
import { lockHeld, type RepossessionRow } from './repossession-record.ts';

interface Costs {
  readonly leaseId: string;
  /** Of the request: the same is charged once. */
  readonly costsId: string;
  /** Minor units of the lease's currency. */
  readonly amount: number;
  /** What for: towing, keeping, an auction. */
  readonly reason: string;
}

/**
 * What the house has paid to take a vehicle back and to keep it is owed by its customer too, until he has paid all.
 *
 * @throws Problem forbidden; invalid_state unless it is kept, and as `refuseRedeemed`
 */
export async function chargeCosts(context: Context, costs: Costs): Promise<void> {
  const { lease, held } = await lockHeld(context, 'chargeCosts', costs.leaseId);
  if (held.costIds.includes(costs.costsId)) return;
  await refuseRedeemed(context, lease);
  await addCosts(context, lease, held, costs);
}

/** Call it with the lease locked. @returns the lease with them */
export async function addCosts(
  context: Context,
  lease: LeaseRecord,
  held: RepossessionRow,
  { costsId, amount, reason }: Omit<Costs, 'leaseId'>,
): Promise<LeaseRecord> {
  const { row } = lease;
  if (amount === 0) return lease;
  const sum = money(amount, row.currency);
  const key = `keeping:${costsId}`;
  await postOnLease(context, row, {
    key,
    kind: 'keeping_costs',
    description: `${formatMoney(sum)} for a vehicle that was taken back: ${reason}`,
    entries: keepingCosts(amount),
  });
  await context.tx
    .update(repossessions)
    .set({ costs: held.costs + amount, costIds: [...held.costIds, costsId] })
    .where(eq(repossessions.leaseId, row.id));
  const after = await updateLease(context, row, { feesCharged: row.feesCharged + amount });
  await recordOnLease(context, after, { key, type: 'lease.costs_charged', detail: { amount: sum, reason } });
  return { ...lease, row: after };
}
