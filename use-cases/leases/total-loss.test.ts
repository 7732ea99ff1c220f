import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leases, vehicles } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { agent, agrees, day, LINE, runningLease, type LateLease } from '#test/late-money';
import { creditShares } from './credit-shares.ts';
import { lockLease } from './lease-record.ts';
import { totalLoss } from './total-loss.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const lose = (lease: LateLease, number: number, amount?: number) =>
  lease.act(
    day(number),
    (context) =>
      totalLoss(context, {
        leaseId: lease.id,
        reason: 'burnt out',
        ...(amount === undefined ? {} : { insurance: { amount, reference: 'C 1' } }),
      }),
    agent,
  );

/** Three of ten lines are paid, the markup of the plan is 25 percent: seven lines cost 4,536,000 without it. */
async function lost(gap?: 'house') {
  const lease = await runningLease(database);
  await lease.cash(5, 3 * LINE);
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  if (row === undefined) throw new Error('the lease is gone');
  const plan = { ...row.plan, markupPercent: 25, ...(gap === undefined ? {} : { totalLossGap: gap }) };
  await database.db.update(leases).set({ plan }).where(eq(leases.id, lease.id));
  return { lease, vehicleId: row.vehicleId };
}
const OWED = 4_536_000;

it('is paid by an insurer first, and what is more goes back to the customer the way it came', async () => {
  const { lease, vehicleId } = await lost();
  const standing = await lose(lease, 6, OWED + 1_000_000);
  expect(standing).toMatchObject({ status: 'total_loss', outstanding: 0, feesDue: 0, credit: 1_000_000 });
  await agrees(database, lease, 6);
  expect(await lease.balance('insurance')).toBe(OWED + 1_000_000);
  const [vehicle] = await database.db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  expect(vehicle?.status).toBe('retired');
  const { row } = await lease.act(day(6), ({ tx }) => lockLease(tx, lease.id));
  const { shares } = await lease.act(day(6), (context) => creditShares(context, row));
  expect(shares.reduce((sum, { left }) => sum + left, 0)).toBe(1_000_000);
  expect(await lease.timeline('lease.insurance_paid')).toMatchObject([
    { surplus: { amount: 1_000_000 }, gap: { amount: 0 }, reference: 'C 1' },
  ]);
});

it('leaves its gap to the customer, who pays it later as recovery', async () => {
  const { lease } = await lost();
  const before = await lease.balance('recovery');
  const standing = await lose(lease, 6, OWED - 500_000);
  expect(standing).toMatchObject({ status: 'total_loss', outstanding: 500_000, credit: 0 });
  await lease.cash(7, 500_000);
  expect(await lease.books(7)).toMatchObject({ status: 'total_loss', outstanding: 0, credit: 0 });
  expect(before - (await lease.balance('recovery'))).toBe(500_000);
});

it('leaves nothing to the customer where the house bears the gap by the plan', async () => {
  const { lease } = await lost('house');
  const given = await lease.balance('write_off');
  expect(await lose(lease, 6, OWED - 500_000)).toMatchObject({ status: 'total_loss', outstanding: 0, credit: 0 });
  await agrees(database, lease, 6);
  expect(await lease.balance('write_off')).toBe(given);
});

it('without an insurer is given up for what settling costs, and an insurer pays no more than the loss', async () => {
  const { lease } = await lost();
  await expect(lose(lease, 6, OWED + 3 * LINE + 20_001)).rejects.toMatchObject({
    code: 'unprocessable',
    errors: [{ path: 'insurance.amount.amount' }],
  });
  expect(await lose(lease, 6)).toMatchObject({ status: 'total_loss', outstanding: OWED });
});

it('gives back the deposit as well where the insurer pays for all of it', async () => {
  const { lease } = await lost();
  const all = 3 * LINE + 20_000;
  expect(await lose(lease, 6, OWED + all)).toMatchObject({ status: 'total_loss', outstanding: 0, credit: all });
  await agrees(database, lease, 6);
});
