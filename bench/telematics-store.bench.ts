import type postgres from 'postgres';
import { createLogger } from '#platform/log';
import { createIngest, type Ingest } from '#workers/telematics/ingest';
import { TrackerRegistry } from '#workers/telematics/registry';
import { Watches } from '#workers/telematics/watches';
import { newTrackers, type BenchTracker } from './tracker-fleet.ts';
import { startBenchDatabase, type BenchDatabase } from './world.ts';
import type { Measurement } from './run.ts';

/*
 * Positions from bytes to commit, without a broker. Ours reads and checks the JSON, judges jumps and episodes,
 * stores positions, latest positions and who is there. The bare limit inserts the same rows of the positions
 * alone, as arrays that are there already, in transactions of the same size.
 */
export const TRACKERS = 400;
const EACH = 100;
export const BATCH = 4_000;

let database: BenchDatabase | undefined;
let ingest: Ingest | undefined;

export const name = 'telematics, bytes to commit';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(4);
  const { sql } = database;
  const log = createLogger('bench', 'fatal');
  ingest ??= createIngest({ sql, log, registry: new TrackerRegistry(sql), watches: new Watches(sql) });
  const positions = positionsOf(await newTrackers(database, TRACKERS));
  const others = positionsOf(await newTrackers(database, TRACKERS));
  return { ours: await throughIngest(ingest, positions), bare: await inserted(sql, others), unit: 'positions/s' };
}

export async function close(): Promise<void> {
  await ingest?.stop();
  await database?.close();
}

/** Of all trackers in turn, a second apart. */
export function positionsOf(fleet: readonly BenchTracker[]) {
  const now = Date.now();
  return Array.from({ length: TRACKERS * EACH }, (_, index) => {
    const [seq, tracker] = [Math.floor(index / TRACKERS), fleet[index % TRACKERS]];
    const said = {
      ts: now - (EACH - seq) * 1_000,
      seq,
      lat: 0.3476 + seq * 1e-5,
      lon: 32.5825,
      speedKph: 42.5,
      heading: 90,
      ignition: true,
      odometerKm: 1_234.5,
      externalMv: 12_600,
    };
    return {
      trackerId: tracker?.id ?? '',
      vehicleId: tracker?.vehicleId ?? '',
      said,
      payload: Buffer.from(JSON.stringify(said)),
    };
  });
}
export type Position = ReturnType<typeof positionsOf>[number];

export async function throughIngest(into: Ingest, positions: readonly Position[]): Promise<number> {
  const began = performance.now();
  await new Promise<void>((resolve, reject) => {
    let left = positions.length;
    for (const { trackerId, payload } of positions) {
      const message = { topic: `trackers/${trackerId}/telemetry`, payload, receivedAt: Date.now() };
      into.add(message, (refused) => {
        left -= 1;
        if (refused !== undefined) reject(refused);
        else if (left === 0) resolve();
      });
    }
  });
  return positions.length / ((performance.now() - began) / 1_000);
}

/** The rows of the positions alone, by one connection. */
async function inserted(sql: postgres.Sql, positions: readonly Position[]): Promise<number> {
  const batches = batchesOf(positions);
  const began = performance.now();
  for (const rows of batches) await insertRows(sql, rows);
  return positions.length / ((performance.now() - began) / 1_000);
}

/** In transactions of the size that ours have; the columns are there before the clock starts. */
export function batchesOf(positions: readonly Position[]) {
  return Array.from({ length: Math.ceil(positions.length / BATCH) }, (_, index) =>
    columnsOf(positions.slice(index * BATCH, (index + 1) * BATCH)),
  );
}

export async function insertRows(
  sql: postgres.Sql | postgres.TransactionSql,
  rows: ReturnType<typeof columnsOf>,
): Promise<void> {
  await sql`
    insert into telematics.positions
      (tracker_id, ts, sequence, vehicle_id, lat, lon, speed_kph, heading, ignition, odometer_km, extra, received_at)
    select tracker_id, ts, sequence, vehicle_id, lat, lon, speed_kph, heading, true, odometer_km, extra::jsonb, ts
    from unnest(
      ${rows.trackers}::uuid[], ${rows.times}::timestamptz[], ${rows.sequences}::text[], ${rows.vehicles}::uuid[],
      ${rows.lats}::float8[], ${rows.lons}::float8[], ${rows.speeds}::float4[], ${rows.headings}::float4[],
      ${rows.odometers}::float8[], ${rows.extras}::text[]
    ) as p(tracker_id, ts, sequence, vehicle_id, lat, lon, speed_kph, heading, odometer_km, extra)`;
}

function columnsOf(positions: readonly Position[]) {
  return {
    trackers: positions.map(({ trackerId }) => trackerId),
    times: positions.map(({ said }) => new Date(said.ts).toISOString()),
    sequences: positions.map(({ said }) => String(said.seq)),
    vehicles: positions.map(({ vehicleId }) => vehicleId),
    lats: positions.map(({ said }) => said.lat),
    lons: positions.map(({ said }) => said.lon),
    speeds: positions.map(({ said }) => said.speedKph),
    headings: positions.map(({ said }) => said.heading),
    odometers: positions.map(({ said }) => said.odometerKm),
    extras: positions.map(({ said }) => JSON.stringify({ externalMv: said.externalMv })),
  };
}
