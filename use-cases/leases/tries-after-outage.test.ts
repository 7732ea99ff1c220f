import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, leases } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { testConfig } from '#test/config';
import { stateFromBooks } from './state-from-books.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
const config = testConfig();

/** In a run, nothing that was not sent is a try: no failure, no prompt of the day, and the next one is in half an hour (`collectDue`). */
describe('a lease that is started again from the books after an outage of its provider', () => {
  for (const reason of ['no_funds', 'not_sent', 'not_due'] as const)
    it(
      reason === 'no_funds'
        ? 'counts three prompts that were declined'
        : `counts no charge that reached nobody: ${reason}`,
      async () => {
        const lease = await bookLease(database, config);
        await lease.isCharged('2026-01-05T06:30:00Z', 20_000);
        await lease.handOver('2026-01-05T07:00:00Z');
        for (const minute of [0, 30, 59]) {
          const id = await lease.isCharged(`2026-01-12T05:${String(minute).padStart(2, '0')}:00Z`, 10_000);
          const failed = {
            status: 'failed' as const,
            reason,
            transferId: null,
            allocation: [],
            due: 'instalment-1',
            attempt: minute,
          };
          await database.db.update(attempts).set(failed).where(eq(attempts.id, id));
        }
        await database.db
          .update(leases)
          .set({ clockOffsetMs: Date.parse('2026-01-12T06:05:00Z') - Date.now() })
          .where(eq(leases.id, lease.id));
        const { state } = await stateFromBooks(database.db, config, lease.id);
        const isTry = reason === 'no_funds';
        expect({ failures: state.failures, prompts: state.prompts.count }).toEqual(
          isTry ? { failures: 3, prompts: 3 } : { failures: 0, prompts: 0 },
        );
      },
    );
});
