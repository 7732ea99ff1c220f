import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, inbound, leases, methods } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { money } from '#domain/money';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import type { RefundDue } from '#domain/payments/wire';
import { eraseUser } from '../../identity/erase-user.ts';
import { completeLease, endApplication } from '../../leases/end-lease.ts';
import { writeOffLease } from '../../leases/write-off.ts';
import { returnVehicle } from '../../leases/return-vehicle.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { giveUpDispute } from '../reversal/give-up-dispute.ts';
import { isStillDue, openAttempt } from '../charging/open-attempt.ts';
import { postPayment } from '../post-payment.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { askForRefunds, refundsDue } from './refunds.ts';
import { returnCredit } from './return-credit.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { payerOf } from '../attempt-record.ts';

/** What goes back to a customer, which way, and how much of it. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig(unreachedMobileMoney);
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
const agentId = randomUUID();
const admin: Actor = { role: 'admin', id: randomUUID() };
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';

type Lease = Awaited<ReturnType<typeof bookLease>>;

/** Ten lines of 10,000, of which 90,000 are paid. */
async function nearlyPaid(): Promise<Lease> {
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  await lease.isCharged(DAY_1, 90_000);
  return lease;
}
const complete = (lease: Lease) => lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
const due = (lease: Lease) => lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
const open = (lease: Lease, order: RefundDue, attemptId = randomUUID()) =>
  lease.at(DAY_2, (context) => openAttempt(context, deps, { leaseId: lease.id, kind: 'refund', attemptId, ...order }));

async function comesBack(lease: Lease, attemptId: string, amount: number): Promise<void> {
  await lease.at(DAY_2, (context) =>
    recordOutcome(context, attemptId, { state: 'succeeded', receipt: attemptId, amount: money(amount, 'UGX') }),
  );
  await lease.at(DAY_2, (context) => postPayment(context, { leaseId: lease.id, attemptId }));
}

