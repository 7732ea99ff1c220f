import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marketRuleRows } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, keptVehicle } from '#test/kept-vehicle';
import { config, deps } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { confirmSale } from '../../payments/sale/confirm-sale.ts';
import { bookAgain } from '../../payments/reversal/book-again.ts';
import { giveUpDispute } from '../../payments/reversal/give-up-dispute.ts';
import { returnCredit } from '../../payments/refunds/return-credit.ts';
import { sellVehicle } from '../../payments/sale/sell-vehicle.ts';
import { takeCostsBack } from './take-costs-back.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const second: Actor = { role: 'admin', id: randomUUID() };
const third: Actor = { role: 'agent', id: randomUUID() };

async function kept() {
  const lease = await keptVehicle(database);
  const { id: leaseId } = lease;
  await lease.demand();
  return {
    ...lease,
    takesCostsBack: (day: string, amount: number, actor = second, correctionId: string = randomUUID()) =>
      lease.as(actor, day, (context) =>
        takeCostsBack(context, { leaseId, correctionId, amount, reason: 'a zero too many' }),
      ),
    brought: (day: string, proceeds: number, actor = second, confirmationId: string = randomUUID()) =>
      lease.as(actor, day, (context) =>
        confirmSale(context, { leaseId, confirmationId, proceeds, reason: 'seen on the account' }),
      ),
    /** With a check of the books. */
    stands: async () => {
      const { credit, disputed, recovered } = await lease.row();
      const balances = await lease.balances();
      expect([...balances.values()].reduce((sum, one) => sum + one, 0)).toBe(0);
      const of = (name: string) => balances.get(name) ?? 0;
      expect([of('unapplied'), of('disputed'), of('recovery'), of('sale')]).toEqual([
        0 - credit,
        disputed,
        0 - recovered,
        0,
      ]);
      return { owed: await lease.owes('05-12'), credit, disputed };
    },
  };
}

describe('costs that were a slip', () => {
  it('are taken back by somebody else than who charged them, at most what was charged', async () => {
    const lease = await kept();
    await lease.costs('03-11', 5_000_000);
    const notSo = { code: 'forbidden' };
    await expect(lease.takesCostsBack('03-12', 4_995_000, agent)).rejects.toMatchObject(notSo);
    await expect(lease.takesCostsBack('03-12', 4_995_000, third)).rejects.toMatchObject(notSo);
    await expect(lease.takesCostsBack('03-12', 5_000_001)).rejects.toMatchObject({ code: 'unprocessable' });
    const id = randomUUID();
    await lease.takesCostsBack('03-12', 4_995_000, second, id);
    await lease.takesCostsBack('03-12', 4_995_000, second, id);
    expect(await lease.stands()).toEqual({ owed: 103_334, credit: 0, disputed: 0 });
    await lease.takesCostsBack('03-12', 1_000, third);
    expect((await lease.kept())?.costs).toBe(4_000);
  });

  it('pay what else is owed where they were paid, or are his', async () => {
    const lease = await kept();
    await lease.costs('03-11', 50_000);
    await lease.isCharged('2026-03-12T07:00:00Z', 60_000);
    await lease.takesCostsBack('03-13', 45_000);
    expect(await lease.stands()).toEqual({ owed: 43_334, credit: 0, disputed: 0 });
    await lease.paysCash('2026-03-14T07:00:00Z', 43_334, randomUUID());
    await lease.redeems('03-14');
    await lease.takesCostsBack('03-15', 4_000);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 4_000, disputed: 0 });
  });
});

describe('costs that were a slip and were paid by a part that was booked again', () => {
  it('are recovered no more by that payment: what it had paid before is in dispute when it is taken back', async () => {
    const lease = await kept();
    await lease.costs('03-11', 5_000);
    await lease.takes('03-12', lease.deposit, 5_000);
    await lease.as(second, '03-13', (context) =>
      bookAgain(context, { leaseId: lease.id, attemptId: lease.deposit, reason: 'it was there' }),
    );
    expect(await lease.row()).toMatchObject({ recovered: 5_000, feesPaid: 5_000 });
    await lease.takesCostsBack('03-14', 5_000);
    // It pays what is owed else.
    expect(await lease.row()).toMatchObject({ recovered: 5_000, feesPaid: 0 });
    await lease.takes('03-15', lease.deposit);
    expect(await lease.row()).toMatchObject({ recovered: 0, disputed: 20_000 });
    expect(await lease.stands()).toEqual({ owed: 98_334, credit: 0, disputed: 20_000 });
  });
});

