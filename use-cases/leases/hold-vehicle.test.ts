import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leases, upgrades, vehicles } from '#db/schema/index';
import { config } from '#test/late-money';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { endApplication } from './end-lease.ts';
import { holdForLater, holdVehicle, releaseVehicle } from './hold-vehicle.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const on = (day: number) => `2026-02-${String(day).padStart(2, '0')}T07:00:00Z`;

/** A customer's application for a vehicle, with an offer. */
async function offered(vehicleId?: string, customerId?: string) {
  const lease = await bookLease(database, config, customerId === undefined ? {} : { customerId });
  const wish = vehicleId === undefined ? {} : { vehicleId };
  await database.db
    .update(leases)
    .set({ status: 'offered', ...wish })
    .where(eq(leases.id, lease.id));
  const row = await lease.row();
  await database.db.update(vehicles).set({ status: 'available' }).where(eq(vehicles.id, row.vehicleId));
  return {
    ...row,
    at: lease.at,
    holds: (day: number) =>
      lease.at(on(day), (context) => holdVehicle(context, { leaseId: row.id, until: on(day + 2) })),
    letsGo: (day: number) =>
      lease.at(on(day), (context) => endApplication(context, { leaseId: row.id, as: 'withdrawn', reason: 'another' })),
  };
}

it('a customer who lets a vehicle go twice waits for a week before he holds it again, and nobody else does', async () => {
  const first = await offered();
  await first.holds(1);
  await first.letsGo(2);
  const { vehicleId, customerId } = first;
  // The second time for an exchange.
  const leaseId = uuidv7();
  const later = { customerId, vehicleId, leaseId, until: new Date(on(6)) };
  const { id: old, paymentMethodId, plan, currency, price, deposit, instalment } = first;
  const terms = { paymentMethodId, plan, currency, price, deposit, instalment, total: price };
  const sums = { tradeIn: 1_000, settlement: 1_000, payout: 0 };
  const [createdAt, endedAt] = [new Date(on(3)), new Date(on(5))];
  const times = { expiresAt: endedAt, createdAt, updatedAt: createdAt, endedAt };
  const exchange = {
    id: uuidv7(),
    leaseId: old,
    newLeaseId: leaseId,
    customerId,
    vehicleId,
    ...terms,
    ...sums,
    ...times,
  };
  await database.db.insert(upgrades).values({ ...exchange, status: 'cancelled' });
  await first.at(on(4), (context) => holdForLater(context, later));
  await first.at(on(5), (context) => releaseVehicle(context, { id: leaseId, vehicleId }, 'upgrade cancelled'));

  const again = await offered(vehicleId, customerId);
  const refused = { code: 'held_before', message: expect.stringContaining('2026-02-12T07:00') };
  await expect(again.holds(6)).rejects.toMatchObject(refused);
  const other = await offered(vehicleId);
  await other.holds(7);
  await other.letsGo(8);
  const elsewhere = await offered(undefined, customerId);
  expect(await elsewhere.holds(7)).toMatchObject({ status: 'reserved' });
  expect(await again.holds(12)).toMatchObject({ status: 'reserved' });
});