describe('what is due', () => {
  it('is nothing by mobile money of what came in cash', async () => {
    const lease = await nearlyPaid();
    await lease.paysCash(DAY_2, 100_000, agentId);
    await complete(lease);
    expect(await lease.row()).toMatchObject({ credit: 90_000 });
    expect(await due(lease)).toEqual([]);
  });

  it('is of each charge what it brought beyond what was owed', async () => {
    const lease = await nearlyPaid();
    const last = await lease.isCharged(DAY_2, 13_000);
    await lease.paysCash(DAY_2, 4_000, agentId);
    const after = await lease.isCharged(DAY_2, 500);
    await complete(lease);
    expect(await due(lease)).toEqual([
      { refundOf: after, amount: 500 },
      { refundOf: last, amount: 3_000 },
    ]);
  });

  it('is tried by itself five times of each charge, whatever was refused of another, and again when a person asks', async () => {
    const lease = await nearlyPaid();
    const [one, other] = [await lease.isCharged(DAY_2, 13_000), await lease.isCharged(DAY_2, 500)];
    await complete(lease);
    const refused = async (refundOf: string) => {
      const attemptId = randomUUID();
      await open(lease, { refundOf, amount: 500 }, attemptId);
      await lease.at(DAY_2, (context) =>
        recordOutcome(context, attemptId, { state: 'failed', reason: 'provider_error', detail: 'no' }),
      );
    };
    for (const id of [one, other, one, other, one, one]) await refused(id);
    const givenUp = async () => (await due(lease)).filter((order) => order.givenUp).map(({ refundOf }) => refundOf);
    expect(await givenUp()).toEqual([]);
    await refused(one);
    expect(await givenUp()).toEqual([one]);
    for (let times = 0; times < 3; times += 1) await refused(other);
    expect(await givenUp()).toHaveLength(2);
    expect((await due(lease))[0]?.refused).toEqual({ times: 5, reason: 'provider_error' });
    await lease.at(DAY_2, async (context) => askForRefunds(context, (await lockLease(context.tx, lease.id)).row));
    expect(await givenUp()).toEqual([]);
    for (let times = 0; times < 5; times += 1) await refused(other);
    expect(await givenUp()).toEqual([other]);
  });

  it('is no more at once than the provider moves, and then the rest', async () => {
    const lease = await nearlyPaid();
    await lease.isCharged(DAY_2, 4_000_000);
    const large = await lease.isCharged(DAY_2, 7_000_000);
    await complete(lease);
    const first = (await due(lease)).find(({ refundOf }) => refundOf === large);
    expect(first).toEqual({ refundOf: large, amount: 5_000_000 });
    const attempt = await open(lease, { refundOf: large, amount: 7_000_000 });
    expect(attempt).toMatchObject({ amount: 5_000_000 });
    await comesBack(lease, attempt?.id ?? '', 5_000_000);
    expect(await due(lease)).toContainEqual({ refundOf: large, amount: 2_000_000 });
  });

  it('is asked last of the number that has refused most, which holds up no other', async () => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    await lease.paysCash(DAY_1, 99_000, agentId);
    const live = await lease.isCharged(DAY_1, 5_000);
    const [dead] = await database.db.select().from(methods).where(eq(methods.id, lease.methodId));
    if (dead === undefined) throw new Error('no payment method');
    const other = { ...dead, id: randomUUID(), phoneHash: randomUUID() };
    await database.db.insert(methods).values(other);
    for (let i = 0; i < 2; i += 1) {
      const paid = await lease.isCharged(DAY_2, 3_000);
      await database.db.update(attempts).set({ paymentMethodId: other.id }).where(eq(attempts.id, paid));
    }
    await complete(lease);
    const [first] = await due(lease);
    if (first === undefined) throw new Error('nothing is due');
    expect(first.refundOf).not.toBe(live);
    const refusal = { state: 'failed', reason: 'provider_error', detail: 'x' } as const;
    const attemptId = randomUUID();
    await open(lease, first, attemptId);
    await lease.at(DAY_2, (context) => recordOutcome(context, attemptId, refusal));
    expect((await due(lease)).map(({ refundOf }) => refundOf)[0]).toBe(live);
  });

  it('is the deposit, where the lease ended before the handover', async () => {
    const lease = await bookLease(database, config);
    const deposit = await lease.isCharged(DAY_1, 12_000);
    await lease.paysCash(DAY_1, 8_000, agentId);
    const ending = { leaseId: lease.id, as: 'withdrawn', reason: 'changed my mind' } as const;
    await lease.at(DAY_2, (context) => endApplication(context, ending));
    expect(await lease.row()).toMatchObject({ credit: 20_000 });
    expect(await due(lease)).toEqual([{ refundOf: deposit, amount: 12_000 }]);
  });

  it('waits for the receipt of a charge that is given back by it, and is not opened without', async () => {
    const lease = await nearlyPaid();
    await lease.isCharged(DAY_2, 10_000);
    await complete(lease);
    const unnamed = await lease.isCharged(DAY_2, 1_000, { receipt: null, provider: 'airtel' });
    const named = await lease.isCharged(DAY_2, 700, { provider: 'airtel' });
    const waits = { refundOf: unnamed, amount: 1_000, waitsFor: 'receipt' } as const;
    expect(await due(lease)).toEqual([{ refundOf: named, amount: 700 }, waits]);
    expect(await open(lease, waits)).toBeNull();

    await database.db.update(attempts).set({ providerReference: randomUUID() }).where(eq(attempts.id, unnamed));
    expect(await open(lease, waits)).toMatchObject({ amount: 1_000, refundOf: unnamed });
  });

  it('is no part of a charge where the provider gives back the whole or nothing', async () => {
    const lease = await nearlyPaid();
    await lease.isCharged(DAY_2, 13_000, { provider: 'airtel' });
    await complete(lease);
    const after = await lease.isCharged(DAY_2, 600, { provider: 'airtel' });
    expect(await due(lease)).toEqual([{ refundOf: after, amount: 600 }]);
  });
});

