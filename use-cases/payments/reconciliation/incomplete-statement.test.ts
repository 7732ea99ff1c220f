import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attempts, reconciliations } from '#db/schema/index';
import { addDays, instantOf, localDateAt } from '#domain/calendar';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type TestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { reconcileMarket } from './reconcile-market.ts';

/** M-Pesa cannot be asked about a charge whose answer was lost: its statement says whether it was made. */
let database: TestDatabase;
let server: TestServer;
let temporal: Awaited<ReturnType<typeof connectTemporal>>;
const config = testConfig(unreachedMobileMoney);
const mpesa = testConfig({
  ...unreachedMobileMoney,
  MPESA_BASE_URL: 'http://localhost:1',
  MPESA_SHORTCODE: '174379',
  MPESA_CONSUMER_KEY: 'key',
  MPESA_CONSUMER_SECRET: 'key',
  MPESA_PASSKEY: 'key',
  MPESA_INITIATOR: 'key',
  MPESA_SECURITY_CREDENTIAL: 'key',
});
beforeEach(async () => {
  [database, server, temporal] = await Promise.all([createTestDatabase(), startTestServer(), connectTemporal(config)]);
});
afterEach(async () => {
  await Promise.all([server.close(), temporal.connection.close()]);
  await database.close();
});

const date = addDays(localDateAt(Date.now(), 'KE'), -1);
const noon = new Date(instantOf(date, 12, 'KE'));

describe('a charge whose answer was lost, in the morning after', () => {
  for (const requestedBy of [null, randomUUID()])
    for (const isEmpty of [false, true])
      it(`${isEmpty ? 'is not taken for never made where the statement lacks one that M-Pesa has confirmed' : 'was not made where the statement is complete'}, ${requestedBy === null ? 'by the schedule' : 'asked for by a person'}`, async () => {
        const mobileMoney = createMobileMoney({ ...mpesa, MPESA_BASE_URL: server.url });
        const encryption = createEncryption(config.ENCRYPTION_KEYS);
        const deps = {
          db: database.db,
          config,
          encryption,
          mobileMoney,
          temporal,
          log: createLogger('test', 'silent'),
        };
        const lease = await bookLease(database, config, { market: 'KE', deposit: 2_000_00, instalment: 1_000_00 });
        const receipt = 'SJL5ABCD12';
        await lease.isCharged(noon.toISOString(), 2_000_00, { provider: 'mpesa', receipt });
        const lost = await lease.isCharged(noon.toISOString(), 1_000_00, { provider: 'mpesa', receipt: null });
        await database.db.update(attempts).set({ createdAt: noon, currency: 'KES' });
        const unknown = { status: 'unknown' as const, transferId: null, settledAt: null, allocation: [] };
        const isLost = eq(attempts.id, lost);
        await database.db
          .update(attempts)
          .set({ ...unknown, providerRequestId: null, createdAt: new Date(noon.getTime() - 2 * 3_600_000) })
          .where(isLost);
        const names = { receipt, originalReceipt: null, reference: null, payer: null, account: '' };
        const line = { type: 'charge', ...names, currency: 'KES', amount: '200000', at: noon.toISOString() };
        server.reply = ({ path }) => {
          const on = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0];
          if (on === undefined) return { status: 200, body: { access_token: 'token', expires_in: '3600' } };
          return { status: 200, body: { date: on, data: on === date && !isEmpty ? [line] : [] } };
        };
        const [id, at] = [randomUUID(), new Date(instantOf(addDays(date, 1), 7, 'KE'))];
        const day = { provider: 'mpesa', market: 'KE', date } as const;
        await database.db.insert(reconciliations).values({ id, ...day, requestedBy, status: 'running', startedAt: at });
        const reconciled = reconcileMarket(deps, { reconciliationId: id, at, ...day });
        if (isEmpty && requestedBy === null) {
          await expect(reconciled).rejects.toThrow('is not complete: it lacks 1 movement');
          return;
        }
        // What is decided as failed is charged again.
        const { absent, matched } = await reconciled;
        expect({ matched, absent: absent.map(({ paymentId }) => paymentId) }).toEqual(
          isEmpty ? { matched: 0, absent: [] } : { matched: 1, absent: [lost] },
        );
      });
});
