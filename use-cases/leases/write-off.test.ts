import { afterAll, beforeAll, expect, it } from 'vitest';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { completeLease, writeOffLease } from './end-lease.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('a lease that was paid off a moment before is not written off: it is refused, and completed', async () => {
  const lease = await bookLease(database, testConfig());
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  await lease.pays('2026-01-06T06:00:00Z', 100_000);
  const writeOff = lease.at('2026-01-06T06:00:01Z', (context) =>
    writeOffLease(context, { leaseId: lease.id, reason: 'gone' }),
  );
  await expect(writeOff).rejects.toMatchObject({ code: 'invalid_state' });
  await lease.at('2026-01-06T06:00:02Z', (context) => completeLease(context, { leaseId: lease.id }));
  expect((await lease.row()).status).toBe('completed');
});
