import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, marketRuleRows } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { keptVehicle } from '#test/kept-vehicle';
import { config, deps } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { decideCashDay } from '../../payments/cash/backdated-cash.ts';
import { receiveMoney } from '../../payments/cash/receive-money.ts';
import { returnCredit } from '../../payments/refunds/return-credit.ts';
import { reversePayment } from '../../payments/reversal/reverse-payment.ts';

/** A market whose law has no shortfall. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.update(marketRuleRows).set({ isShortfallOwed: false }).where(eq(marketRuleRows.market, 'UG'));
});
afterAll(() => database.close());

const taker: Actor = { role: 'agent', id: randomUUID() };
const second: Actor = { role: 'admin', id: randomUUID() };

/** Sold for 30,000 on 9 May: 70,334 are short. On the 10th an agent says that he took 20,000 on the 1st. */
async function sold(amount = 20_000, proceeds = 30_000) {
  const lease = await keptVehicle(database);
  const { id: leaseId } = lease;
  await lease.demand();
  await lease.sells('05-09', proceeds);
  const paymentId = randomUUID();
  const money = { kind: 'cash', paymentId, amount, agentId: taker.id, receiptNumber: paymentId } as const;
  await lease.as(taker, '05-10', (context) =>
    receiveMoney(context, config, { leaseId, money: { ...money, paidOn: '2026-05-01' } }),
  );
  return {
    ...lease,
    decides: async (decision: 'confirmed' | 'rejected', paidOn?: string) => {
      const isIts = and(eq(cases.paymentId, paymentId), eq(cases.kind, 'backdated_cash'));
      const [one] = await database.db.select().from(cases).where(isIts);
      await lease.as(second, '05-11', (context) =>
        decideCashDay(context, { leaseId, caseId: one?.id ?? '', decision, paidOn, resolution: 'asked him' }),
      );
    },
    reverses: () =>
      lease.as(second, '05-12', (context) =>
        reversePayment(context, { leaseId, attemptId: paymentId, reason: 'there was none' }),
      ),
    paysOut: async (given: number) => {
      const payer: Actor = { role: 'admin', id: randomUUID() };
      await (await bookLease(database, config)).paysCash('2026-05-09T07:00:00Z', 120_000, payer.id);
      const said = { leaseId, amount: given, paymentId: randomUUID(), receiptNumber: 'Out 1' };
      await lease.as(payer, '05-11', (context) => returnCredit(context, deps, said));
    },
    stands: async () => {
      const { credit, disputed } = await lease.row();
      const balances = await lease.balances();
      expect([...balances.values()].reduce((sum, one) => sum + one, 0)).toBe(0);
      expect([balances.get('unapplied') ?? 0, balances.get('disputed') ?? 0]).toEqual([0 - credit, disputed]);
      return { owed: await lease.owes('05-12'), credit, disputed, shortfall: (await lease.kept())?.shortfall };
    },
  };
}

describe('cash that an agent says he took before a sale', () => {
  const nothing = { owed: 0, credit: 0, disputed: 0, shortfall: 70_334 };

  it('leaves nothing where there was none, whether its day is decided or not', async () => {
    for (const decision of [null, 'rejected', 'confirmed'] as const) {
      const lease = await sold();
      expect(await lease.stands()).toEqual({ ...nothing, credit: 20_000 });
      if (decision !== null) await lease.decides(decision);
      await lease.reverses();
      expect([decision, await lease.stands()]).toEqual([decision, nothing]);
      expect(await lease.openCases()).toEqual([]);
    }
  });

  it('is in dispute where there was none and it was paid out', async () => {
    for (const decision of [null, 'confirmed'] as const) {
      const lease = await sold();
      await lease.paysOut(20_000);
      if (decision !== null) await lease.decides(decision);
      await lease.reverses();
      expect([decision, await lease.stands()]).toEqual([decision, { ...nothing, disputed: 20_000 }]);
      expect(await lease.openCases()).toEqual(['chargeback']);
    }
  });

  it('pays what was owed then, once somebody else has confirmed its day, and no more when it is taken back', async () => {
    const lease = await sold();
    await lease.decides('confirmed');
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 50_334 });
    expect(await lease.row()).toMatchObject({ recovered: 50_000 });
    await lease.reverses();
    expect(await lease.stands()).toEqual(nothing);
    expect(await lease.openCases()).toEqual([]);
  });

  it('is his as far as it is more than was owed', async () => {
    const lease = await sold(50_000, 60_000);
    await lease.decides('confirmed', '2026-05-02');
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 0, credit: 9_666 });
    expect(await lease.kept()).toMatchObject({ surplus: 9_666, forgiven: [] });
    await lease.paysOut(666);
    await lease.reverses();
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 40_334, disputed: 666 });
  });

  it('is his where its day is rejected, or turns out to be after the sale', async () => {
    for (const [decision, paidOn] of [['rejected'], ['confirmed', '2026-05-10']] as const) {
      const lease = await sold();
      await lease.decides(decision, paidOn);
      expect(await lease.stands()).toEqual({ ...nothing, credit: 20_000 });
    }
  });

  it('stays given back as far as it was when its day is confirmed', async () => {
    const lease = await sold();
    await lease.paysOut(5_000);
    await lease.decides('confirmed');
    expect(await lease.stands()).toEqual({ ...nothing, shortfall: 55_334 });
    await lease.reverses();
    expect(await lease.stands()).toEqual({ ...nothing, disputed: 5_000 });
    expect(await lease.openCases()).toEqual(['chargeback']);
  });
});
