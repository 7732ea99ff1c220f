import { afterAll, beforeAll, expect, it } from 'vitest';
import { and, eq } from 'drizzle-orm';
import { reversePayment } from '#activities/payments/reverse-payment';
import { scheduleOf } from '#db/queries/leases';
import { attempts, leases, vehicles } from '#db/schema/index';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { pauseLease, resumeLease } from './pause-lease.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

async function leaseInBooks() {
  const lease = await bookLease(database, testConfig());
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  const row = async () => (await database.db.select().from(leases).where(eq(leases.id, lease.id)))[0];
  return {
    ...lease,
    pause: (at: string, days: number) =>
      lease.at(at, (context) => pauseLease(context, { leaseId: lease.id, kind: 'holiday', days })),
    resume: (at: string) => lease.at(at, (context) => resumeLease(context, { leaseId: lease.id })),
    async reverse(at: string, amount: number) {
      const [payment] = await database.db
        .select({ id: attempts.id })
        .from(attempts)
        .where(and(eq(attempts.leaseId, lease.id), eq(attempts.amount, amount)));
      const wish = { leaseId: lease.id, attemptId: payment?.id ?? '', reason: 'taken back' };
      await lease.at(at, (context) => reversePayment(context, wish));
    },
    dueDates: async () => {
      const { scheduleVersion = 0 } = (await row()) ?? {};
      return (await scheduleOf(database.db, lease.id, scheduleVersion)).slice(0, 3).map(({ dueOn }) => dueOn);
    },
  };
}

it('a payment from before the pause that is reversed during it is due on its own day, after an early resume too', async () => {
  const lease = await leaseInBooks();
  expect(await lease.dueDates()).toEqual(['2026-01-12', '2026-01-19', '2026-01-26']);
  await lease.pays('2026-01-10T06:00:00Z', 10_000);
  await lease.pause('2026-01-11T06:00:00Z', 14);
  expect(await lease.dueDates()).toEqual(['2026-01-12', '2026-02-02', '2026-02-09']);
  await lease.reverse('2026-01-12T06:00:00Z', 10_000);
  await lease.resume('2026-01-15T06:00:00Z');
  expect(await lease.dueDates()).toEqual(['2026-01-12', '2026-01-23', '2026-01-30']);
});

it('a payment during the pause that is reversed after it is due later by the days really paused', async () => {
  const lease = await leaseInBooks();
  await lease.pause('2026-01-11T06:00:00Z', 14);
  await lease.pays('2026-01-12T06:00:00Z', 10_000);
  await lease.resume('2026-01-15T06:00:00Z');
  expect(await lease.dueDates()).toEqual(['2026-01-16', '2026-01-23', '2026-01-30']);
  await lease.reverse('2026-01-16T06:00:00Z', 10_000);
  expect(await lease.dueDates()).toEqual(['2026-01-16', '2026-01-23', '2026-01-30']);
});

it('what a lease does to its vehicle is another version of the vehicle', async () => {
  const lease = await bookLease(database, testConfig());
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  const versionOf = async () =>
    (
      await database.db
        .select()
        .from(vehicles)
        .where(eq(vehicles.id, row?.vehicleId ?? ''))
    )[0]?.version ?? 0;
  const before = await versionOf();
  await lease.pays('2026-01-05T06:00:00Z', 20_000);
  await lease.handOver('2026-01-05T07:00:00Z');
  expect(await versionOf()).toBe(before + 1);
});
