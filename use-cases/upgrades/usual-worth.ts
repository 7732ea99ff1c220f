import { eq } from 'drizzle-orm';
import { vehicles } from '#db/schema/index';
import { money } from '#domain/money';
import { tradeInValue } from '#domain/upgrades/upgrade';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRecord } from '../leases/lease-record.ts';
import { handedOverOn } from './upgrade-record.ts';

/** What the vehicle of a lease is taken for by the house's rule, before anybody has looked at it: minor units. */
export async function usualWorth({ tx }: Context, lease: LeaseRecord, at: Date): Promise<number> {
  const { vehicleId, price, currency, market } = lease.row;
  const [old] = await tx.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  if (old === undefined) throw new Error(`there is no vehicle ${vehicleId}`);
  const worth = { type: old.type, price: money(price, currency) };
  return tradeInValue(worth, handedOverOn(lease), businessDate(lease.row, at), market);
}
