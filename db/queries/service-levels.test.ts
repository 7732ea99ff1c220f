import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, immobilisations, riskEvents, trackers, vehicleCommands } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { testConfig } from '#test/config';
import { bookLease } from '#test/lease-books';
import { nothingJudged, serviceLevels, type Level } from './service-levels.ts';

let database: TestDatabase;
let leaseId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  leaseId = (await bookLease(database, testConfig())).id;
});
afterAll(() => database.close());

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ago = (ms: number) => new Date(Date.now() - ms);

/** How many of a level are in time and late, by the window. */
async function judged(level: Level): Promise<Record<string, readonly [inTime: number, late: number]>> {
  const rows = await serviceLevels(database.db);
  const count = (window: string, outcome: string) =>
    rows.find((row) => row.level === level && row.window === window && row.outcome === outcome)?.value ?? 0;
  const names = [...new Set(nothingJudged.map(({ window }) => window))];
  return Object.fromEntries(names.map((window) => [window, [count(window, 'in_time'), count(window, 'late')]]));
}

interface Times {
  /** Milliseconds since it was asked for. */
  readonly asked: number;
  readonly planned?: number;
  readonly settled?: number;
  readonly booked?: number;
  /** Milliseconds that the lease's clock is ahead. */
  readonly ahead?: number;
  readonly provider?: 'mtn' | 'cash';
}
const payment = ({ asked, planned, settled, booked, ahead = 0, provider = 'mtn' }: Times) =>
  database.db.insert(attempts).values({
    id: randomUUID(),
    leaseId,
    kind: 'instalment',
    due: `pay-${randomUUID()}`,
    provider,
    payerMasked: '+2567*****001',
    amount: 1_000,
    currency: 'UGX',
    status: settled === undefined ? 'pending' : 'succeeded',
    sent: true,
    requestedAt: ago(asked - ahead),
    createdAt: ago(asked),
    plannedAt: planned === undefined ? null : ago(planned),
    settledAt: settled === undefined ? null : ago(settled - ahead),
    transferId: booked === undefined ? null : randomUUID(),
    bookedAt: booked === undefined ? null : ago(booked),
  });

it('a prompt that a lease sends by itself is in time within a quarter of an hour of its plan', async () => {
  await payment({ asked: 2 * MINUTE, planned: 3 * MINUTE });
  await payment({ asked: 2 * MINUTE, planned: 18 * MINUTE });
  await payment({ asked: 50 * MINUTE, planned: 51 * MINUTE });
  await payment({ asked: 7 * 60 * MINUTE, planned: 12 * 60 * MINUTE });
  await payment({ asked: MINUTE });
  expect(await judged('collections')).toEqual({ '5m': [1, 1], '30m': [1, 1], '1h': [2, 1], '6h': [2, 1] });
});

it('a confirmed payment is in time when it is in the books within a minute, on whatever day its lease is', async () => {
  await database.db.delete(attempts);
  await payment({ asked: 3 * MINUTE, settled: 2 * MINUTE, booked: 2 * MINUTE - 500 });
  await payment({ asked: 3 * MINUTE, settled: 2 * MINUTE, booked: 2 * MINUTE - 500, ahead: 8 * DAY });
  await payment({ asked: 3 * MINUTE, settled: 2 * MINUTE, booked: 30_000 });
  await payment({ asked: 3 * MINUTE, settled: 2 * MINUTE });
  // Its minute is not up.
  await payment({ asked: 3 * MINUTE, settled: 30_000 });
  await payment({ asked: 3 * MINUTE, settled: 2 * MINUTE, provider: 'cash' });
  await payment({ asked: 3 * MINUTE });
  await payment({ asked: 100 * MINUTE, settled: 90 * MINUTE });
  expect(await judged('payments')).toEqual({ '5m': [2, 2], '30m': [2, 2], '1h': [2, 2], '6h': [2, 3] });
});

/** A vehicle that may start since so many milliseconds, and when its tracker answered. */
async function mayStart(
  since: number,
  { heard, online = true, back }: { heard?: number; online?: boolean; back?: number },
) {
  const [vehicleId, trackerId] = [randomUUID(), randomUUID()];
  const { db } = database;
  await db.insert(trackers).values({ id: trackerId, vehicleId, kind: 'native', passwordEncrypted: 'none', online });
  await db.insert(immobilisations).values({
    id: randomUUID(),
    vehicleId,
    cause: 'arrears',
    state: 'starting',
    orderedBy: system('immobilisation'),
    startingAt: ago(since),
    createdAt: ago(since + DAY),
  });
  if (heard !== undefined)
    await db.insert(vehicleCommands).values({
      id: randomUUID(),
      vehicleId,
      trackerId,
      type: 'mobilise',
      state: 'succeeded',
      issuedAt: ago(since),
      expiresAt: ago(since - MINUTE),
      acknowledgedAt: ago(heard),
    });
  if (back !== undefined)
    await db.insert(riskEvents).values({
      id: randomUUID(),
      episode: randomUUID(),
      type: 'online',
      severity: 'low',
      vehicleId,
      trackerId,
      position: null,
      occurredAt: ago(back),
      details: {},
    });
}

it('a vehicle that may start is in time when its tracker has answered within a second, if it is there', async () => {
  await mayStart(10_000, { heard: 9_500 });
  await mayStart(10_000, { heard: 8_000 });
  await mayStart(10_000, {});
  await mayStart(10_000, { online: false });
  await mayStart(10 * MINUTE, { heard: 5 * MINUTE, back: 6 * MINUTE });
  await mayStart(10 * MINUTE, { heard: 5 * MINUTE, back: 11 * MINUTE });
  expect(await judged('unlocks')).toEqual({ '5m': [1, 2], '30m': [1, 3], '1h': [1, 3], '6h': [1, 3] });
});
