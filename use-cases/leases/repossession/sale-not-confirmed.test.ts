import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, keptVehicle } from '#test/kept-vehicle';
import { config, deps } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { confirmSale } from '../../payments/sale/confirm-sale.ts';
import { returnCredit } from '../../payments/refunds/return-credit.ts';
import { takeCostsBack } from './take-costs-back.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const second: Actor = { role: 'admin', id: randomUUID() };
const payer: Actor = { role: 'admin', id: randomUUID() };

/** With costs that were a slip; nothing is paid. */
async function kept(slip: number) {
  const lease = await keptVehicle(database);
  const { id: leaseId } = lease;
  await lease.demand();
  await lease.costs('03-11', slip);
  return {
    ...lease,
    takesCostsBack: (day: string, amount: number) =>
      lease.as(second, day, (context) =>
        takeCostsBack(context, { leaseId, correctionId: randomUUID(), amount, reason: 'a zero too many' }),
      ),
    brought: (day: string, proceeds: number) =>
      lease.as(second, day, (context) =>
        confirmSale(context, { leaseId, confirmationId: randomUUID(), proceeds, reason: 'seen on the account' }),
      ),
    paysOut: async (day: string, amount: number) => {
      await (await bookLease(database, config)).paysCash(`2026-${day}T06:00:00Z`, 120_000, payer.id);
      await lease.as(payer, day, (context) =>
        returnCredit(context, deps, { leaseId, amount, paymentId: randomUUID(), receiptNumber: randomUUID() }),
      );
    },
  };
}

describe('what a sale has brought, and nobody else has confirmed,', () => {
  const waits = { code: 'invalid_state', message: expect.stringContaining('sale_to_confirm') };

  it('stays, also where it had paid costs that are taken back', async () => {
    const lease = await kept(1_000_000);
    await lease.sells('05-09', 2_000_000);
    await lease.takesCostsBack('05-10', 900_000);
    expect((await lease.row()).credit).toBe(1_799_666);
    expect(await lease.kept()).toMatchObject({ surplus: 1_799_666, shortfall: 0 });
    await expect(lease.paysOut('05-11', 100)).rejects.toMatchObject(waits);
    await lease.brought('05-12', 2_000_000);
    await lease.paysOut('05-13', 100_000);
  });

  it('waits from when costs are taken back that it had paid, but where somebody else has confirmed it', async () => {
    for (const isConfirmed of [false, true]) {
      const lease = await kept(1_000_000);
      await lease.sells('05-09', 1_100_334);
      if (isConfirmed) await lease.brought('05-10', 1_100_334);
      await lease.takesCostsBack('05-11', 400_000);
      expect(await lease.openCases()).toEqual([]);
      await lease.takesCostsBack('05-12', 600_000);
      expect(await lease.openCases()).toEqual(isConfirmed ? [] : ['sale_to_confirm']);
      if (!isConfirmed) await expect(lease.paysOut('05-13', 100)).rejects.toMatchObject(waits);
      if (!isConfirmed) await lease.brought('05-14', 1_100_334);
      await lease.paysOut('05-15', 100_000);
    }
  });

  it('does not keep him from what else is his, and is not paid out in its place', async () => {
    const lease = await kept(5_000);
    await lease.sells('05-09', 2_000_000);
    await lease.isCharged('2026-05-10T07:00:00Z', 10_000);
    await lease.paysCash('2026-05-10T07:30:00Z', 4_000, admin.id);
    // What came by mobile money goes back so, and nothing of the sale's for it.
    await expect(lease.paysOut('05-11', 10_000)).rejects.toMatchObject({ code: 'unprocessable' });
    await lease.paysOut('05-11', 4_000);
    expect((await lease.refundsDue('05-11')).map(({ amount }) => amount)).toEqual([10_000]);
  });
});
