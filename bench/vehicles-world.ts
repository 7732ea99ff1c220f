import { Writable } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { createApp } from '#api/app';
import { seed } from '#dev/seed';
import { createEncryption } from '#platform/encryption';
import { startBenchDatabase, type BenchDatabase } from './world.ts';

const POOL = 10;
const VEHICLES = 100_000;

/** A marketplace of so many vehicles, and its API without a socket. */
export interface VehiclesWorld {
  readonly database: BenchDatabase;
  readonly app: ReturnType<typeof createApp>;
}

let world: Promise<VehiclesWorld> | undefined;

/** The same for all benchmarks of a run that ask for it. */
export function vehiclesWorld(): Promise<VehiclesWorld> {
  return (world ??= start());
}

/** Closes it, whoever of them asks first: they end together. */
export async function leaveVehiclesWorld(): Promise<void> {
  const open = world;
  world = undefined;
  await (await open)?.database.close();
}

async function start(): Promise<VehiclesWorld> {
  const database = await startBenchDatabase(POOL);
  const { db, sql } = database;
  await seed(db, 'rent-to-own');
  await sql`
    insert into vehicles.vehicles (id, type, make, model, year, market, price, currency, registration, vin, status, latitude, longitude, place, features, created_at)
    select gen_random_uuid(), (array['motorcycle', 'motorcycle', 'motorcycle', 'car', 'van'])[1 + i % 5],
      (array['Bajaj', 'TVS', 'Honda', 'Yamaha', 'Toyota', 'Nissan', 'Spiro'])[1 + i % 7],
      (array['Boxer BM 100', 'HLX 125', 'Ace 110', 'YBR 125', 'Vitz', 'Note', 'Ekon 450', 'Pulsar 150', 'Star', 'HiAce', 'Wish'])[1 + i % 11],
      2015 + i % 12, (array['UG', 'UG', 'KE'])[1 + i % 3], 100 * (30000 + (i * 7919) % 90000),
      (array['UGX', 'UGX', 'KES'])[1 + i % 3], 'BENCH ' || i, 'BENCH' || i,
      (array['available', 'available', 'available', 'leased', 'leased', 'maintenance'])[1 + i % 6],
      0.3 + (i % 1000) / 1000.0, 32 + (i % 777) / 777.0, (array['Kampala', 'Nairobi', 'Entebbe', 'Mombasa'])[1 + i % 4],
      case when i % 9 = 0 then array['electric'] else '{}' end, now() - i * interval '1 minute'
    from generate_series(1, ${VEHICLES}::int) i`;
  await sql`analyze vehicles.vehicles`;
  const config = {
    ...database.config,
    RATE_LIMIT_ADDRESS: 1e9,
    RATE_LIMIT_USER: 1e9,
    // Nothing here sends a text.
    AFRICASTALKING_BASE_URL: 'http://localhost',
    AFRICASTALKING_USERNAME: 'bench',
    AFRICASTALKING_API_KEY: 'bench',
  };
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const app = createApp({
    config,
    log: pino({ level: 'info' }, nowhere),
    db,
    sql,
    // Nothing here asks Temporal.
    temporal: new Client({ connection: Connection.lazy() }),
    encryption: createEncryption(config.ENCRYPTION_KEYS),
  });
  return { database, app };
}

/** The 99th of a hundred, in milliseconds. */
export function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}
