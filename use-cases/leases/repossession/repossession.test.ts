import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, holds, marketRuleRows } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agent, keptVehicle, morning } from '#test/kept-vehicle';
import { closeCasesOf } from '../../cases/close-case.ts';
import { eraseUser } from '../../identity/erase-user.ts';
import { updateVehicle } from '../../vehicles/update-vehicle.ts';
import { reversePayment } from '../../payments/reversal/reverse-payment.ts';
import { sellVehicle } from '../../payments/sale/sell-vehicle.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const takenBack = () => keptVehicle(database);
const totals = (balances: ReadonlyMap<string, number>) => [...balances.values()].reduce((sum, one) => sum + one, 0);

describe('a vehicle that was taken back', () => {
  it('leaves owed what settling it would cost, and is sold when its demand has run', async () => {
    const lease = await takenBack();
    // Nine lines in full, and the last without its markup.
    expect(await lease.owes('03-10')).toBe(98_334);
    expect(await lease.status()).toEqual(['held', 'maintenance']);
    await lease.costs('03-11', 5_000, '00000000-0000-4000-8000-000000000001');
    await lease.costs('03-11', 5_000, '00000000-0000-4000-8000-000000000001');
    expect(await lease.owes('03-11')).toBe(103_334);
    const needsNotice = { code: 'notice_required' };
    await expect(lease.sells('05-20', 200_000)).rejects.toMatchObject(needsNotice);
    await lease.demand();
    await expect(lease.sells('05-08', 200_000)).rejects.toMatchObject(needsNotice);
    await expect(lease.sells('05-09', 200_000, agent)).rejects.toMatchObject({ code: 'forbidden' });
    await lease.sells('05-09', 200_000);
    // 98,334 and what it has cost, 7,000, are paid by it; the rest is his.
    expect(await lease.owes('05-09')).toBe(0);
    expect(await lease.row()).toMatchObject({ status: 'repossessed', recovered: 105_334, credit: 94_666 });
    const balances = await lease.balances();
    expect([balances.get('sale'), balances.get('unapplied')]).toEqual([0, -94_666]);
    expect(balances.get('cash:office')).toBe(193_000);
    expect(totals(balances)).toBe(0);
    expect(await lease.status()).toEqual(['sold', 'sold']);
    const [paid] = await database.db
      .select()
      .from(attempts)
      .where(and(eq(attempts.leaseId, lease.id), eq(attempts.provider, 'sale')));
    expect(paid).toMatchObject({ leaseId: lease.id, kind: 'settlement', amount: 200_000, payerMasked: 'sale' });
    const takesBack = lease.as(admin, '05-10', (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId: paid?.id ?? '', reason: 'a slip' }),
    );
    await expect(takesBack).rejects.toMatchObject({ message: expect.stringContaining('what a vehicle brought') });
    await expect(lease.sells('05-10', 1_000)).rejects.toMatchObject({ code: 'invalid_state' });
    await expect(lease.redeems('05-10')).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it.each([
    [true, 70_334],
    [false, 0],
  ])('leaves what its sale does not bring to the law: owed still %s', async (isShortfallOwed, left) => {
    await database.db.update(marketRuleRows).set({ isShortfallOwed }).where(eq(marketRuleRows.market, 'UG'));
    const lease = await takenBack();
    await lease.demand();
    await lease.sells('05-09', 30_000);
    expect(await lease.owes('05-09')).toBe(left);
    expect(await lease.row()).toMatchObject({ recovered: 30_000, credit: 0 });
    const balances = await lease.balances();
    expect([balances.get('sale'), totals(balances)]).toEqual([0, 0]);
    await database.db.update(marketRuleRows).set({ isShortfallOwed: true });
  });

  it('is its customer’s who pays what is owed and what it has cost, and nobody else’s before', async () => {
    const lease = await takenBack();
    await lease.costs('03-11', 5_000);
    const { vehicleId } = await lease.row();
    // What the lease held stays held.
    await database.db.insert(holds).values({ id: randomUUID(), leaseId: lease.id, vehicleId });
    const puts = lease.as(admin, '03-12', (context) => updateVehicle(context, vehicleId, { status: 'available' }));
    await expect(puts).rejects.toMatchObject({ code: 'invalid_state' });
    await expect(lease.redeems('03-12')).rejects.toMatchObject({
      code: 'invalid_state',
      message: expect.stringContaining('103,334'),
    });
    await lease.paysCash('2026-03-13T07:00:00Z', 103_334, randomUUID());
    // What waits for him keeps him from being erased.
    const { customerId } = await lease.row();
    const erased = lease.as(admin, '03-13', (context) => eraseUser(context, customerId));
    await expect(erased).rejects.toMatchObject({
      errors: [expect.objectContaining({ message: expect.stringContaining('is kept for you') })],
    });
    await lease.redeems('03-13');
    await lease.as(admin, '03-13', (context) => eraseUser(context, customerId));
    expect(await lease.status()).toEqual(['redeemed', 'sold']);
    expect(await lease.row()).toMatchObject({ status: 'repossessed', recovered: 103_334, credit: 0 });
    await lease.demand();
    await expect(lease.sells('05-20', 1_000)).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it('is taken into stock by the house for what it is worth, and may be leased again', async () => {
    const lease = await takenBack();
    await lease.demand();
    await lease.sells('05-09', 110_000, admin, 'house');
    const balances = await lease.balances();
    expect(balances.get('stock:trade_in')).toBe(110_000);
    // 98,334 are owed, and 2,000 are the costs of the sale, which the office has paid.
    expect([balances.get('cash:office'), balances.get('unapplied'), totals(balances)]).toEqual([-2_000, -9_666, 0]);
    expect(await lease.status()).toEqual(['sold', 'maintenance']);
    const { vehicleId } = await lease.row();
    const inspected = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'vehicle_to_inspect'));
    await lease.as(agent, '05-10', (context) => closeCasesOf(context, inspected, 'as new'));
    await lease.as(agent, '05-10', (context) => updateVehicle(context, vehicleId, { status: 'available' }));
    expect(await lease.status()).toEqual(['sold', 'available']);
  });

  it('is sold by the first demand that is not paid, however often its customer is reminded, and by a later one else', async () => {
    const lease = await takenBack();
    await lease.demand();
    // A part is paid, and more is owed by now.
    await lease.paysCash('2026-03-12T07:00:00Z', 90_000, randomUUID());
    await lease.costs('04-01', 5_000);
    for (const day of ['04-01', '05-01']) await lease.demand(day, 13_334);
    await lease
      .as(admin, '05-09', async (context) => {
        const sale = { ...lease.sale, saleId: randomUUID(), buyer: 'buyer', proceeds: 1_000 } as const;
        await sellVehicle(context, sale);
        throw new Error('not today');
      })
      .catch((error: unknown) => expect(error).toMatchObject({ message: 'not today' }));
    // All that the first one asked for: what it has cost since, the second asks for.
    const rest = await lease.paysCash('2026-05-08T07:00:00Z', 8_334, randomUUID());
    await expect(lease.sells('05-30', 200_000)).rejects.toMatchObject({
      code: 'notice_required',
      message: expect.stringContaining('2026-05-31'),
    });
    // What did not stay is not paid.
    const back = { leaseId: lease.id, attemptId: rest, reason: 'was not there' };
    await lease.as(admin, '05-28', (context) => reversePayment(context, back));
    await lease.sells('05-30', 200_000);
  });

  it('is not sold once its customer has paid all that is owed, nor while it is not known whether he has', async () => {
    const lease = await takenBack();
    await lease.demand();
    const [id, otherId] = [randomUUID(), randomUUID()];
    const unknown = { leaseId: lease.id, kind: 'instalment', due: 'pay-x', provider: 'mtn', payerMasked: '+' } as const;
    const sent = { paymentMethodId: lease.methodId, currency: 'UGX', status: 'unknown', sent: true } as const;
    const at = morning('05-08');
    const payment = { ...unknown, ...sent, sentAt: at, requestedAt: at, createdAt: at };
    await database.db.insert(attempts).values({ ...payment, id, amount: 98_334 });
    await expect(lease.sells('05-09', 200_000)).rejects.toMatchObject({
      code: 'invalid_state',
      message: expect.stringContaining('not known yet'),
    });
    await database.db.update(attempts).set({ status: 'failed' }).where(eq(attempts.id, id));
    await lease.paysCash('2026-05-09T07:00:00Z', 98_334, otherId);
    await expect(lease.sells('05-09', 200_000)).rejects.toMatchObject({
      code: 'invalid_state',
      message: expect.stringContaining('redeemed'),
    });
    await lease.redeems('05-09');
  });

  it('leaves as surplus what its customer can have of it: what he had disputed is paid too', async () => {
    const lease = await takenBack();
    const [deposit] = await database.db.select().from(attempts).where(eq(attempts.leaseId, lease.id));
    if (deposit === undefined) throw new Error('no deposit');
    const { id: attemptId } = deposit;
    await lease.as(admin, '03-12', (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId, reason: 'chargeback' }),
    );
    await lease.demand();
    await lease.sells('05-09', 200_000);
    expect(await lease.row()).toMatchObject({ credit: 79_666, disputed: 0 });
    expect(await lease.kept()).toMatchObject({ surplus: 79_666, shortfall: 0 });
  });

  it('pays what is owed also when nobody could claim it any more', async () => {
    const lease = await takenBack();
    await lease.demand();
    await lease.as(admin, new Date('2029-06-09T07:00:00Z'), (context) =>
      sellVehicle(context, { ...lease.sale, buyer: 'buyer', proceeds: 200_000 }),
    );
    expect(await lease.kept()).toMatchObject({ surplus: 99_666, shortfall: 0 });
    expect(await lease.row()).toMatchObject({ credit: 99_666 });
  });
});
