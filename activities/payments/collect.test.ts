import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MarketplaceClient } from '#dev/client';
import { startSimulators, type RunningSimulators } from '#dev/simulators/app';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createFleet } from '#test/fleet';
import { collect } from './collect.ts';
import type { PaymentDependencies } from './dependencies.ts';

let dataDir: string;
let database: TestDatabase;
let simulators: RunningSimulators;
let deps: PaymentDependencies;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rent-to-own-collect-'));
  database = await createTestDatabase();
  simulators = await startSimulators({ port: 0, dataDir, seed: 'collect' });
  const config = testConfig({
    MPESA_BASE_URL: `${simulators.url}/mpesa`,
    MPESA_CONSUMER_KEY: 'key',
    MPESA_CONSUMER_SECRET: 'secret',
    MPESA_SHORTCODE: '174379',
    MPESA_PASSKEY: 'passkey',
    MPESA_INITIATOR: 'initiator',
    MPESA_SECURITY_CREDENTIAL: 'credential',
  });
  deps = {
    db: database.db,
    config,
    encryption: createEncryption(config.ENCRYPTION_KEYS),
    log: createLogger('test', 'error'),
    mobileMoney: createMobileMoney(config),
    temporal: await connectTemporal(config),
  };
});
afterAll(async () => {
  await deps.temporal.connection.close();
  await simulators.stop();
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

const prompts = z.object({ data: z.array(z.object({ reference: z.string() })) });

it('sends a charge once though a try that was given up still works on it: M-Pesa would charge twice', async () => {
  // 023 stays pending, so that nothing but the tries themselves can settle it.
  const payers = Array.from({ length: 10 }, (_, i) => ({
    provider: 'mpesa' as const,
    market: 'KE' as const,
    phone: `+254711${100 + i}023`,
  }));
  const fleet = await createFleet(database.db, deps.config, payers);
  const at = new Date(Date.now() + 8 * 24 * 3_600_000).toISOString();
  const prompted = fleet.map(async ({ phone, state }) => {
    const { leaseId } = state.application;
    const order = { attemptId: randomUUID(), leaseId, kind: 'instalment', method: 0, at } as const;
    await Promise.allSettled([1, 2, 3].map((attempt) => collect(deps, { attempt }, order)));
    const path = `/prompts?payer=${encodeURIComponent(phone)}`;
    const { data } = await new MarketplaceClient(simulators.url).get(path, prompts);
    return data.map(({ reference }) => reference === order.attemptId);
  });
  expect(await Promise.all(prompted), 'prompts of each payer').toEqual(payers.map(() => [true]));
});
