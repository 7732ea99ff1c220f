import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { users, vehicles, waiting } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { queueOf } from './waiting.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.close());

async function newVehicle(): Promise<string> {
  const id = uuidv7();
  const bike = {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2025,
    market: 'UG',
    status: 'reserved',
  } as const;
  const plate = id.slice(-8);
  await database.db
    .insert(vehicles)
    .values({ id, ...bike, price: 5_000_000, currency: 'UGX', registration: `U${plate}`, vin: `V${plate}` });
  return id;
}

async function stands(vehicleId: string, second: number, isCalled = false): Promise<void> {
  const customerId = uuidv7();
  await database.db
    .insert(users)
    .values({ id: customerId, role: 'customer', name: 'Amina', market: 'UG', phoneHash: customerId });
  const createdAt = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  const turn = isCalled
    ? ({ status: 'called', calledAt: createdAt, until: createdAt } as const)
    : ({ status: 'waiting' } as const);
  await database.db.insert(waiting).values({ id: uuidv7(), vehicleId, customerId, createdAt, ...turn });
}

it('a place is counted in its own queue alone, and from whoever came first', async () => {
  const [one, another] = [await newVehicle(), await newVehicle()];
  await stands(one, 1, true);
  await stands(another, 2);
  await stands(one, 3);
  await stands(another, 4);
  await stands(one, 5);
  const placesOf = async (id: string) => (await queueOf(database.db, id)).map(({ place }) => place);
  expect(await placesOf(one)).toEqual([1, 2, 3]);
  expect(await placesOf(another)).toEqual([1, 2]);
});
