import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { keptVehicle } from '#test/kept-vehicle';
import { config, deps } from '#test/late-money';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { returnCredit } from '../../payments/refunds/return-credit.ts';
import { refundsDue } from '../../payments/refunds/refunds.ts';
import { reversePayment } from '../../payments/reversal/reverse-payment.ts';
import { writeOffLease } from '../write-off.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const totals = (balances: ReadonlyMap<string, number>) => [...balances.values()].reduce((sum, one) => sum + one, 0);

describe('credit of a lease that was given up pays what is owed, by whatever name', () => {
  it('of a sale, when a payment of before it is taken back: what is left of it is paid out, and no more', async () => {
    const lease = await keptVehicle(database);
    const id = await lease.isCharged('2026-03-11T07:00:00Z', 20_000);
    await lease.demand();
    await lease.sells('05-09', 200_000);
    expect((await lease.row()).credit).toBe(119_666);
    await lease.takes('05-12', id);
    // 98,334 and 2,000 of costs are owed, and 200,000 came.
    expect(await lease.row()).toMatchObject({ credit: 99_666, disputed: 0, recovered: 100_334 });
    expect([await lease.owes('05-12'), totals(await lease.balances())]).toEqual([0, 0]);
    const payer: Actor = { role: 'agent', id: randomUUID() };
    await (await bookLease(database, config)).paysCash('2026-05-12T07:00:00Z', 120_000, payer.id);
    const pays = (amount: number) => {
      const said = { paymentId: randomUUID(), leaseId: lease.id, amount, receiptNumber: `R${amount}` };
      return lease.as(payer, '05-13', (context) => returnCredit(context, deps, said));
    };
    await expect(pays(119_666)).rejects.toMatchObject({ code: 'unprocessable' });
    await pays(99_666);
    expect((await lease.row()).credit).toBe(0);
  });

  it('of a lease that was written off, before it goes back by mobile money', async () => {
    const lease = await bookLease(database, config, { plan: { ...weeklyPlan, lateFee: null } });
    const { id: leaseId } = lease;
    await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
    await lease.handOver('2026-01-05T07:00:00Z');
    await lease.at('2026-03-10T07:00:00Z', (context) => writeOffLease(context, { leaseId, reason: 'gone' }));
    const first = await lease.isCharged('2026-03-11T07:00:00Z', 30_000);
    await lease.isCharged('2026-03-12T07:00:00Z', 100_000);
    expect((await lease.row()).credit).toBe(30_000);
    const taken = { leaseId, attemptId: first, reason: 'chargeback' };
    await lease.at('2026-03-12T08:00:00Z', (context) => reversePayment(context, taken));
    const due = await lease.at('2026-03-12T09:00:00Z', (context) => refundsDue(context, deps, { leaseId }));
    expect(due).toEqual([]);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0, recovered: 100_000 });
    expect(totals(await lease.balances())).toBe(0);
  });

  it('that was on its way back when a part of another payment was taken, and was refused', async () => {
    const lease = await keptVehicle(database);
    const id = await lease.isCharged('2026-03-11T07:00:00Z', 98_334);
    const refund = await lease.sendsBack('03-11', await lease.isCharged('2026-03-11T08:00:00Z', 2_000), 2_000);
    await lease.takes('03-12', id, 5_000);
    // What is on its way pays nothing.
    expect([(await lease.row()).credit, await lease.owes('03-12')]).toEqual([2_000, 5_000]);
    await lease.isRefused('03-12', refund);
    expect(await lease.refundsDue('03-13')).toEqual([]);
    expect([(await lease.row()).credit, await lease.owes('03-13')]).toEqual([0, 3_000]);
    expect(totals(await lease.balances())).toBe(0);
  });

  it('as recovery of the payment that brought it: when that is taken back it is owed again, and in no dispute', async () => {
    const lease = await keptVehicle(database);
    const first = await lease.isCharged('2026-03-11T07:00:00Z', 98_334);
    const second = await lease.isCharged('2026-03-11T08:00:00Z', 50_000);
    await lease.takes('03-12', first, 30_000);
    expect(await lease.row()).toMatchObject({ credit: 20_000, recovered: 98_334 });
    await lease.takes('03-13', second, 25_000);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0, recovered: 93_334 });
    await lease.takes('03-13', second);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0, recovered: 68_334 });
    expect([await lease.owes('03-13'), totals(await lease.balances())]).toEqual([30_000, 0]);
  });

  it('before his vehicle is sold, and he may have it back', async () => {
    const lease = await keptVehicle(database);
    const first = await lease.isCharged('2026-05-01T07:00:00Z', 98_334);
    await lease.isCharged('2026-05-02T07:00:00Z', 50_000);
    await lease.takes('05-03', first, 30_000);
    await lease.demand();
    await expect(lease.sells('05-09', 200_000)).rejects.toMatchObject({
      code: 'invalid_state',
      message: expect.stringContaining('redeemed'),
    });
    await lease.redeems('05-09');
    expect(await lease.row()).toMatchObject({ credit: 20_000, disputed: 0 });
  });
});
