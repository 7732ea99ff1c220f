import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaseWithLines } from '#db/queries/leases';
import { attempts, demands, marketRuleRows, repossessions } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { agent as cashier, config, deps } from '#test/late-money';
import { bookLease, confirmedPayments, weeklyPlan } from '#test/lease-books';
import { transact } from '../context.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { requestPayment } from '../payments/charging/request-payment.ts';
import { changeStatus } from './change-status.ts';
import { positionAt } from './lease-record.ts';
import { repossessVehicle } from './repossess-vehicle.ts';

/** Ten weekly lines of 10,000 from 12 January on after a deposit of 20,000: two thirds are 80,000. A vehicle is stopped after seven days. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const agent: Actor = { role: 'agent', id: randomUUID() };
const customer: Actor = { role: 'customer', id: randomUUID() };
const morning = (day: string) => `2026-${day}T07:00:00Z`;

async function lateAfter(paid: number, since: string) {
  const lease = await bookLease(database, config, { plan: { ...weeklyPlan, lateFee: null } });
  await lease.isCharged(morning('01-05'), 20_000);
  await lease.handOver(morning('01-05'));
  if (paid > 0) await lease.isCharged(morning('01-06'), paid);
  await lease.at(morning(since), (context) => changeStatus(context, { leaseId: lease.id, to: 'in_arrears' }));
  return {
    ...lease,
    owes: async (day: string) => {
      const found = await leaseWithLines(database.db, lease.id);
      if (found === undefined) throw new Error('the lease is gone');
      const { outstanding, feesDue } = positionAt(found, new Date(morning(day)));
      return outstanding + feesDue;
    },
    repossess: (day: string, grounds: { noticeOn?: string; courtOrder?: string } = {}, actor = agent) =>
      transact(database.db, actor, new Date(morning(day)), (context) =>
        repossessVehicle(context, { leaseId: lease.id, reason: 'does not pay', ...grounds }),
      ),
  };
}

describe('a vehicle that is taken back', () => {
  it('needs more days past due than the plan allows, and a notice of these arrears that has run', async () => {
    const lease = await lateAfter(0, '01-15');
    await expect(lease.repossess('01-19', { noticeOn: '2026-01-05' })).rejects.toMatchObject({
      code: 'repossession_refused',
    });
    const needsNotice = { code: 'notice_required' };
    await expect(lease.repossess('02-02')).rejects.toMatchObject(needsNotice);
    await expect(lease.repossess('02-02', { noticeOn: '2026-01-12' })).rejects.toMatchObject(needsNotice);
    await expect(lease.repossess('02-02', { noticeOn: '2026-02-03' })).rejects.toMatchObject(needsNotice);
    await expect(lease.repossess('02-01', { noticeOn: '2026-01-19' })).rejects.toMatchObject({
      ...needsNotice,
      message: expect.stringContaining('2026-02-02'),
    });
    await expect(lease.repossess('02-02', { noticeOn: '2026-01-19' }, customer)).rejects.toMatchObject({
      code: 'forbidden',
    });
    const standing = await lease.repossess('02-02', { noticeOn: '2026-01-19' });
    // What is not due yet is owed without its markup.
    expect(standing).toMatchObject({ status: 'repossessed', outstanding: 90_000 });
    expect((await lease.balances()).get('write_off')).toBe(90_000);
    expect((await lease.balances()).get('receivable')).toBe(0);
  });

  it('needs the days of notice that the law of its market asks for on that day, and no court where it asks for none', async () => {
    const lease = await lateAfter(60_000, '02-27');
    const mild = { repossessionNoticeDays: 21, courtAfterTwoThirds: false };
    await database.db.update(marketRuleRows).set(mild).where(eq(marketRuleRows.market, 'UG'));
    try {
      const noticeOn = '2026-03-10';
      await expect(lease.repossess('03-30', { noticeOn })).rejects.toMatchObject({
        code: 'notice_required',
        message: expect.stringContaining('2026-03-31'),
      });
      expect(await lease.repossess('03-31', { noticeOn })).toMatchObject({ status: 'repossessed' });
    } finally {
      const strict = { repossessionNoticeDays: 14, courtAfterTwoThirds: true };
      await database.db.update(marketRuleRows).set(strict).where(eq(marketRuleRows.market, 'UG'));
    }
  });

  it('waits for the day that its own demand has said, whatever the law says since', async () => {
    const lease = await lateAfter(0, '02-01');
    const of = { leaseId: lease.id, customerId: lease.customerId, kind: 'arrears', currency: 'UGX' } as const;
    const days = {
      demandedOn: localDate('2026-03-02'),
      until: localDate('2026-03-23'),
      createdAt: new Date(morning('03-02')),
    };
    const file = { code: 'ABCDEFGHJKMN', sha256: 'a', signature: 'x', pdfEncrypted: Buffer.from('x'), keyId: 'k' };
    const demand = { id: randomUUID(), amount: 30_000, costs: 0, language: 'en', ...of, ...days, ...file } as const;
    await database.db.insert(demands).values(demand);
    await expect(lease.repossess('03-22')).rejects.toMatchObject({
      code: 'notice_required',
      message: expect.stringContaining('2026-03-23'),
    });
    expect(await lease.repossess('03-23')).toMatchObject({ status: 'repossessed' });
  });

  it('needs a court’s order from two thirds of the price on', async () => {
    const noticeOn = '2026-03-10';
    // Six lines are paid, 80,000 with the deposit; the seventh was due on 23 February.
    const lease = await lateAfter(60_000, '02-27');
    await expect(lease.repossess('03-24', { noticeOn })).rejects.toMatchObject({ code: 'court_order_required' });
    const standing = await lease.repossess('03-24', { noticeOn, courtOrder: 'HCCC 12/2026' });
    expect(standing).toMatchObject({ status: 'repossessed', outstanding: 40_000 });

    const lessByOne = await lateAfter(59_999, '02-27');
    expect(await lessByOne.repossess('03-24', { noticeOn })).toMatchObject({ status: 'repossessed' });
  });

  it('is sold for cash: what that brings is recovery, and the surplus is the customer’s', async () => {
    const lease = await lateAfter(50_000, '02-20');
    await lease.repossess('03-10', { noticeOn: '2026-02-20' });
    const owed = await lease.owes('03-10');
    await lease.paysCash(morning('05-01'), owed + 15_000, cashier.id);
    expect(await lease.row()).toMatchObject({ status: 'repossessed', recovered: owed, credit: 15_000 });
    const balances = await lease.balances();
    expect([balances.get('recovery'), balances.get('unapplied')]).toEqual([-owed, -15_000]);
    expect([...balances.values()].reduce((sum, one) => sum + one, 0)).toBe(0);
  });

  it('waits while money may be there', async () => {
    const lease = await lateAfter(0, '01-15');
    const attemptId = randomUUID();
    const order = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId };
    await confirmedPayments(database.db, [order], 5_000, new Date(morning('02-01')));
    const repossess = () => lease.repossess('02-02', { noticeOn: '2026-01-19' });
    await expect(repossess()).rejects.toMatchObject({ code: 'invalid_state' });
    await lease.confirms(morning('02-02'), attemptId);
    expect(await repossess()).toMatchObject({ status: 'repossessed', outstanding: 85_000 });
  });

  it('does not wait for what its customer asks his phone for, unless that would stop it', async () => {
    const lease = await lateAfter(0, '01-15');
    const pays = async (amount: number) => {
      const attemptId = randomUUID();
      const order = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId, kind: 'pay', amount } as const;
      await lease.at(morning('02-02'), (context) => openAttempt(context, deps, order));
      return attemptId;
    };
    const repossess = () => lease.repossess('02-02', { noticeOn: '2026-01-19' });
    // Three lines and the one of today: with them the oldest would be due tomorrow.
    const enough = await pays(40_000);
    await expect(repossess()).rejects.toMatchObject({ code: 'invalid_state' });
    const failed = { status: 'failed', reason: 'expired' } as const;
    await database.db.update(attempts).set(failed).where(eq(attempts.id, enough));

    const little = await pays(1_000);
    expect(await repossess()).toMatchObject({ status: 'repossessed', outstanding: 90_000 });
    const paid = { status: 'succeeded', providerReference: little } as const;
    await database.db.update(attempts).set(paid).where(eq(attempts.id, little));
    await lease.confirms(morning('02-02'), little);
    expect(await lease.row()).toMatchObject({ status: 'repossessed', recovered: 1_000 });
  });

  it('is owed nothing for any more three years later: what is paid then is refused, or given back', async () => {
    const lease = await lateAfter(50_000, '02-20');
    await lease.repossess('03-10', { noticeOn: '2026-02-20' });
    // As of before there was a record of vehicles that are kept, whose customer may redeem them however long.
    await database.db.delete(repossessions).where(eq(repossessions.leaseId, lease.id));
    await lease.paysCash('2029-03-08T07:00:00Z', 10_000, cashier.id);
    const barred = '2029-03-10T07:00:00Z';
    await expect(lease.paysCash(barred, 10_000, cashier.id)).rejects.toMatchObject({ code: 'invalid_state' });
    const pay = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId: randomUUID(), amount: 1_000 };
    await expect(
      lease.at(barred, (context) => requestPayment(context, deps, { ...pay, kind: 'pay' })),
    ).rejects.toMatchObject({ code: 'invalid_state' });
    const late = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId: randomUUID() };
    await confirmedPayments(database.db, [late], 5_000, new Date(barred));
    await lease.confirms(barred, late.attemptId);
    expect(await lease.row()).toMatchObject({ recovered: 10_000, credit: 5_000 });
  });
});
