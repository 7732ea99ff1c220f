import type postgres from 'postgres';
import { isFix } from '#domain/telematics/fix';
import { createLogger } from '#platform/log';
import { readMessage } from '#providers/trackers/registry';
import { storeBatch, type StoredPlace } from '#use-cases/telematics/store-batch';
import { createIngest, type Ingest } from '#workers/telematics/ingest';
import { TrackerRegistry } from '#workers/telematics/registry';
import { Watches } from '#workers/telematics/watches';
import type { Measurement } from './run.ts';
import { BATCH, positionsOf, throughIngest, TRACKERS } from './telematics-store.bench.ts';
import { newTrackers } from './tracker-fleet.ts';
import { startBenchDatabase, type BenchDatabase } from './world.ts';

/*
 * What judging costs: positions from bytes to commit with every rule, beside the same without any: read and checked as ours,
 * stored by the same transactions, two at a time as ours are.
 */

let database: BenchDatabase | undefined;
let ingest: Ingest | undefined;

export const name = 'telematics, all rules beside none';

export async function run(): Promise<Measurement> {
  database ??= await startBenchDatabase(4);
  const { sql } = database;
  const log = createLogger('bench', 'fatal');
  ingest ??= createIngest({ sql, log, registry: new TrackerRegistry(sql), watches: new Watches(sql) });
  const measured = { ours: 0, bare: 0 };
  // There and back, as a table that grows is to favour neither.
  for (const side of ['ours', 'bare', 'bare', 'ours'] as const) {
    const positions = positionsOf(await newTrackers(database, TRACKERS));
    const rate = side === 'ours' ? await throughIngest(ingest, positions) : await stored(sql, positions);
    measured[side] += rate / 2;
  }
  return { ...measured, unit: 'positions/s' };
}

export async function close(): Promise<void> {
  await ingest?.stop();
  await database?.close();
}

type Said = ReturnType<typeof positionsOf>[number];

/** Read, checked and stored as ours, without a rule. */
export async function stored(sql: postgres.Sql, positions: readonly Said[]): Promise<number> {
  const began = performance.now();
  const lanes = [0, 1].map(async (lane) => {
    const mine = positions.filter((_, index) => index % 2 === lane);
    for (let at = 0; at < mine.length; at += BATCH) await storeBatch(sql, batchOf(mine.slice(at, at + BATCH)));
  });
  await Promise.all(lanes);
  return positions.length / ((performance.now() - began) / 1_000);
}

function batchOf(positions: readonly Said[]): Parameters<typeof storeBatch>[1] {
  const latest = new Map<string, StoredPlace>();
  const presences = new Map<string, { readonly trackerId: string; readonly at: Date; readonly online: true }>();
  const fixes = positions.flatMap(({ trackerId, vehicleId, payload }): StoredPlace[] => {
    const receivedAt = Date.now();
    const [reading] = readMessage({ topic: `trackers/${trackerId}/telemetry`, payload, receivedAt }) ?? [];
    if (reading?.kind !== 'fix' || !isFix(reading.fix)) return [];
    const place = { fix: reading.fix, trackerId, vehicleId, suspect: false, receivedAt };
    latest.set(vehicleId, place);
    presences.set(trackerId, { trackerId, at: new Date(receivedAt), online: true });
    return [place];
  });
  const nothing = { states: [], quarantined: [], risks: [], endings: [], words: [] };
  return { ...nothing, fixes, latest: [...latest.values()], presences: [...presences.values()] };
}
