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
import { receiveMoney } from '../../payments/receive-money.ts';
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
async function sold() {
  const lease = await keptVehicle(database);
  const { id: leaseId } = lease;
  await lease.demand();
  await lease.sells('05-09', 30_000);
  const paymentId = randomUUID();
  const money = { kind: 'cash', paymentId, amount: 20_000, agentId: taker.id, receiptNumber: paymentId } as const;
  await lease.as(taker, '05-10', (context) =>
    receiveMoney(context, config, { leaseId, money: { ...money, paidOn: '2026-05-01' } }),
  );
  return {
    ...lease,
    decides: async (decision: 'confirmed' | 'rejected') => {
      const isIts = and(eq(cases.paymentId, paymentId), eq(cases.kind, 'backdated_cash'));
      const [one] = await database.db.select().from(cases).where(isIts);
      await lease.as(second, '05-11', (context) =>
        decideCashDay(context, { leaseId, caseId: one?.id ?? '', decision, resolution: 'asked him' }),
      );
    },
    reverses: () =>
      lease.as(second, '05-12', (context) =>
        reversePayment(context, { leaseId, attemptId: paymentId, reason: 'there was none' }),
      ),
    paysOut: async (amount: number) => {
      const payer: Actor = { role: 'admin', id: randomUUID() };
      await (await bookLease(database, config)).paysCash('2026-05-09T07:00:00Z', 120_000, payer.id);
      const said = { leaseId, amount, paymentId: randomUUID(), receiptNumber: 'Out 1' };
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
});