describe('credit that somebody makes by taking costs back', () => {
  it('somebody else pays out', async () => {
    const lease = await kept();
    await lease.costs('03-11', 40_000);
    await lease.paysCash('2026-03-14T07:00:00Z', 138_334, randomUUID());
    await lease.redeems('03-14');
    await lease.takesCostsBack('03-15', 40_000, third);
    const other: Actor = { role: 'agent', id: randomUUID() };
    const pays = async (payer: Actor, receiptNumber: string) => {
      await (await bookLease(database, config)).paysCash('2026-03-15T07:00:00Z', 100_000, payer.id);
      const said = { leaseId: lease.id, amount: 40_000, paymentId: randomUUID(), receiptNumber };
      await lease.as(payer, '03-16', (context) => returnCredit(context, deps, said));
    };
    await expect(pays(third, 'A1')).rejects.toMatchObject({ code: 'forbidden' });
    await pays(other, 'A2');
    expect(await lease.stands()).toEqual({ owed: 0, credit: 0, disputed: 0 });
  });

  it('is in all no more than an agent decides on alone, in however many parts', async () => {
    const lease = await kept();
    await lease.costs('03-11', 2_000_000);
    const notSo = { code: 'forbidden' };
    for (const amount of [300_000, 200_000]) await lease.takesCostsBack('03-15', amount, third);
    await expect(lease.takesCostsBack('03-15', 100, third)).rejects.toMatchObject(notSo);
    const other: Actor = { role: 'agent', id: randomUUID() };
    await expect(lease.takesCostsBack('03-15', 100, other)).rejects.toMatchObject(notSo);
    await lease.takesCostsBack('03-15', 1_000_000);
    expect((await lease.kept())?.costs).toBe(500_000);
  });
});

describe('costs that were a slip and whose payment was taken back', () => {
  /** 5,000 of costs in 103,334 that redeemed the vehicle and were charged back. */
  async function chargedBack() {
    const lease = await kept();
    await lease.costs('03-11', 5_000);
    const id = await lease.isCharged('2026-03-12T07:00:00Z', 103_334);
    await lease.redeems('03-14');
    await lease.takes('03-15', id);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 0, disputed: 103_334 });
    return lease;
  }

  it('are in dispute no more', async () => {
    const lease = await chargedBack();
    await lease.takesCostsBack('03-16', 3_000);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 0, disputed: 100_334 });
    await lease.takesCostsBack('03-16', 2_000);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 0, disputed: 98_334 });
    expect(await lease.row()).toMatchObject({ feesCharged: 0, feesPaid: 0 });
    await lease.paysCash('2026-03-17T07:00:00Z', 98_334, randomUUID());
    expect([await lease.stands(), await lease.openCases()]).toEqual([{ owed: 0, credit: 0, disputed: 0 }, []]);
  });

  it('are his where he has paid the dispute', async () => {
    const lease = await chargedBack();
    await lease.paysCash('2026-03-15T08:00:00Z', 103_334, randomUUID());
    await lease.takesCostsBack('03-16', 5_000);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 5_000, disputed: 0 });
  });

  it('are lost no more where it was given up', async () => {
    const lease = await chargedBack();
    await lease.as(second, '03-16', (context) =>
      giveUpDispute(context, { leaseId: lease.id, decisionId: randomUUID(), reason: 'gone' }),
    );
    const lost = (await lease.balances()).get('write_off') ?? 0;
    await lease.takesCostsBack('03-16', 5_000);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 0, disputed: 0 });
    // What the house has paid for it, and what was given up of it.
    expect((await lease.balances()).get('write_off')).toBe(lost - 10_000);
  });
});

