import { randomBytes } from 'node:crypto';
import { leases } from '#db/schema/index';
import { leaseReference } from '#domain/leases/reference';
import { money } from '#domain/money';
import type { Plan } from '#domain/vehicles/plan';
import { priceWithDeposit } from '#domain/vehicles/price-on-plan';
import { recordOnLease, type Context } from '../context.ts';
import type { LeaseRow } from './lease-record.ts';

/** What a lease begins with that goes on from another one. Minor units. */
interface Exchanged {
  readonly id: string;
  readonly upgradeId: string;
  readonly vehicleId: string;
  readonly plan: Plan;
  readonly paymentMethodId: string;
  readonly price: number;
  readonly deposit: number;
  readonly instalment: number;
  readonly totalPrice: number;
  readonly signedName: string | null;
  readonly agreementSignedAt: Date | null;
}

/** The lease of the other vehicle, signed, for the customer of the old one. */
export async function beginExchanged(
  context: Context,
  old: LeaseRow,
  { upgradeId, plan, ...terms }: Exchanged,
): Promise<LeaseRow> {
  const { at } = context;
  const { customerId, quietHours, market, currency, clockOffsetMs } = old;
  const [row] = await context.tx
    .insert(leases)
    .values({
      ...terms,
      agreedTotal: terms.totalPrice,
      reference: leaseReference(randomBytes(8)),
      status: 'awaiting_deposit',
      customerId,
      quietHours,
      backupMethodIds: old.backupMethodIds.map((id) => (id === terms.paymentMethodId ? old.paymentMethodId : id)),
      market,
      currency,
      clockOffsetMs,
      planId: plan.id,
      plan,
      frequency: plan.frequency,
      instalmentsTotal: priceWithDeposit(plan, market, money(terms.price, currency), terms.deposit).instalments,
      createdAt: at,
      updatedAt: at,
    })
    .returning();
  if (row === undefined) throw new Error('the new lease was not stored');
  const detail = { upgradeId, from: old.id, vehicleId: row.vehicleId, planId: plan.id };
  await recordOnLease(context, row, { key: `lease.applied:${row.id}`, type: 'lease.applied', detail });
  return row;
}
