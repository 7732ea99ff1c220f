import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { scheduleOf } from '#db/queries/leases';
import { attempts, leases, pauses, vehicles } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { openCase } from '../cases/open-case.ts';
import { transact } from '../context.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { restructureLease } from './restructure-lease.ts';

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
  const customer: Actor = { role: 'customer', id: lease.customerId };
  return {
    ...lease,
    pause: (at: string, days: number) =>
      transact(database.db, customer, new Date(at), (context) =>
        pauseLease(context, { leaseId: lease.id, kind: 'holiday', days }),
      ),
    resume: (at: string, actor: Actor = customer) =>
      transact(database.db, actor, new Date(at), (context) => resumeLease(context, { leaseId: lease.id })),
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

it('a payment from before the pause that is reversed during it is due as if it had never come, after an early resume too', async () => {
  const lease = await leaseInBooks();
  expect(await lease.dueDates()).toEqual(['2026-01-12', '2026-01-19', '2026-01-26']);
  await lease.pays('2026-01-10T06:00:00Z', 10_000);
  await lease.pause('2026-01-11T06:00:00Z', 14);
  expect(await lease.dueDates()).toEqual(['2026-01-12', '2026-02-02', '2026-02-09']);
  await lease.reverse('2026-01-12T06:00:00Z', 10_000);
  expect(await lease.dueDates()).toEqual(['2026-01-26', '2026-02-02', '2026-02-09']);
  await lease.resume('2026-01-15T06:00:00Z');
  expect(await lease.dueDates()).toEqual(['2026-01-16', '2026-01-23', '2026-01-30']);
});

it('a line that was paid on its day is not late by the days of a pause, when its payment is reversed in it or later', async () => {
  for (const reversedOn of ['2026-01-14T06:00:00Z', '2026-03-03T06:00:00Z']) {
    const lease = await leaseInBooks();
    await lease.pays('2026-01-12T06:00:00Z', 10_000);
    await lease.pause('2026-01-13T06:00:00Z', 14);
    const resume = () => lease.resume('2026-01-27T06:00:00Z', system('lease'));
    if (reversedOn > '2026-01-27') await resume();
    await lease.reverse(reversedOn, 10_000);
    if (reversedOn < '2026-01-27') expect(await resume()).toMatchObject({ status: 'active' });
    expect(await lease.dueDates()).toEqual(['2026-01-26', '2026-02-02', '2026-02-09']);
  }
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

it('the second of two equal taps meets a pause, and moves nothing', async () => {
  const lease = await leaseInBooks();
  const tap = () => lease.pause('2026-01-07T06:00:00Z', 14);
  const taps = await Promise.allSettled([tap(), tap()]);
  expect(taps.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  await expect(tap()).rejects.toMatchObject({ code: 'invalid_state' });
  expect(await lease.dueDates()).toEqual(['2026-01-26', '2026-02-02', '2026-02-09']);
});

it('a restructure a moment after a pause is refused, and the pause ends as it should', async () => {
  const lease = await leaseInBooks();
  await lease.pause('2026-01-07T06:00:00Z', 7);
  const plan = { leaseId: lease.id, instalments: 20, reason: 'agreed' };
  const restructured = lease.at('2026-01-07T06:00:00Z', (context) => restructureLease(context, plan));
  await expect(restructured).rejects.toMatchObject({ code: 'invalid_state' });
  // The agenda's own end of a pause is not before its day, whatever it waited for.
  const early = await lease.resume('2026-01-13T06:00:00Z', system('lease'));
  expect(early).toMatchObject({ status: 'paused', pausedUntil: '2026-01-14' });
  const over = await lease.resume('2026-01-13T21:00:00Z', system('lease'));
  expect(over).toMatchObject({ status: 'active', pausedUntil: null });
});

it('a pause that a lease has kept although it is not paused is waited for by nobody', async () => {
  const lease = await leaseInBooks();
  await database.db.update(leases).set({ pausedUntil: '2026-01-20' }).where(eq(leases.id, lease.id));
  expect(await lease.resume('2026-01-20T06:00:00Z', system('lease'))).toMatchObject({ pausedUntil: null });
});

it('a customer who ends each pause on its day has six of them', async () => {
  const lease = await leaseInBooks();
  for (let made = 0; made < 6; made += 1) {
    await lease.pause('2026-01-07T06:00:00Z', 1 + made);
    await lease.resume('2026-01-07T06:00:00Z');
  }
  await expect(lease.pause('2026-01-07T06:00:00Z', 1)).rejects.toMatchObject({ code: 'pause_refused' });
  expect(await lease.dueDates()).toEqual(['2026-01-12', '2026-01-19', '2026-01-26']);
});

it('a restructure keeps how late the lease was, and a second one within a year is for an admin', async () => {
  const lease = await leaseInBooks();
  const restructure = (at: string, role: 'agent' | 'admin') =>
    transact(database.db, { role, id: randomUUID() }, new Date(at), (context) =>
      restructureLease(context, { leaseId: lease.id, instalments: 10, reason: 'harvest failed' }),
    );
  await restructure('2026-02-03T06:00:00Z', 'agent');
  expect(await lease.row()).toMatchObject({ restructuredOn: '2026-02-03', arrearsRestructured: 22 });
  await expect(restructure('2026-02-20T06:00:00Z', 'agent')).rejects.toMatchObject({ code: 'second_restructure' });
  await restructure('2026-02-20T06:00:00Z', 'admin');
  expect(await lease.row()).toMatchObject({ restructuredOn: '2026-02-20', arrearsRestructured: 10 });
  await restructure('2027-02-20T06:00:00Z', 'agent');
});

it('days that staff give for our own workshop, as a case asks them to, are none of the customer’s own', async () => {
  const lease = await leaseInBooks();
  const agent: Actor = { role: 'agent', id: randomUUID() };
  const gives = (at: string) =>
    transact(database.db, agent, new Date(at), (context) =>
      pauseLease(context, { leaseId: lease.id, kind: 'repair', days: 3 }),
    );
  const asks = { kind: 'days_not_credited', leaseId: lease.id, paymentId: null, about: randomUUID() } as const;
  const detail = { maintenanceId: asks.about, vehicleId: randomUUID(), days: 3, why: 'paused' };
  await gives('2026-01-06T08:00:00Z');
  await lease.resume('2026-01-09T08:00:00Z', system('test'));
  await transact(database.db, system('test'), new Date('2026-01-09T09:00:00Z'), (context) =>
    openCase(context, { ...asks, detail }),
  );
  await gives('2026-01-10T08:00:00Z');
  const given = await database.db.select().from(pauses).where(eq(pauses.leaseId, lease.id)).orderBy(pauses.at);
  expect(given.map(({ isOwed }) => isOwed)).toEqual([false, true]);
});
