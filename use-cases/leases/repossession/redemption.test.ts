import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payableLeases } from '#db/queries/kept-vehicles';
import { readLeaseStatement } from '#db/queries/statements';
import { createEncryption } from '#platform/encryption';
import { createTokenIssuer } from '#platform/tokens';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, keptVehicle } from '#test/kept-vehicle';
import { config } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { openCase } from '../../cases/open-case.ts';
import { sellVehicle } from '../../payments/sale/sell-vehicle.ts';
import { makeDemand } from './make-demand.ts';
import { redeemVehicle } from './redeem-vehicle.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const isPaid = { code: 'invalid_state', message: expect.stringContaining('redeemed') };
const isGone = { code: 'invalid_state', message: expect.stringContaining('receipt_taken') };
const opened = (leaseId: string, paymentId: string) =>
  ({ kind: 'receipt_taken', leaseId, paymentId, detail: {} }) as const;
const totals = (balances: ReadonlyMap<string, number>) => [...balances.values()].reduce((sum, one) => sum + one, 0);

describe('a vehicle that is kept', () => {
  it('costs nothing more once all is paid, so that nothing makes it saleable again', async () => {
    const lease = await keptVehicle(database);
    const costsId = randomUUID();
    await lease.costs('03-11', 5_000, costsId);
    await lease.paysCash('2026-05-09T07:00:00Z', 103_334, randomUUID());
    await expect(lease.costs('05-09', 1)).rejects.toMatchObject(isPaid);
    // Said again, it was charged before.
    await lease.costs('05-09', 5_000, costsId);
    await lease.demand();
    await expect(lease.sells('05-09', 200_000)).rejects.toMatchObject(isPaid);
    await lease.redeems('05-09');
  });

  it('is sold although its customer asks his phone again and again, in the end', async () => {
    const lease = await keptVehicle(database);
    await lease.demand();
    await lease.asksInVain('04-10', 98_334);
    await expect(lease.costs('04-11', 1_000)).rejects.toMatchObject({ code: 'invalid_state' });
    for (const day of ['04-20', '04-28', '05-02', '05-06']) await lease.asksInVain(day, 98_334);
    await expect(lease.sells('05-09', 200_000)).rejects.toMatchObject({
      message: expect.stringContaining('not known yet'),
    });
    await lease.asksInVain('05-08', 98_334);
    await lease.sells('05-14', 200_000);
  });

  it('is not given back while a case says that the money has gone from its provider', async () => {
    const lease = await keptVehicle(database);
    const paymentId = await lease.isCharged('2026-05-08T07:00:00Z', 98_334);
    await lease.as(admin, '05-09', (context) => openCase(context, opened(lease.id, paymentId)));
    await expect(lease.redeems('05-09')).rejects.toMatchObject(isGone);
  });

  it('is in dispute when what has redeemed it is taken back: it is his, and somebody is told', async () => {
    const lease = await keptVehicle(database);
    const paymentId = await lease.isCharged('2026-05-08T07:00:00Z', 98_334);
    await lease.redeems('05-09');
    await lease.takes('05-12', paymentId, 8_334);
    await lease.takes('05-12', paymentId);
    expect(await lease.row()).toMatchObject({ disputed: 98_334, recovered: 98_334, credit: 0 });
    expect([await lease.owes('05-12'), await lease.openCases()]).toEqual([0, ['chargeback', 'chargeback']]);
    expect(await lease.status()).toEqual(['redeemed', 'sold']);
    await lease.paysCash('2026-05-13T07:00:00Z', 98_334, randomUUID());
    expect([(await lease.row()).disputed, await lease.openCases()]).toEqual([0, []]);
    expect(totals(await lease.balances())).toBe(0);
  });

  it('is redeemed however long it is kept: money for it is taken and pays what is owed, until it is sold', async () => {
    const years = '2029-06-09';
    const redeemed = await keptVehicle(database);
    await redeemed.paysCash(`${years}T07:00:00Z`, 90_000, randomUUID());
    await redeemed.isCharged(`${years}T08:00:00Z`, 10_334);
    expect(await payableLeases(database.db, [await redeemed.row()])).toEqual(new Set([redeemed.id]));
    expect(await redeemed.row()).toMatchObject({ recovered: 98_334, credit: 2_000 });
    await redeemed.as(agent, new Date(`${years}T09:00:00Z`), (context) =>
      redeemVehicle(context, { leaseId: redeemed.id }),
    );
    expect(await redeemed.status()).toEqual(['redeemed', 'sold']);
    expect(totals(await redeemed.balances())).toBe(0);

    const sold = await keptVehicle(database);
    await sold.demand();
    await sold.as(admin, new Date(`${years}T07:00:00Z`), (context) =>
      sellVehicle(context, { ...sold.sale, buyer: 'buyer', proceeds: 30_000 }),
    );
    const late = sold.paysCash('2029-06-10T07:00:00Z', 1_000, randomUUID());
    await expect(late).rejects.toMatchObject({ code: 'invalid_state' });
    // It was there before the sale, and is known after it.
    await sold.isCharged('2029-06-08T07:00:00Z', 1_000);
    expect(await sold.row()).toMatchObject({ recovered: 31_000, credit: 0 });
  });

  it('is on its customer’s statement with what it has cost', async () => {
    const lease = await keptVehicle(database);
    await lease.costs('03-11', 5_000);
    const statement = await readLeaseStatement(database.db, lease.id);
    const last = statement?.entries.at(-1);
    expect(last).toMatchObject({ kind: 'keeping_costs', debit: 5_000, credit: 0 });
    expect(last?.split).toEqual([{ component: 'fee', amount: 5_000 }]);
    const { totals } = statement ?? expect.fail('it has none');
    expect(last?.balance).toBe(totals.outstanding + totals.feesDue);
  });

  it.each([0, 98_334])('is demanded for all that redeems it, what is in dispute too, with %s paid', async (paid) => {
    const lease = await keptVehicle(database);
    await lease.takes('03-12', lease.deposit);
    if (paid > 0) await lease.paysCash('2026-03-13T07:00:00Z', paid, randomUUID());
    const tokens = createTokenIssuer(config);
    const deps = { db: database.db, config, encryption: createEncryption(config.ENCRYPTION_KEYS), tokens };
    expect(await makeDemand(deps, agent, lease.id)).toMatchObject({ kind: 'redemption', amount: 118_334 - paid });
  });
});

it('a vehicle is not handed over while a case says that its deposit has gone', async () => {
  const lease = await bookLease(database, config);
  const paymentId = await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
  await lease.at('2026-01-05T08:00:00Z', (context) => openCase(context, opened(lease.id, paymentId)));
  await expect(lease.handOver('2026-01-06T07:00:00Z')).rejects.toMatchObject(isGone);
});
