import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { latestPositions, riskEvents, vehicles } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, keptVehicle, morning } from '#test/kept-vehicle';
import { config } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { transact } from '../context.ts';
import { retireVehicle } from '../vehicles/retire-vehicle.ts';
import { endRisks } from './end-risks.ts';
import { ownedRetention } from './forget-owned.ts';
import { raiseRisks } from './raise-risks.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const DAY = 86_400_000;
/** Its tracker has told that something goes on, and where. */
async function tells(vehicleId: string, key = 'power_cut'): Promise<void> {
  const [trackerId, occurredAt] = [uuidv7(), morning('03-09')];
  const place = { lat: 0.3, lon: 32.5 };
  await database.db
    .insert(latestPositions)
    .values({ vehicleId, trackerId, ts: occurredAt, receivedAt: occurredAt, ...place })
    .onConflictDoNothing();
  const position = { ...place, ts: occurredAt.getTime() };
  const common = { key, type: 'power_cut', severity: 'high', details: {}, lasts: true } as const;
  await database.sql.begin((tx) => raiseRisks(tx, [{ ...common, vehicleId, trackerId, occurredAt, position }]));
}
const goesOn = async (vehicleId: string) =>
  (await database.db.select().from(riskEvents).where(eq(riskEvents.vehicleId, vehicleId))).map(
    ({ endedAt }) => endedAt === null,
  );
const places = (vehicleId: string) => database.db.$count(latestPositions, eq(latestPositions.vehicleId, vehicleId));
const sweep = (at: Date) =>
  ownedRetention.ownedVehicles({
    sql: database.sql,
    at,
    config: { EVENTS_RETENTION_DAYS: 90, POSITIONS_RETENTION_DAYS: 90 },
    beat: () => {},
  });
const after = (days: number) => new Date(morning('05-09').getTime() + days * DAY);

it('of a vehicle that its customer has redeemed nothing goes on, and after the days of its market nobody knows where it was', async () => {
  const lease = await keptVehicle(database);
  const { vehicleId } = await lease.row();
  await tells(vehicleId);
  await lease.paysCash('2026-05-09T07:00:00Z', 98_334, uuidv7());
  expect(await goesOn(vehicleId)).toEqual([true]);
  await endRisks(database.db);
  expect(await goesOn(vehicleId)).toEqual([true]);
  await lease.redeems('05-09');
  // Also what was on its way as it became his.
  await tells(vehicleId, 'power_cut:late');
  await endRisks(database.db);
  expect(await goesOn(vehicleId)).toEqual([false, false]);
  await sweep(after(29));
  expect(await places(vehicleId)).toBe(1);
  await sweep(after(31));
  expect(await places(vehicleId)).toBe(0);
});

it('nor of one that was taken back and sold to somebody else', async () => {
  const lease = await keptVehicle(database);
  const { vehicleId } = await lease.row();
  await tells(vehicleId);
  await lease.demand();
  await lease.sells('05-14', 200_000);
  await endRisks(database.db);
  expect(await goesOn(vehicleId)).toEqual([false]);
  await sweep(after(31));
  expect(await places(vehicleId)).toBe(1);
  await sweep(after(37));
  expect(await places(vehicleId)).toBe(0);
});

it('of a vehicle that the house keeps it is known where it is', async () => {
  const lease = await keptVehicle(database);
  const { vehicleId } = await lease.row();
  await tells(vehicleId);
  await lease.demand();
  await lease.sells('05-14', 200_000, admin, 'house');
  await endRisks(database.db);
  await sweep(after(300));
  expect([await places(vehicleId), await goesOn(vehicleId)]).toEqual([1, [true]]);
});

it('of a vehicle that leaves the fleet nothing goes on', async () => {
  const { vehicleId } = await (await bookLease(database, config, {})).row();
  await database.db.update(vehicles).set({ status: 'available' }).where(eq(vehicles.id, vehicleId));
  await tells(vehicleId);
  await transact(database.db, agent, new Date(), (context) => retireVehicle(context, vehicleId));
  await endRisks(database.db);
  expect(await goesOn(vehicleId)).toEqual([false]);
});