describe('what a customer paid by himself', () => {
  /** Pays 13,000 of 10,000 owed, by a provider of the market. */
  async function overpaid(provider: 'mtn' | 'airtel', payer: string | null) {
    const lease = await nearlyPaid();
    const paymentId = randomUUID();
    const receipt = paymentId.slice(0, 8).toUpperCase();
    const paid = { provider, receipt, amount: 13_000, payerMasked: '+2567*****001' };
    await lease.at(DAY_2, async (context) => {
      const typed = { market: 'UG', currency: 'UGX', account: lease.reference, paidAt: context.at } as const;
      const payerEncrypted = payer === null ? null : deps.encryption.encrypt(payer);
      await context.tx
        .insert(inbound)
        .values({ id: paymentId, ...paid, ...typed, payerEncrypted, status: 'announced' });
      const received = { ...paid, kind: 'inbound', paymentId, fromSuspense: false } as const;
      await receiveMoney(context, config, { leaseId: lease.id, money: received });
    });
    await complete(lease);
    return { lease, paymentId };
  }

  it('goes back to the number that it came from, what it brought beyond what was owed', async () => {
    const { lease, paymentId } = await overpaid('mtn', '+256772000001');
    expect(await due(lease)).toEqual([{ refundOf: paymentId, amount: 3_000 }]);
    const attemptId = randomUUID();
    const row = await open(lease, { refundOf: paymentId, amount: 13_000 }, attemptId);
    if (row === null || row === undefined) throw new Error('nothing is due');
    expect(row).toMatchObject({ amount: 3_000, provider: 'mtn', paymentMethodId: null, payerMasked: '+2567*****001' });
    expect(await payerOf(database.db, deps.encryption, row)).toMatchObject({ phone: '+256772000001', market: 'UG' });
    expect(await open(lease, { refundOf: paymentId, amount: 3_000 })).toBeNull();
    await comesBack(lease, attemptId, 3_000);
    expect(await lease.row()).toMatchObject({ credit: 0 });
    expect(await due(lease)).toEqual([]);
  });

  it.each([
    ['the number is hidden', 'mtn', null],
    ['the provider pays out to nobody', 'airtel', '+256752000001'],
  ] as const)('has no way back where %s', async (_, provider, payer) => {
    const { lease, paymentId } = await overpaid(provider, payer);
    expect(await due(lease)).toEqual([]);
    expect(await open(lease, { refundOf: paymentId, amount: 3_000 })).toBeNull();
  });
});

describe('an order', () => {
  it('for money that is on its way back finds nothing due, whatever its id', async () => {
    const lease = await nearlyPaid();
    const charge = await lease.isCharged(DAY_2, 13_000);
    await complete(lease);
    const [order] = await due(lease);
    expect(order).toEqual({ refundOf: charge, amount: 3_000 });
    const attemptId = randomUUID();
    const [first, same, other] = [
      await open(lease, { refundOf: charge, amount: 3_000 }, attemptId),
      await open(lease, { refundOf: charge, amount: 3_000 }, attemptId),
      await open(lease, { refundOf: charge, amount: 3_000 }),
    ];
    expect([first?.id, same?.id, other]).toEqual([attemptId, attemptId, null]);
    // What was begun goes on, under its own id.
    expect(await due(lease)).toEqual([{ refundOf: charge, amount: 3_000, attemptId }]);
    await comesBack(lease, attemptId, 3_000);
    expect(await due(lease)).toEqual([]);
    expect(await lease.row()).toMatchObject({ credit: 0 });
  });

  it('gives back no more than is left of the charge', async () => {
    const lease = await nearlyPaid();
    const charge = await lease.isCharged(DAY_2, 13_000);
    await complete(lease);
    expect(await open(lease, { refundOf: charge, amount: 13_000 })).toMatchObject({ amount: 3_000 });
  });
});

