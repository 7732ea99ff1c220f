import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, audit, cases, users } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { completeLease } from '../../leases/end-lease.ts';
import { loseCash } from '../cash/lose-cash.ts';
import { declareRemittance, decideRemittance } from '../cash/remittances.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { returnCredit } from './return-credit.ts';

/** Credit that was booked as paid out in cash, and never was: who takes it back, and what is there again. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig(unreachedMobileMoney);
const deps = { mobileMoney: createMobileMoney(config) };
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
const admin = (): Actor => ({ role: 'admin', id: randomUUID() });
type Lease = Awaited<ReturnType<typeof bookLease>>;

/** A completed lease of which 19,000 of cash were too much, and an admin who says that he paid them out of his float. */
async function paidOut(float = 60_000) {
  const [taker, giver] = [admin(), admin()];
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  const cash = await lease.paysCash(DAY_2, 119_000, taker.id);
  await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
  const other = await bookLease(database, config);
  await other.isCharged(DAY_1, 20_000);
  await other.handOver(DAY_1);
  await other.paysCash(DAY_1, float, giver.id);
  const refundId = randomUUID();
  const give = (actor: Actor, paymentId = refundId) =>
    lease.at(DAY_2, (context) =>
      returnCredit({ ...context, actor }, deps, {
        leaseId: lease.id,
        paymentId,
        amount: 19_000,
        receiptNumber: 'OUT-1',
      }),
    );
  await give(giver);
  return { lease, cash, taker, giver, refundId, give };
}

const takeBack = (lease: Lease, actor: Actor, attemptId: string, more: object = {}) =>
  lease.at(DAY_2, (context) =>
    reversePayment(
      { ...context, actor },
      { leaseId: lease.id, attemptId, reason: 'the customer never had it', ...more },
    ),
  );
const held = async (lease: Lease, { id }: Actor) => (await lease.balances()).get(`float:${id}`) ?? 0;
const isOpen = async (kind: string, about: string) =>
  (
    await database.db
      .select({ status: cases.status })
      .from(cases)
      .where(eq(cases.key, `${kind}:${about}`))
  ).map(({ status }) => status);

describe('credit that was never paid out in cash', () => {
  it('pays what is owed again of a lease that lives', async () => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    const charge = await lease.isCharged(DAY_2, 50_000);
    await lease.paysCash(DAY_2, 69_000, randomUUID());
    const [giver, refundId] = [admin(), randomUUID()];
    const other = await bookLease(database, config);
    await other.isCharged(DAY_1, 20_000);
    await other.handOver(DAY_1);
    await other.paysCash(DAY_1, 60_000, giver.id);
    const wish = { leaseId: lease.id, paymentId: refundId, amount: 19_000, receiptNumber: 'OUT-2' };
    await lease.at(DAY_2, (context) => returnCredit({ ...context, actor: giver }, deps, wish));
    await takeBack(lease, admin(), charge);
    expect(await lease.row()).toMatchObject({ credit: 0, recovered: 0 });
    await takeBack(lease, admin(), refundId);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
    expect((await lease.balances()).get('receivable')).toBe(31_000);
  });

  it('is the customer’s again by another admin’s word, and in the float of who had booked it', async () => {
    const { lease, giver, refundId, give } = await paidOut();
    expect(await lease.row()).toMatchObject({ credit: 0 });
    expect(await held(lease, giver)).toBe(-19_000);
    await takeBack(lease, admin(), refundId);
    await takeBack(lease, admin(), refundId);
    expect(await lease.row()).toMatchObject({ credit: 19_000, disputed: 0, status: 'completed' });
    expect(await held(lease, giver)).toBe(0);
    const [refund] = await database.db.select().from(attempts).where(eq(attempts.id, refundId));
    expect(refund).toMatchObject({ status: 'reversed' });
    const isIts = and(eq(audit.subject, refundId), eq(audit.type, 'payment.refund_taken_back'));
    const entries = await database.db.select({ detail: audit.detail }).from(audit).where(isIts);
    expect(entries).toMatchObject([{ detail: { agentId: giver.id, reason: 'the customer never had it' } }]);
    // Its receipt is free, and it is paid out really.
    await give(giver, randomUUID());
    expect(await lease.row()).toMatchObject({ credit: 0 });
    expect(await held(lease, giver)).toBe(-19_000);
  });

  it('is not taken back by whoever has booked it, nor in part, nor to elsewhere', async () => {
    const { lease, giver, refundId } = await paidOut();
    await expect(takeBack(lease, giver, refundId)).rejects.toMatchObject({ code: 'forbidden' });
    for (const more of [{ amount: 1_000, reversalId: randomUUID() }, { to: 'suspense' }, { to: 'provider' }])
      await expect(takeBack(lease, admin(), refundId, more)).rejects.toMatchObject({ code: 'unprocessable' });
    expect(await lease.row()).toMatchObject({ credit: 0 });
  });

  it('pays what is in dispute since its own payment was taken back', async () => {
    const { lease, cash, refundId } = await paidOut();
    await takeBack(lease, admin(), cash);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 119_000 });
    await takeBack(lease, admin(), refundId);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 100_000 });
    const balances = await lease.balances();
    expect([balances.get('unapplied') ?? 0, balances.get('disputed')]).toEqual([0, 100_000]);
  });
});

