import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { admin, config } from '#test/late-money';
import { transact } from '../context.ts';
import { totalLoss } from './total-loss.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('of a total loss too, interest that was paid ahead of its time has paid principal', async () => {
  const plan = {
    ...weeklyPlan,
    ...({ frequency: 'monthly', instalments: 3, depositPercent: 20, markupPercent: 0, method: 'declining' } as const),
    annualRatePercent: 24,
    components: { vehicle: 100 },
  } as const;
  // As in settle-early.test.ts: one line of 346,754 is due, 53,246 were paid ahead, of which 13,465 as interest.
  const lease = await bookLease(database, config, { plan, price: 1_250_000 });
  await lease.pays('2026-01-05T06:00:00Z', 250_000);
  await lease.handOver('2026-01-05T06:00:00Z');
  await lease.pays('2026-01-20T07:00:00Z', 400_000);
  const standing = await transact(database.db, admin, new Date('2026-02-06T09:00:00Z'), (context) =>
    totalLoss(context, { leaseId: lease.id, reason: 'burnt out', insurance: { amount: 620_000, reference: 'C 1' } }),
  );
  expect(standing).toMatchObject({ status: 'total_loss', outstanding: 0, credit: 0 });
  expect(Object.fromEntries(await lease.balances())).toMatchObject({
    'income:interest': -20_000,
    'income:principal': -1_000_000,
  });
});
