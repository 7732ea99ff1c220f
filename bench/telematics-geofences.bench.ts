import { Fences, noFences } from '#domain/telematics/fences';
import { createLogger } from '#platform/log';
import { createIngest, type Ingest } from '#workers/telematics/ingest';
import { TrackerRegistry } from '#workers/telematics/registry';
import { Watches } from '#workers/telematics/watches';
import type { Measurement } from './run.ts';
import { positionsOf, throughIngest, TRACKERS } from './telematics-store.bench.ts';
import { newTrackers } from './tracker-fleet.ts';
import { startBenchDatabase, type BenchDatabase } from './world.ts';

/*
 * The same positions from bytes to commit with 1,000 zones of 24 corners that vehicles are to stay out of, all over
 * the town that they drive in: a third of the positions lie in one. The bare limit has none.
 */
const ZONES = 1_000;
const CORNERS = 24;

let database: BenchDatabase | undefined;
let ingest: Ingest | undefined;
const fences = { now: noFences };

export const name = 'telematics, 1,000 geofences';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(4);
  const { sql } = database;
  const log = createLogger('bench', 'fatal');
  ingest ??= createIngest({ sql, log, registry: new TrackerRegistry(sql), watches: new Watches(sql), fences });
  const zones = new Fences(Array.from({ length: ZONES }, (_, index) => zone(index)));
  const measured = { ours: 0, bare: 0 };
  // There and back, so that a machine that slows down or a table that grows favours neither.
  for (const side of ['ours', 'bare', 'bare', 'ours'] as const) {
    fences.now = side === 'ours' ? zones : noFences;
    measured[side] += (await throughIngest(ingest, positionsOf(await newTrackers(database, TRACKERS)))) / 2;
  }
  return { ...measured, unit: 'positions/s' };
}

export async function close(): Promise<void> {
  await ingest?.stop();
  await database?.close();
}

/** Round, 400 m across, each a kilometre from the next; out of one the vehicles drive. */
function zone(index: number) {
  const [lon, lat] = [32.3775 + (index % 40) * 0.01, 0.21093 + Math.floor(index / 40) * 0.01];
  const ring = Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const turn = ((corner % CORNERS) * 2 * Math.PI) / CORNERS;
    return [lon + 0.005 + 0.002 * Math.cos(turn), lat + 0.005 + 0.002 * Math.sin(turn)];
  });
  return {
    id: `zone-${index}`,
    name: `Zone ${index}`,
    polygon: { type: 'Polygon', coordinates: [ring] },
    rule: 'stay_outside',
    vehicleIds: null,
    market: null,
    revision: 1,
    inForceFrom: 0,
  } as const;
}
