import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlStateOf } from '#platform/describe-error';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { refuseWrites } from '#test/refusing';

/** Statements of a posting go down the connection side by side: what is refused of them tells whether a try is worth it. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig();

describe('a posting of which the database refuses one statement', () => {
  it.each([
    ['payments.attempts', 'update'],
    ['leases.leases', 'update'],
    ['leases.schedule_lines', 'update'],
    ['ledger.transfers', 'insert'],
    ['events.audit', 'insert'],
    ['events.outbox', 'insert'],
  ])('fails for that reason, not for the statements behind it: %s', async (table, on) => {
    const lease = await bookLease(database, config);
    await lease.pays('2026-01-05T06:00:00Z', 20_000);
    await lease.handOver('2026-01-05T07:00:00Z');
    const before = [await lease.row(), await lease.balances()];
    const refusing = await refuseWrites(database, table, { state: '23514', on });
    const refused = await lease
      .paysCash('2026-01-06T06:00:00Z', 10_000, randomUUID())
      .then(() => null)
      .catch((error: unknown) => sqlStateOf(error));
    await refusing.mend();
    expect(refused).toBe('23514');
    expect([await lease.row(), await lease.balances()]).toEqual(before);
    await lease.paysCash('2026-01-06T06:00:00Z', 10_000, randomUUID());
  });
});