it('a refund that gets through after a second one was sent is in dispute, with a case', async () => {
  const lease = await nearlyPaid();
  const charge = await lease.isCharged(DAY_2, 13_000);
  await complete(lease);
  const [first, second] = [randomUUID(), randomUUID()];
  await open(lease, { refundOf: charge, amount: 3_000 }, first);
  await lease.at(DAY_2, (context) =>
    recordOutcome(context, first, { state: 'failed', reason: 'provider_error', detail: 'timed out' }),
  );
  await open(lease, { refundOf: charge, amount: 3_000 }, second);
  await comesBack(lease, second, 3_000);
  await comesBack(lease, first, 3_000);

  expect(await lease.row()).toMatchObject({ credit: 0, disputed: 3_000 });
  expect((await lease.balances()).get('disputed')).toBe(3_000);
  const isOurs = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'refund_beyond_credit'));
  expect(await database.db.select({ paymentId: cases.paymentId }).from(cases).where(isOurs)).toEqual([
    { paymentId: first },
  ]);
});

describe('a customer who wants to be erased', () => {
  const wish = (lease: Lease) => lease.at(DAY_2, (context) => eraseUser(context, lease.customerId));
  const refused = (lease: Lease, ...why: string[]) =>
    expect(wish(lease)).rejects.toMatchObject({
      code: 'invalid_state',
      errors: why.map((what) => ({
        path: `leases.${lease.reference}`,
        message: `${what}: see GET /v1/leases/${lease.id}`,
      })),
    });

  it('is kept until his deposit is given back; then what is left of him names no phone', async () => {
    const lease = await bookLease(database, config);
    const charge = await lease.isCharged(DAY_1, 20_000);
    await lease.at(DAY_2, (context) => endApplication(context, { leaseId: lease.id, as: 'withdrawn', reason: 'x' }));
    await refused(lease, '20,000 UGX are to be given back to you');
    const [order = null] = await due(lease);
    const row = order && (await open(lease, order));
    if (row === null) throw new Error('nothing is due');
    await refused(lease, '20,000 UGX are to be given back to you', 'a payment or a refund is under way');
    await comesBack(lease, row.id, 20_000);
    await wish(lease);
    expect(await payerOf(database.db, deps.encryption, row)).toMatchObject({ phone: null });
    // A charge-back of later is the house's claim all the same.
    await lease.at(DAY_2, (context) => reversePayment(context, { leaseId: lease.id, attemptId: charge, reason: 'x' }));
    expect(await lease.row()).toMatchObject({ disputed: 20_000 });
  });

  it('takes his number from the books of others, and leaves there what is theirs', async () => {
    const [his, other] = [await bookLease(database, config), await bookLease(database, config)];
    await his.at(DAY_2, (context) => endApplication(context, { leaseId: his.id, as: 'withdrawn', reason: 'x' }));
    const methodOf = { userId: his.customerId, provider: 'mtn', phoneEncrypted: 'x', masked: '+256*' } as const;
    // He has collected by the phone of the other, who logs in by it.
    const numbers = { his: `his-${his.id}`, others: other.customerId };
    for (const phoneHash of Object.values(numbers))
      await database.db.insert(methods).values({ ...methodOf, id: randomUUID(), phoneHash });
    const isPaid = async (lease: Lease, payerHash: string) => {
      const id = randomUUID();
      const payer = { payerEncrypted: 'a number', payerHash, payerMasked: '+2567*****001', bodyEncrypted: 'a name' };
      const facts = {
        provider: 'mtn',
        market: 'UG',
        currency: 'UGX',
        account: lease.reference,
        amount: 1_000,
      } as const;
      const paidAt = new Date(DAY_1);
      const paid = { ...facts, ...payer, id, receipt: id, paidAt, status: 'posted', leaseId: lease.id } as const;
      await database.db.insert(inbound).values(paid);
      return async () => {
        const [row] = await database.db.select().from(inbound).where(eq(inbound.id, id));
        return [row?.payerEncrypted, row?.payerHash, row?.bodyEncrypted, row?.payerMasked];
      };
    };
    const [byHim, byOther, forHim] = [
      await isPaid(other, numbers.his),
      await isPaid(other, numbers.others),
      await isPaid(his, numbers.others),
    ];
    await wish(his);
    expect(await byHim()).toEqual([null, null, null, '+2567*****001']);
    expect(await byOther()).toEqual(['a number', numbers.others, 'a name', '+2567*****001']);
    expect(await forHim()).toEqual([null, null, null, 'erased']);
  });

  it('is kept while he owes what was written off or taken back, and for as long as it may be claimed', async () => {
    const lease = await nearlyPaid();
    const written = await lease.paysCash(DAY_1, 5_000, agentId);
    await lease.at(DAY_2, (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
    const endedAt = (days: number) =>
      database.db
        .update(leases)
        .set({ endedAt: new Date(Date.now() - days * 24 * 3_600_000) })
        .where(eq(leases.id, lease.id));
    await endedAt(30);
    await refused(lease, '5,000 UGX were written off and are not paid');
    await lease.at(DAY_2, (context) => reversePayment(context, { leaseId: lease.id, attemptId: written, reason: 'x' }));
    await endedAt(3 * 365 + 1);
    await refused(lease, '5,000 UGX are in dispute');
    await lease.pays(DAY_2, 10_000);
    await wish(lease);
  });
});

describe('whoever owes what was taken back is given nothing back', () => {
  /** Cash of 40,000 beyond the deposit that was never there, and that another agent has paid out. */
  async function paidOut() {
    const lease = await bookLease(database, config);
    const giver: Actor = { role: 'agent', id: randomUUID() };
    const other = await bookLease(database, config);
    await other.paysCash(DAY_1, 60_000, giver.id);
    await lease.isCharged(DAY_1, 20_000);
    const cash = await lease.paysCash(DAY_1, 40_000, agentId);
    const given = { paymentId: randomUUID(), leaseId: lease.id, amount: 40_000, receiptNumber: `G-${cash}` };
    await lease.at(DAY_1, (context) => returnCredit({ ...context, actor: giver }, deps, given));
    const reversal = { leaseId: lease.id, attemptId: cash, reason: 'it was never there' };
    const reverse = () => lease.at(DAY_2, (context) => reversePayment({ ...context, actor: admin }, reversal));
    return { lease, reverse };
  }

  it.each(['withdrawn first', 'taken back first'])('of the deposit, %s', async (first) => {
    const { lease, reverse } = await paidOut();
    const ending = { leaseId: lease.id, as: 'withdrawn', reason: 'no need' } as const;
    const withdraw = () => lease.at(DAY_2, (context) => endApplication(context, ending));
    for (const step of first === 'withdrawn first' ? [withdraw, reverse] : [reverse, withdraw]) await step();
    expect(await due(lease)).toEqual([]);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 20_000 });
    const { disputed, unapplied } = Object.fromEntries(await lease.balances());
    expect([disputed, unapplied]).toEqual([20_000, 0]);
    expect(await due(lease)).toEqual([]);
  });

  it('of what was paid ahead, when the vehicle is returned', async () => {
    const { lease, reverse } = await paidOut();
    await lease.handOver(DAY_1);
    await lease.isCharged(DAY_1, 50_000);
    await reverse();
    const back = { leaseId: lease.id, reason: 'no need' };
    await lease.at(DAY_2, (context) => returnVehicle({ ...context, actor: admin }, back));
    const refunds = await due(lease);
    expect(refunds.map(({ amount }) => amount)).toEqual([10_000]);
    expect(await lease.row()).toMatchObject({ credit: 10_000, disputed: 0 });
  });

  it('and a refund that was ordered before, and is not sent, is not sent any more', async () => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    const cash = await lease.paysCash(DAY_1, 90_000, agentId);
    await lease.isCharged(DAY_1, 14_000);
    await complete(lease);
    const [order] = await due(lease);
    if (order === undefined) throw new Error('nothing is due');
    const refund = await open(lease, order);
    if (refund === null) throw new Error('nothing was ordered');
    const stillDue = () =>
      lease.at(DAY_2, async (context) => isStillDue(context, deps, await lockLease(context.tx, lease.id), refund));
    expect(await stillDue()).toBe(true);
    const reversal = { leaseId: lease.id, attemptId: cash, reason: 'it was never there' };
    await lease.at(DAY_2, (context) => reversePayment({ ...context, actor: admin }, reversal));
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 86_000 });
    expect(await stillDue()).toBe(false);
    const [ended] = await database.db.select().from(attempts).where(eq(attempts.id, refund.id));
    expect(ended).toMatchObject({ status: 'failed', reason: 'not_due' });
    expect(await due(lease)).toEqual([]);
  });

  it('and who paid a dispute for nothing, since its refund failed, has what he paid as credit', async () => {
    const lease = await nearlyPaid();
    const charge = await lease.isCharged(DAY_1, 30_000);
    await complete(lease);
    const [order] = await due(lease);
    if (order === undefined) throw new Error('nothing is due');
    const refundId = randomUUID();
    await open(lease, order, refundId);
    await database.db.update(attempts).set({ sent: true, sentAt: new Date() }).where(eq(attempts.id, refundId));
    const reversal = { leaseId: lease.id, attemptId: charge, reason: 'chargeback' };
    await lease.at(DAY_2, (context) => reversePayment({ ...context, actor: admin }, reversal));
    const cash = await lease.paysCash(DAY_2, 30_000, agentId);
    const failed = { state: 'failed', reason: 'provider_error', detail: 'x' } as const;
    await lease.at(DAY_2, (context) => recordOutcome(context, refundId, failed));
    expect(await lease.row()).toMatchObject({ credit: 20_000, disputed: 0 });
    expect(await due(lease)).toEqual([]);
    const giver: Actor = { role: 'agent', id: randomUUID() };
    await (await bookLease(database, config)).paysCash(DAY_1, 60_000, giver.id);
    const given = { paymentId: randomUUID(), leaseId: lease.id, amount: 20_000, receiptNumber: `G-${cash}` };
    await lease.at(DAY_2, (context) => returnCredit({ ...context, actor: giver }, deps, given));
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
    const { disputed, unapplied } = Object.fromEntries(await lease.balances());
    expect([disputed, unapplied]).toEqual([0, 0]);
  });

  it('and what is in dispute is not given up while a refund of it is on its way', async () => {
    const lease = await nearlyPaid();
    const last = await lease.isCharged(DAY_2, 30_000);
    await complete(lease);
    const [order] = await due(lease);
    const refundId = randomUUID();
    if (order === undefined) throw new Error('nothing is due');
    await open(lease, order, refundId);
    await database.db.update(attempts).set({ sent: true, sentAt: new Date() }).where(eq(attempts.id, refundId));
    const reversal = { leaseId: lease.id, attemptId: last, reason: 'chargeback' };
    await lease.at(DAY_2, (context) => reversePayment({ ...context, actor: admin }, reversal));
    const wish = { leaseId: lease.id, decisionId: randomUUID(), reason: 'he has left the country' };
    const giveUp = () => lease.at(DAY_2, (context) => giveUpDispute({ ...context, actor: admin }, wish));
    await expect(giveUp()).rejects.toMatchObject({ code: 'invalid_state' });
    const failed = { state: 'failed', reason: 'provider_error', detail: 'x' } as const;
    await lease.at(DAY_2, (context) => recordOutcome(context, refundId, failed));
    expect(await due(lease)).toEqual([]);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 10_000 });
    await giveUp();
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
  });
});
