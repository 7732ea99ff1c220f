import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { marketRules } from '#domain/markets';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { admitSettlement, quoteSettlement } from './settle-early.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
const config = testConfig(unreachedMobileMoney);
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };

it('what is left of a quote once nearly all of it is paid in time is asked for as no less than a provider takes', async () => {
  const lease = await bookLease(database, config);
  await lease.pays('2026-01-05T07:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const quote = await lease.at('2026-01-27T09:00:00Z', (context) => quoteSettlement(context, { leaseId: lease.id }));
  expect(quote.amount).toBe(88_334);
  await lease.pays('2026-01-27T12:00:00Z', 88_000);
  const attempt = await lease.at('2026-01-27T15:00:00Z', async (context) => {
    const attemptId = randomUUID();
    await admitSettlement(context, { leaseId: lease.id, attemptId, quoteId: quote.id });
    const by = { paymentMethodId: lease.methodId, quoteId: quote.id, attemptId } as const;
    return openAttempt(context, deps, { leaseId: lease.id, kind: 'settlement', ...by });
  });
  expect(attempt?.amount).toBeGreaterThanOrEqual(marketRules('UG').leastAsked);
});
