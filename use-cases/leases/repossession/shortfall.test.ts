import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marketRuleRows, repossessions } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { keptVehicle } from '#test/kept-vehicle';
import { bookAgain } from '../../payments/reversal/book-again.ts';
import { takeCostsBack } from './take-costs-back.ts';

/** A market whose law has no shortfall. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.update(marketRuleRows).set({ isShortfallOwed: false }).where(eq(marketRuleRows.market, 'UG'));
});
afterAll(() => database.close());

const other: Actor = { role: 'admin', id: randomUUID() };

/** Sold for 30,000 on 9 May with 2,000 of costs, of 98,334 that are owed. */
async function kept() {
  const lease = await keptVehicle(database);
  await lease.demand();
  return {
    ...lease,
    isSold: () => lease.sells('05-09', 30_000),
    booksAgain: (day: string, attemptId: string) =>
      lease.as(other, day, (context) => bookAgain(context, { leaseId: lease.id, attemptId, reason: 'a slip' })),
    stands: async () => {
      const { credit, disputed } = await lease.row();
      const { shortfall, surplus } = (await lease.kept()) ?? {};
      const balances = await lease.balances();
      expect([...balances.values()].reduce((sum, one) => sum + one, 0)).toBe(0);
      expect([balances.get('unapplied') ?? 0, balances.get('disputed') ?? 0]).toEqual([0 - credit, disputed]);
      return { owed: await lease.owes('05-12'), credit, disputed, shortfall, surplus };
    },
  };
}

describe('what a sale has not brought and nobody owes goes by what was paid until the sale', () => {
  const nothing = { owed: 0, credit: 0, disputed: 0, surplus: 0 };

  it('less of it is forgiven where money of before is known after it', async () => {
    const lease = await kept();
    const id = await lease.asksInVain('05-08', 20_000);
    await lease.isSold();
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 70_334 });
    await lease.confirms('2026-05-10T07:00:00Z', id);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 50_334 });
    expect(await lease.refundsDue('05-11')).toEqual([]);
  });

  it('what has gone back of more than was owed is in dispute, and nothing is owed, where money of before is taken back', async () => {
    const lease = await kept();
    const id = await lease.isCharged('2026-03-11T07:00:00Z', 20_000);
    await lease.sells('05-09', 90_000);
    const more = await lease.isCharged('2026-05-08T08:00:00Z', 500);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 0, surplus: 10_166, credit: 10_166 });
    const refund = await lease.sendsBack('05-10', more, 500);
    await lease.confirms('2026-05-10T08:00:00Z', refund);
    await lease.takes('05-11', id);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 9_834, disputed: 500 });
    expect(await lease.openCases()).toEqual(['chargeback']);
  });

  it('also of a sale from before it was kept what for it was forgiven', async () => {
    const lease = await kept();
    await lease.sells('05-09', 1_000);
    await database.db.update(repossessions).set({ forgiven: [] }).where(eq(repossessions.leaseId, lease.id));
    const id = await lease.isCharged('2026-05-08T07:00:00Z', 20_000);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 79_334 });
    expect(await lease.row()).toMatchObject({ feesPaid: 2_000, feesWaived: 0, recovered: 21_000 });
    await lease.takes('05-12', id);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 99_334 });
    const slip = { leaseId: lease.id, correctionId: randomUUID(), amount: 2_000, reason: 'no auction' };
    await lease.as(other, '05-12', (context) => takeCostsBack(context, slip));
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 97_334 });
  });

  it('also where it was taken back by a slip and is booked again, and what is more is his', async () => {
    const lease = await kept();
    const id = await lease.isCharged('2026-03-11T07:00:00Z', 20_000);
    await lease.takes('05-08', lease.deposit);
    await lease.takes('05-08', id);
    await lease.isSold();
    // What was in dispute is no more owed than the rest.
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 90_334 });
    expect(await lease.openCases()).toEqual([]);
    for (const one of [id, lease.deposit]) await lease.booksAgain('05-10', one);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 50_334 });
    const late = await lease.asksInVain('05-07', 60_000);
    await lease.confirms('2026-05-11T07:00:00Z', late);
    expect(await lease.stands()).toEqual({ ...nothing, credit: 9_666, shortfall: 0, surplus: 9_666 });
  });

  it('more of it where what was paid before is taken back after it, in parts too', async () => {
    const lease = await kept();
    const id = await lease.isCharged('2026-03-11T07:00:00Z', 20_000);
    await lease.isSold();
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 50_334 });
    await lease.takes('05-12', id, 5_000);
    await lease.takes('05-12', lease.deposit);
    await lease.takes('05-12', id);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 90_334 });
    expect(await lease.openCases()).toEqual([]);
    await lease.booksAgain('05-13', id);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 70_334 });
  });

  it('and what he has paid after it is his, whatever is taken back of before', async () => {
    const lease = await kept();
    const id = await lease.isCharged('2026-03-11T07:00:00Z', 20_000);
    await lease.isSold();
    const later = await lease.isCharged('2026-05-11T07:00:00Z', 10_000);
    expect(await lease.stands()).toEqual({ ...nothing, credit: 10_000, shortfall: 50_334 });
    await lease.takes('05-12', id);
    await lease.takes('05-12', lease.deposit);
    expect(await lease.stands()).toEqual({ ...nothing, credit: 10_000, shortfall: 90_334 });
    await lease.takes('05-12', later);
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 90_334 });
  });
});
