import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trackers, vehicles } from '#db/schema/index';
import { BEFORE_FITTING, fittingAt } from '#domain/telematics/fitting';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { TrackerRegistry } from './registry.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

let made = 0;
async function newVehicle(): Promise<string> {
  const id = uuidv7();
  made += 1;
  const rest = { make: 'Bajaj', model: 'Test', year: 2025, market: 'UG', price: 5_000_000, currency: 'UGX' } as const;
  await database.db
    .insert(vehicles)
    .values({ id, type: 'motorcycle', ...rest, registration: `U ${made}`, vin: `VIN${made}` });
  return id;
}

it('knows where a unit was that was lent to another vehicle and is back', async () => {
  const { db, sql } = database;
  const [a, b, serial] = [await newVehicle(), await newVehicle(), '352093081230000'];
  const ids = [uuidv7(), uuidv7(), uuidv7()];
  const hour = (ago: number) => new Date(Date.now() - ago * 3_600_000);
  const fitted = [
    { vehicleId: a, createdAt: hour(9), revokedAt: hour(7) },
    { vehicleId: b, createdAt: hour(6), revokedAt: hour(4) },
    { vehicleId: a, createdAt: hour(3), revokedAt: null },
  ];
  await db.insert(trackers).values(
    fitted.map((one, index) => ({
      ...one,
      id: ids[index] ?? '',
      kind: 'teltonika' as const,
      serial,
      passwordEncrypted: 'sealed',
    })),
  );
  const find = await new TrackerRegistry(sql).ensure([{ serial }]);
  const known = find({ serial });
  const at = (ago: number) => fittingAt(hour(ago).getTime(), known?.fittedAt?.getTime() ?? 0, known?.earlier ?? []);
  expect([8, 5].map(at)).toMatchObject([
    { trackerId: ids[0], vehicleId: a },
    { trackerId: ids[1], vehicleId: b },
  ]);
  expect([at(6.5), at(2)]).toEqual([BEFORE_FITTING, null]);
});

it('goes on knowing the trackers of a batch that is under way when all is forgotten', async () => {
  const { db, sql } = database;
  const [id, vehicleId, serial] = [uuidv7(), await newVehicle(), '352093081234567'];
  await db.insert(trackers).values({ id, vehicleId, kind: 'teltonika', serial, passwordEncrypted: 'sealed' });
  const registry = new TrackerRegistry(sql);
  const find = await registry.ensure([{ trackerId: id }, { serial }, { trackerId: uuidv7() }]);
  registry.forget();
  expect(registry.find({ trackerId: id })).toBeNull();
  expect(find({ trackerId: id })).toMatchObject({ id, vehicleId });
  expect(find({ serial })).toMatchObject({ id, vehicleId });
  expect(find({ trackerId: uuidv7() })).toBeNull();
});
