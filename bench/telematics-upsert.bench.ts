import type postgres from 'postgres';
import { stored } from './telematics-rules.bench.ts';
import { batchesOf, insertRows, positionsOf, TRACKERS, type Position } from './telematics-store.bench.ts';
import { newTrackers } from './tracker-fleet.ts';
import { startBenchDatabase, type BenchDatabase } from './world.ts';
import type { Measurement } from './run.ts';

/*
 * Positions from bytes to commit without a rule, beside what no store of positions can do without: the same rows and the
 * latest of each vehicle, as columns that are there already, by as many connections as ours.
 */
const LANES = 2;

let database: BenchDatabase | undefined;

export const name = 'telematics, no rules beside unnest + upsert';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(4);
  const { sql } = database;
  const measured = { ours: 0, bare: 0 };
  for (const side of ['ours', 'bare', 'bare', 'ours'] as const) {
    const positions = positionsOf(await newTrackers(database, TRACKERS));
    measured[side] += (side === 'ours' ? await stored(sql, positions) : await upserted(sql, positions)) / 2;
  }
  return { ...measured, unit: 'positions/s' };
}

export async function close(): Promise<void> {
  await database?.close();
}

async function upserted(sql: postgres.Sql, positions: readonly Position[]): Promise<number> {
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    batchesOf(positions.filter((_, index) => index % LANES === lane)),
  );
  const began = performance.now();
  await Promise.all(lanes.map((batches) => inTurn(sql, batches)));
  return positions.length / ((performance.now() - began) / 1_000);
}

async function inTurn(sql: postgres.Sql, batches: ReturnType<typeof batchesOf>): Promise<void> {
  for (const rows of batches) {
    await sql.begin(async (tx) => {
      await insertRows(tx, rows);
      await tx`
        insert into telematics.latest_positions as latest (vehicle_id, tracker_id, ts, lat, lon, speed_kph, heading, ignition, suspect, received_at)
        select distinct on (vehicle_id) vehicle_id, tracker_id, ts, lat, lon, speed_kph, heading, true, false, ts
        from unnest(
          ${rows.vehicles}::uuid[], ${rows.trackers}::uuid[], ${rows.times}::timestamptz[], ${rows.lats}::float8[],
          ${rows.lons}::float8[], ${rows.speeds}::float4[], ${rows.headings}::float4[]
        ) as p(vehicle_id, tracker_id, ts, lat, lon, speed_kph, heading)
        order by vehicle_id, ts desc
        on conflict (vehicle_id) do update set tracker_id = excluded.tracker_id, ts = excluded.ts, lat = excluded.lat,
          lon = excluded.lon, speed_kph = excluded.speed_kph, heading = excluded.heading, received_at = excluded.received_at
        where excluded.ts > latest.ts`;
    });
  }
}