describe('a float', () => {
  const staffRow = ({ id }: Actor) => ({ id, role: 'admin' as const, name: 'Okello', email: `${id}@example.com` });
  const staff = async (): Promise<Actor> => {
    const actor = admin();
    await database.db.insert(users).values(staffRow(actor));
    return actor;
  };
  const declared = async () => {
    const [taker, other] = [await staff(), await staff()];
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    const cash = await lease.paysCash(DAY_1, 60_000, taker.id);
    const id = randomUUID();
    const amount = { amount: 60_000, currency: 'UGX' } as const;
    await lease.at(DAY_1, (context) =>
      declareRemittance({ ...context, actor: taker }, { id, agentId: taker.id, amount, reference: null }),
    );
    const confirm = () =>
      lease.at(DAY_2, (context) =>
        decideRemittance({ ...context, actor: other }, { agentId: taker.id, remittanceId: id, decision: 'confirmed' }),
      );
    return { lease, cash, taker, confirm };
  };

  it('is not handed over whose cash was taken back since that was declared', async () => {
    const { lease, cash, confirm } = await declared();
    await takeBack(lease, admin(), cash);
    await expect(confirm()).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it('has its case while it is below zero, and no longer', async () => {
    const { lease, cash, taker, confirm } = await declared();
    await confirm();
    await takeBack(lease, admin(), cash);
    expect(await isOpen('float_overdrawn', `${taker.id}:UGX`)).toEqual(['open']);
    await lease.paysCash(DAY_2, 40_000, taker.id);
    expect(await isOpen('float_overdrawn', `${taker.id}:UGX`)).toEqual(['open']);
    await lease.paysCash(DAY_2, 20_000, taker.id);
    expect(await isOpen('float_overdrawn', `${taker.id}:UGX`)).not.toContain('open');
  });

  it('of an agent who is disabled is a case that tells how much it is, until nothing is left', async () => {
    const { lease, giver, refundId } = await paidOut(19_000);
    await database.db.insert(users).values({ ...staffRow(giver), disabledAt: new Date() });
    const told = async () => {
      const isIts = eq(cases.key, `float_without_agent:${giver.id}:UGX`);
      const found = await database.db.select({ status: cases.status, detail: cases.detail }).from(cases).where(isIts);
      return found.map(({ status, detail }) => [status, detail['balance']]);
    };
    const lose = (amount: number) =>
      lease.at(DAY_2, (context) =>
        loseCash(
          { ...context, actor: admin() },
          { lossId: randomUUID(), agentId: giver.id, amount: { amount, currency: 'UGX' }, reason: 'short' },
        ),
      );
    await takeBack(lease, admin(), refundId);
    expect(await told()).toEqual([['open', { amount: 19_000, currency: 'UGX' }]]);
    await lose(4_000);
    expect(await told()).toEqual([['open', { amount: 15_000, currency: 'UGX' }]]);
    await lose(15_000);
    expect(await told()).toMatchObject([['closed', {}]]);
    // What he had taken before he was disabled, and is booked only now.
    const late = await bookLease(database, config);
    await late.isCharged(DAY_1, 20_000);
    await late.handOver(DAY_1);
    await late.paysCash(DAY_2, 7_000, giver.id);
    expect(await told()).toContainEqual(['open', { amount: 7_000, currency: 'UGX' }]);
  });
});