describe('what a sale brought', () => {
  it('is corrected by another admin than who sold, and the books follow', async () => {
    const lease = await kept();
    await lease.sells('05-09', 2_000_000);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 1_899_666, disputed: 0 });
    await expect(lease.brought('05-10', 200_000, admin)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(lease.brought('05-10', 200_000, third)).rejects.toMatchObject({ code: 'forbidden' });
    const id = randomUUID();
    for (const _ of [1, 2]) await lease.brought('05-10', 200_000, second, id);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 99_666, disputed: 0 });
    await lease.brought('05-11', 60_000, admin);
    expect(await lease.stands()).toEqual({ owed: 40_334, credit: 0, disputed: 0 });
    await lease.brought('05-12', 110_334);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 10_000, disputed: 0 });
    expect((await lease.balances()).get('cash:office')).toBe(108_334);
    expect(await lease.kept()).toMatchObject({ proceeds: 110_334, surplus: 10_000, shortfall: 0 });
    await lease.brought('05-13', 0, admin);
    expect(await lease.stands()).toEqual({ owed: 100_334, credit: 0, disputed: 0 });
    expect(await lease.openCases()).toEqual(['sale_to_confirm']);
  });

  it('is given back above the house’s rule once another admin has confirmed it, and not before', async () => {
    const lease = await kept();
    await lease.sells('05-09', 700_000, admin, 'house');
    expect(await lease.openCases()).toEqual(['sale_to_confirm']);
    const payer: Actor = { role: 'admin', id: randomUUID() };
    await (await bookLease(database, config)).paysCash('2026-05-09T07:00:00Z', 120_000, payer.id);
    const said = { leaseId: lease.id, amount: 100_000 };
    const pays = (receiptNumber: string) =>
      lease.as(payer, '05-10', (context) =>
        returnCredit(context, deps, { ...said, paymentId: randomUUID(), receiptNumber }),
      );
    await expect(pays('R1')).rejects.toMatchObject({ message: expect.stringContaining('sale_to_confirm') });
    await lease.brought('05-10', 700_000);
    expect(await lease.openCases()).toEqual([]);
    await pays('R2');
    expect(await lease.stands()).toEqual({ owed: 0, credit: 499_666, disputed: 0 });
  });

  it('may be nothing, which another admin confirms; the same sale said again is the same', async () => {
    const lease = await kept();
    const sale = { ...lease.sale, saleId: randomUUID(), proceeds: 0, buyer: 'buyer' } as const;
    for (const _ of [1, 2]) await lease.as(admin, '05-09', (context) => sellVehicle(context, sale));
    expect(await lease.stands()).toEqual({ owed: 100_334, credit: 0, disputed: 0 });
    expect([await lease.status(), await lease.openCases()]).toEqual([['sold', 'sold'], ['sale_to_confirm']]);
    await lease.brought('05-10', 0);
    expect(await lease.openCases()).toEqual([]);
    const other = lease.as(admin, '05-11', (context) => sellVehicle(context, { ...sale, saleId: randomUUID() }));
    await expect(other).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it('is redeemed once, however often it is said', async () => {
    const lease = await kept();
    await lease.paysCash('2026-03-14T07:00:00Z', 98_334, randomUUID());
    for (const _ of [1, 2]) await lease.redeems('03-14');
    expect(await lease.status()).toEqual(['redeemed', 'sold']);
  });

  it('forgives more or less where the law has no shortfall', async () => {
    await database.db.update(marketRuleRows).set({ isShortfallOwed: false }).where(eq(marketRuleRows.market, 'UG'));
    const lease = await kept();
    await lease.costs('03-11', 5_000);
    await lease.sells('05-09', 30_000);
    const nothing = { owed: 0, credit: 0, disputed: 0 };
    expect([await lease.stands(), (await lease.kept())?.shortfall]).toEqual([nothing, 75_334]);
    await lease.takesCostsBack('05-10', 5_000);
    expect([await lease.stands(), (await lease.kept())?.shortfall]).toEqual([nothing, 70_334]);
    await lease.brought('05-10', 20_000);
    expect([await lease.stands(), (await lease.kept())?.shortfall]).toEqual([nothing, 80_334]);
    await lease.brought('05-11', 110_334, admin);
    expect([await lease.stands(), (await lease.kept())?.shortfall]).toEqual([{ ...nothing, credit: 10_000 }, 0]);
  });

  it('and costs of which it pays a part, and the law forgives the other, are taken back', async () => {
    const lease = await kept();
    await lease.sells('05-09', 30_000);
    await lease.brought('05-10', 1_000);
    expect((await lease.kept())?.shortfall).toBe(99_334);
    await lease.takesCostsBack('05-11', 2_000);
    expect(await lease.stands()).toEqual({ owed: 0, credit: 0, disputed: 0 });
    expect([(await lease.kept())?.shortfall, (await lease.row()).feesCharged]).toEqual([97_334, 0]);
    await database.db.update(marketRuleRows).set({ isShortfallOwed: true });
  });
});
