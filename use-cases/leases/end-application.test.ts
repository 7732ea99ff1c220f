import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, holds, inbound, leases, vehicles } from '#db/schema/index';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { record } from '../context.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { advanceLease } from './advance-lease.ts';
import { endApplication } from './end-lease.ts';
import { stateFromBooks } from './state-from-books.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_9 = '2026-01-13T07:00:00Z';

/** A lease that waits for its deposit, and holds its vehicle. */
async function applied() {
  const lease = await bookLease(database, testConfig({}));
  const { vehicleId } = await lease.row();
  const at = new Date(DAY_1);
  await database.db.insert(holds).values({ id: uuidv7(), vehicleId, leaseId: lease.id, expiresAt: at, createdAt: at });
  await database.db.update(vehicles).set({ status: 'reserved' }).where(eq(vehicles.id, vehicleId));
  const vehicle = async () => (await database.db.select().from(vehicles).where(eq(vehicles.id, vehicleId)))[0]?.status;
  const ends = (as: 'withdrawn' | 'lapsed', stage?: 'awaiting_deposit' | 'awaiting_handover', since = DAY_9) =>
    lease.at(DAY_9, (context) =>
      endApplication(context, { leaseId: lease.id, as, reason: 'test', since, ...(stage && { stage }) }),
    );
  return { ...lease, vehicle, ends };
}

/** A customer pays by himself with the lease's own reference, and it is not booked yet. */
async function paysByHimself(account: string, status: 'announced' | 'suspense', amount = 20_000) {
  const [id, paidAt] = [uuidv7(), new Date(DAY_1)];
  const money = { provider: 'mtn', receipt: id, market: 'UG', payerMasked: 'x', amount, currency: 'UGX' } as const;
  await database.db.insert(inbound).values({ id, ...money, account, paidAt, status });
}

describe('the end of an application', () => {
  it('gives the vehicle back to the market', async () => {
    const lease = await applied();
    expect(await lease.ends('withdrawn')).toMatchObject({ status: 'withdrawn' });
    expect(await lease.vehicle()).toBe('available');
  });

  it.each(['withdrawn', 'lapsed'] as const)('%s takes no vehicle back that was handed over meanwhile', async (as) => {
    const lease = await applied();
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    expect(await lease.ends(as, 'awaiting_handover')).toMatchObject({ status: 'active' });
    expect(await lease.vehicle()).toBe('leased');
  });

  it('does not come by a deadline where the deposit is there, or the next stage', async () => {
    const lease = await applied();
    await lease.isCharged(DAY_1, 20_000);
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'awaiting_deposit', depositDue: 0 });
    await database.db.update(leases).set({ status: 'awaiting_handover' }).where(eq(leases.id, lease.id));
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'awaiting_handover' });
    expect(await lease.vehicle()).toBe('reserved');
  });

  it.each(['announced', 'suspense', 'succeeded'] as const)(
    'does not come by a deadline while the deposit is %s and not booked',
    async (status) => {
      const { methodId: paymentMethodId, ...lease } = await applied();
      const order = { leaseId: lease.id, paymentMethodId, attemptId: randomUUID() };
      if (status === 'succeeded') await confirmedPayments(database.db, [order], 20_000, new Date(DAY_1));
      else await paysByHimself(lease.reference, status);
      const standing = { status: 'awaiting_deposit', depositDue: 20_000 };
      expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject(standing);
      expect(await lease.vehicle()).toBe('reserved');
      expect(await lease.ends('withdrawn')).toMatchObject({ status: 'withdrawn' });
    },
  );

  it('comes by a deadline where what may be there is less than the deposit', async () => {
    const lease = await applied();
    await paysByHimself(lease.reference, 'suspense', 19_000);
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'lapsed' });
  });

  it('waits for what the lease has asked for by itself, and then a day for the rest that it did not ask for meanwhile', async () => {
    const { methodId: paymentMethodId, ...lease } = await applied();
    const order = { leaseId: lease.id, paymentMethodId, attemptId: randomUUID() };
    const isIts = eq(attempts.id, order.attemptId);
    await confirmedPayments(database.db, [order], 15_000, new Date(DAY_1));
    const asked = { kind: 'deposit', due: 'deposit', status: 'unknown', settledAt: null } as const;
    await database.db.update(attempts).set(asked).where(isIts);
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'awaiting_deposit' });
    await lease.confirms('2026-01-12T10:00:00Z', order.attemptId);
    expect(await lease.row()).toMatchObject({ depositPaid: 15_000 });
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'awaiting_deposit' });
    await database.db
      .update(attempts)
      .set({ settledAt: new Date('2026-01-12T06:00:00Z') })
      .where(isIts);
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'lapsed', credit: 15_000 });
  });

  it('waits for all of it that is unknown, however long ago its customer asked for it', async () => {
    const { methodId: paymentMethodId, ...lease } = await applied();
    const order = { leaseId: lease.id, paymentMethodId, attemptId: randomUUID() };
    await confirmedPayments(database.db, [order], 20_000, new Date('2026-01-04T07:00:00Z'));
    const unknown = { status: 'unknown', settledAt: null } as const;
    await database.db.update(attempts).set(unknown).where(eq(attempts.id, order.attemptId));
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'awaiting_deposit' });
    await database.db.update(attempts).set({ amount: 19_000 }).where(eq(attempts.id, order.attemptId));
    expect(await lease.ends('lapsed', 'awaiting_deposit')).toMatchObject({ status: 'lapsed' });
  });

  it('is told a person when the deposit has been in doubt for as long again as it had', async () => {
    const lease = await applied();
    await paysByHimself(lease.reference, 'suspense');
    const kinds = async () => {
      const found = await database.db.select().from(cases).where(eq(cases.leaseId, lease.id));
      return found.map(({ kind }) => kind);
    };
    // It had three days, until two or six days before.
    await lease.ends('lapsed', 'awaiting_deposit', '2026-01-08T07:00:00Z');
    expect(await kinds()).toEqual([]);
    for (let look = 0; look < 2; look += 1) await lease.ends('lapsed', 'awaiting_deposit', '2026-01-04T07:00:00Z');
    expect(await kinds()).toEqual(['deposit_in_doubt']);
  });
});

it('a deposit has its time from when it was asked for, or was taken back whole, and not from a part that is taken back', async () => {
  const lease = await bookLease(database, testConfig({}));
  const on = (number: number) => `2026-01-0${number}T09:00:00Z`;
  const takesBack = async (attemptId: string, number: number) =>
    lease.at(on(number), (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'test' }));
  const since = async () => (await stateFromBooks(database.db, testConfig({}), lease.id)).state.since;
  const status = { type: 'lease.awaiting_deposit', leaseStatus: 'awaiting_deposit' } as const;
  await lease.at(on(5), (context) => record(context, { ...status, subject: lease.id, leaseId: lease.id }));
  await takesBack(await lease.paysCash(on(6), 5_000, randomUUID()), 7);
  expect(await since()).toBe(Date.parse(on(5)));
  const parts = [await lease.paysCash(on(7), 5_000, randomUUID()), await lease.paysCash(on(7), 15_000, randomUUID())];
  await lease.at(on(7), (context) => advanceLease(context, { leaseId: lease.id, to: 'awaiting_handover' }));
  for (const [i, part] of parts.entries()) await takesBack(part, 8 + i);
  expect(await since()).toBe(Date.parse(on(8)));
});
