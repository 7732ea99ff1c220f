import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trackers, vehicles } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { TrackerRegistry } from './registry.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('goes on knowing the trackers of a batch that is under way when all is forgotten', async () => {
  const { db, sql } = database;
  const [id, vehicleId, serial] = [uuidv7(), uuidv7(), '352093081234567'];
  await db.insert(vehicles).values({
    id: vehicleId,
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Test',
    year: 2025,
    market: 'UG',
    price: 5_000_000,
    currency: 'UGX',
    registration: 'U 1',
    vin: 'VIN1',
  });
  await db.insert(trackers).values({ id, vehicleId, kind: 'teltonika', serial, passwordEncrypted: 'sealed' });
  const registry = new TrackerRegistry(sql);
  const find = await registry.ensure([{ trackerId: id }, { serial }, { trackerId: uuidv7() }]);
  registry.forget();
  expect(registry.find({ trackerId: id })).toBeNull();
  expect(find({ trackerId: id })).toMatchObject({ id, vehicleId });
  expect(find({ serial })).toMatchObject({ id, vehicleId });
  expect(find({ trackerId: uuidv7() })).toBeNull();
});
