import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doubtsOf } from '#db/queries/doubts';
import { attempts, cases, inbound, users } from '#db/schema/index';
import type { ReceivedMoney } from '#domain/leases/orders';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { decideCash } from '#test/late-money';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { changeStatus } from '../../leases/change-status.ts';
import { chargeLateFees } from '../../leases/charge-late-fees.ts';
import { completeLease, endApplication } from '../../leases/end-lease.ts';
import { handOver } from '../../leases/hand-over.ts';
import { writeOffLease } from '../../leases/write-off.ts';
import { bookAgain } from './book-again.ts';
import { decideUnknown } from '../deciding/decide-unknown.ts';
import { giveUpDispute } from './give-up-dispute.ts';
import { lockLease, positionAt } from '../../leases/lease-record.ts';
import { takeFromSuspense } from '../suspense/take-from-suspense.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { declareRemittance, decideRemittance } from '../cash/remittances.ts';
import { reversePayment } from './reverse-payment.ts';

/** Money that a provider took back, at every time of a lease's life. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({});
const agentId = randomUUID();
const admin = { role: 'admin', id: randomUUID() } as const;
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
const DAY_3 = '2026-01-07T07:00:00Z';
/** Of a lease with a deposit of 20,000 and ten lines of 10,000. */
const ALL = 120_000;

type Lease = Awaited<ReturnType<typeof bookLease>>;

const born = () => bookLease(database, config);
const reverse = (lease: Lease, attemptId: string, on = DAY_3) =>
  lease.at(on, (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'charge-back' }));
const position = (lease: Lease) => lease.at(DAY_3, async ({ tx, at }) => positionAt(await lockLease(tx, lease.id), at));
const casesOf = (lease: Lease) =>
  database.db.select({ kind: cases.kind }).from(cases).where(eq(cases.leaseId, lease.id));
async function running(): Promise<{ lease: Lease; depositId: string }> {
  const lease = await born();
  const depositId = await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  return { lease, depositId };
}

describe('before the handover credit pays a deposit that is owed again', () => {
  it.each(['awaiting_deposit', 'awaiting_handover'] as const)('of a lease that is %s', async (status) => {
    const lease = await born();
    const deposit = await lease.isCharged(DAY_1, 20_000);
    await lease.paysCash(DAY_1, 30_000, agentId);
    if (status === 'awaiting_handover')
      await lease.at(DAY_1, (context) => changeStatus(context, { leaseId: lease.id, to: status }));
    await reverse(lease, deposit);
    expect(await lease.row()).toMatchObject({ status, depositPaid: 20_000, credit: 10_000 });
    expect(Object.fromEntries(await lease.balances())).toMatchObject({ deposit: -20_000, unapplied: -10_000 });
    const lapsing = { leaseId: lease.id, as: 'lapsed', reason: 'no deposit', stage: 'awaiting_deposit' } as const;
    await lease.at(DAY_3, (context) => endApplication(context, { ...lapsing, since: DAY_1 }));
    expect(await lease.row()).toMatchObject({ status });
    if (status === 'awaiting_deposit')
      await lease.at(DAY_3, (context) => changeStatus(context, { leaseId: lease.id, to: 'awaiting_handover' }));
    await lease.at(DAY_3, (context) => handOver(context, { leaseId: lease.id, odometerKm: 1 }));
    expect(await position(lease)).toMatchObject({ depositDue: 0, outstanding: 90_000, credit: 0 });
  });

  it('as far as it goes: the rest is asked for', async () => {
    const lease = await born();
    const deposit = await lease.isCharged(DAY_1, 20_000);
    await lease.paysCash(DAY_1, 5_000, agentId);
    await lease.at(DAY_1, (context) => changeStatus(context, { leaseId: lease.id, to: 'awaiting_handover' }));
    await reverse(lease, deposit);
    expect(await lease.row()).toMatchObject({ status: 'awaiting_deposit', depositPaid: 5_000, credit: 0 });
  });
});

describe('while the lease runs', () => {
  it('a deposit is owed again, is what the ledger says is owed, and can be paid again', async () => {
    const { lease, depositId } = await running();
    await lease.isCharged(DAY_2, 99_400);
    await reverse(lease, depositId);
    expect(await position(lease)).toMatchObject({ outstanding: 20_600, depositDue: 20_000 });
    const owed = await lease.balances();
    expect([owed.get('receivable'), owed.get('unearned:deposit')]).toEqual([20_600, -20_000]);

    await lease.isCharged(DAY_3, 20_000);
    const paid = await lease.balances();
    expect([paid.get('receivable'), paid.get('unearned:deposit')]).toEqual([600, 0]);
    expect(paid.get('income:vehicle')).toBe((owed.get('income:vehicle') ?? 0) - 20_000);
    expect(await casesOf(lease)).toEqual([]);
  });

  it('a deposit that is owed again is given up with the rest', async () => {
    const { lease, depositId } = await running();
    await reverse(lease, depositId);
    await lease.at(DAY_3, (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
    const balances = await lease.balances();
    expect([balances.get('receivable'), balances.get('write_off')]).toEqual([0, ALL]);
    expect(balances.get('write_off:unearned')).toBe(-ALL);
  });

  it('what credit from before the handover paid is owed again', async () => {
    const lease = await born();
    const paymentId = await lease.isCharged(DAY_1, 32_000);
    await lease.handOver(DAY_1);
    expect(await position(lease)).toMatchObject({ outstanding: 88_000, credit: 0 });
    await reverse(lease, paymentId);
    expect(await position(lease)).toMatchObject({ outstanding: ALL, credit: 0 });
    expect((await lease.balances()).get('receivable')).toBe(ALL);
    expect(await casesOf(lease)).toEqual([{ kind: 'owed_again' }]);
  });
});

describe('after a write-off', () => {
  it('what was recovered is recovered no more, and in no dispute; what was paid before is, until it is given up', async () => {
    const { lease } = await running();
    const before = await lease.isCharged(DAY_2, 10_000);
    await lease.at(DAY_2, (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
    const lost = await lease.balances();
    const recovered = await lease.isCharged(DAY_3, 5_000);
    expect(await lease.row()).toMatchObject({ recovered: 5_000 });
    await reverse(lease, recovered);
    expect(await lease.row()).toMatchObject({ recovered: 0, disputed: 0 });
    expect(await lease.balances()).toEqual(new Map([...lost, ['recovery', 0]]));
    expect(await casesOf(lease)).toEqual([]);

    await reverse(lease, before);
    expect(await lease.row()).toMatchObject({ recovered: 0, disputed: 10_000 });
    const wish = { leaseId: lease.id, decisionId: randomUUID(), reason: 'he has left the country' };
    const givesUp = () => lease.at(DAY_3, (context) => giveUpDispute({ ...context, actor: admin }, wish));
    const underWay = { leaseId: lease.id, paymentMethodId: lease.methodId, attemptId: randomUUID() };
    await confirmedPayments(database.db, [underWay], 1_000, new Date(DAY_3));
    await expect(givesUp()).rejects.toMatchObject({ code: 'invalid_state' });
    const failed = { status: 'failed', reason: 'not_confirmed' } as const;
    await database.db.update(attempts).set(failed).where(eq(attempts.id, underWay.attemptId));
    for (const _ of [1, 2]) await givesUp();
    expect(await lease.row()).toMatchObject({ disputed: 0 });
    const after = await lease.balances();
    expect([after.get('disputed'), (after.get('write_off') ?? 0) - (lost.get('write_off') ?? 0)]).toEqual([0, 10_000]);
    const told = await database.db.select().from(cases).where(eq(cases.leaseId, lease.id));
    expect(told).toMatchObject([{ kind: 'chargeback', status: 'closed' }]);
    const again = { ...wish, decisionId: randomUUID() };
    const twice = lease.at(DAY_3, (context) => giveUpDispute(context, again));
    await expect(twice).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

it('what was recovered with cents that nobody can pay back is recovered no more, and in no dispute', async () => {
  const lease = await bookLease(database, config, { market: 'KE', deposit: 2_000_000, instalment: 1_000_000 });
  await lease.isCharged(DAY_2, 2_000_000, { provider: 'mpesa' });
  await lease.handOver(DAY_2);
  await lease.isCharged(DAY_2, 9_000_000, { provider: 'mpesa' });
  await lease.at(DAY_2, (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
  const recovered = await lease.isCharged(DAY_3, 1_500_050, { provider: 'mpesa' });
  await reverse(lease, recovered);
  expect(await lease.row()).toMatchObject({ recovered: 0, disputed: 0, credit: 0 });
});

describe('after the end', () => {
  async function completed() {
    const { lease } = await running();
    const paymentId = await lease.isCharged(DAY_2, 100_000);
    await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    return { lease, paymentId };
  }

  it('it is in dispute, with a case; the vehicle stays the customer’s', async () => {
    const { lease, paymentId } = await completed();
    await reverse(lease, paymentId);
    await reverse(lease, paymentId);
    expect(await lease.row()).toMatchObject({ status: 'completed', disputed: 100_000, credit: 0 });
    expect(await position(lease)).toMatchObject({ outstanding: 0 });
    const balances = await lease.balances();
    expect([balances.get('disputed'), balances.get('receivable')]).toEqual([100_000, 0]);
    expect(await casesOf(lease)).toEqual([{ kind: 'chargeback' }]);
  });

  it('later money pays it first, and the rest is credit', async () => {
    const { lease, paymentId } = await completed();
    await reverse(lease, paymentId);
    const first = await lease.isCharged(DAY_3, 60_000);
    const second = await lease.isCharged(DAY_3, 60_000);
    expect(await lease.row()).toMatchObject({ disputed: 0, credit: 20_000, status: 'completed' });
    // Nobody rings a customer who owes nothing.
    const isOpen = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'chargeback'), eq(cases.status, 'open'));
    expect(await database.db.$count(cases, isOpen)).toBe(0);
    const [one, other] = await Promise.all([first, second].map(allocationOf));
    expect(one).toEqual([{ component: 'disputed', instalment: null, amount: 60_000 }]);
    expect(other).toEqual([
      { component: 'disputed', instalment: null, amount: 40_000 },
      { component: 'credit', instalment: null, amount: 20_000 },
    ]);
  });

  it('credit that is there is taken before anything is in dispute', async () => {
    const { lease, paymentId } = await completed();
    await lease.isCharged(DAY_3, 30_000);
    await reverse(lease, paymentId);
    expect(await lease.row()).toMatchObject({ disputed: 70_000, credit: 0 });
  });

  it('a deposit of a withdrawn application is in dispute as far as it was given back', async () => {
    const lease = await born();
    const paymentId = await lease.isCharged(DAY_1, 20_000);
    const ending = { leaseId: lease.id, as: 'withdrawn', reason: 'changed my mind' } as const;
    await lease.at(DAY_2, (context) => endApplication(context, ending));
    await reverse(lease, paymentId);
    expect(await lease.row()).toMatchObject({ status: 'withdrawn', disputed: 0, credit: 0 });
    expect(await casesOf(lease)).toEqual([]);
  });
});

describe('cash that was booked by mistake', () => {
  it('leaves the agent’s float', async () => {
    const { lease } = await running();
    const paymentId = await lease.paysCash(DAY_2, 5_000, agentId);
    await reverse(lease, paymentId);
    expect((await lease.balances()).get(`float:${agentId}`)).toBe(0);
  });

  it('leaves its receipt free, once, for the lease that it was taken for', async () => {
    const [{ lease: wrong }, { lease: right }] = [await running(), await running()];
    const receiptNumber = randomUUID();
    const book = (lease: Lease) =>
      lease.at(DAY_2, (context) => {
        const money = {
          kind: 'cash',
          paymentId: randomUUID(),
          amount: 5_000,
          agentId,
          receiptNumber,
        } as const;
        return receiveMoney(context, config, { leaseId: lease.id, money });
      });
    await book(wrong);
    await expect(book(right)).rejects.toMatchObject({ code: 'receipt_conflict' });
    await reverse(wrong, await wrong.paymentOf(agentId), DAY_2);
    await book(right);
    await book(right);
    expect([(await position(wrong)).outstanding, (await position(right)).outstanding]).toEqual([100_000, 95_000]);
    await expect(book(wrong)).rejects.toMatchObject({ code: 'receipt_conflict' });
  });
});

describe('cash that the agent has handed over', () => {
  it('and that is taken back then is a case: he holds less than nothing', async () => {
    const { lease } = await running();
    const id = randomUUID();
    await database.db.insert(users).values({ id, role: 'agent', name: 'Okello', email: `${id}@example.com` });
    const paymentId = await lease.paysCash(DAY_2, 5_000, id);
    const amount = { amount: 5_000, currency: 'UGX' } as const;
    const declared = { id: randomUUID(), agentId: id, amount, reference: null };
    const declare = () => lease.at(DAY_2, (context) => declareRemittance(context, declared));
    const { id: remittanceId } = await declare();
    // The first answer was lost: it is the same remittance.
    expect(await declare()).toMatchObject({ id: remittanceId, amount: 5_000, status: 'declared' });
    const confirm = () =>
      lease.at(DAY_2, (context) =>
        decideRemittance({ ...context, actor: admin }, { agentId: id, remittanceId, decision: 'confirmed' }),
      );
    const isReversed = () => reverse(lease, paymentId);
    for (const step of [confirm, isReversed]) await step();
    expect(await confirm()).toMatchObject({ status: 'confirmed', decidedBy: admin.id });
    const other = { agentId: id, remittanceId, decision: 'rejected', reason: 'no' } as const;
    const rejects = lease.at(DAY_2, (context) => decideRemittance({ ...context, actor: admin }, other));
    await expect(rejects).rejects.toMatchObject({ code: 'conflict' });
    const found = await database.db
      .select()
      .from(cases)
      .where(eq(cases.key, `float_overdrawn:${id}:UGX`));
    expect(found).toMatchObject([{ status: 'open', detail: { balance: { amount: -5_000 } } }]);
  });
});

describe('pay-bill money that was another’s', () => {
  it('is given back to suspense, and resolved for the lease that it belongs to', async () => {
    const [{ lease: wrong }, { lease: right }] = [await running(), await running()];
    const inboundId = randomUUID();
    const paid = {
      provider: 'mtn',
      receipt: inboundId.toUpperCase(),
      payerMasked: '+2567*****001',
      amount: 5_000,
    } as const;
    const typed = { market: 'UG', account: wrong.reference, currency: 'UGX', paidAt: new Date(DAY_2) } as const;
    await database.db.insert(inbound).values({ id: inboundId, ...paid, ...typed, status: 'announced' });
    const book = (lease: Lease, money: ReceivedMoney) =>
      lease.at(DAY_2, (context) => receiveMoney(context, config, { leaseId: lease.id, money }));
    await book(wrong, { ...paid, kind: 'inbound', paymentId: inboundId, inboundId, fromSuspense: false });
    await wrong.at(DAY_3, (context) => {
      const wish = { attemptId: inboundId, reason: 'a mistyped reference', to: 'suspense' } as const;
      return reversePayment(context, { leaseId: wrong.id, ...wish });
    });
    expect((await wrong.balances()).get('suspense:mtn')).toBe(-5_000);
    expect([...(await doubtsOf(database.db, [await wrong.row()])).values()]).toEqual([[]]);

    const claim = { inboundId, leaseId: right.id, paymentId: randomUUID() };
    await book(right, await right.at(DAY_3, (context) => takeFromSuspense({ ...context, actor: admin }, claim)));
    expect((await right.balances()).get('suspense:mtn')).toBe(5_000);
    expect([(await position(wrong)).outstanding, (await position(right)).outstanding]).toEqual([100_000, 95_000]);
  });

  it('is the only money that can be there', async () => {
    const { lease, depositId } = await running();
    const cash = await lease.paysCash(DAY_2, 5_000, agentId);
    const refused = { code: 'unprocessable', errors: [{ path: 'to' }] };
    for (const [attemptId, to] of [
      [depositId, 'suspense'],
      [cash, 'suspense'],
      [cash, 'provider'],
    ] as const)
      await expect(
        lease.at(DAY_3, (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'x', to })),
      ).rejects.toMatchObject(refused);
  });
});

it('a late fee that a payment has undone is charged again when the payment is taken back, as often as that happens', async () => {
  const { lease } = await running();
  const charge = (hour = '07') =>
    lease.at(`2026-01-16T${hour}:00:00Z`, (context) => chargeLateFees(context, { leaseId: lease.id }));
  expect(await charge()).toMatchObject({ charged: 500 });
  for (const receiptNumber of ['KLA-31', 'KLA-32']) {
    const paymentId = randomUUID();
    const cash = { kind: 'cash', paymentId, amount: 10_000, agentId, receiptNumber, paidOn: '2026-01-13' } as const;
    await lease.at('2026-01-16T08:00:00Z', (context) =>
      receiveMoney(context, config, { leaseId: lease.id, money: cash }),
    );
    await decideCash(database, paymentId, new Date('2026-01-16T08:00:00Z'));
    expect(await lease.row()).toMatchObject({ feesCharged: 0 });
    await reverse(lease, paymentId, '2026-01-16T09:00:00Z');
    expect(await charge('10')).toMatchObject({ charged: 500 });
    expect(await charge('11')).toMatchObject({ charged: 0 });
    expect((await lease.balances()).get('receivable')).toBe(100_500);
  }
});

it('a late fee of a line that another payment has paid meanwhile is due again, once', async () => {
  const { lease } = await running();
  const charge = () => lease.at('2026-01-16T07:00:00Z', (context) => chargeLateFees(context, { leaseId: lease.id }));
  await charge();
  // Too late: the fee and line 1.
  await lease.isCharged('2026-01-16T08:00:00Z', 10_500);
  for (const receiptNumber of ['KLA-41', 'KLA-42']) {
    const paymentId = randomUUID();
    const cash = { kind: 'cash', paymentId, amount: 10_000, agentId, receiptNumber, paidOn: '2026-01-13' } as const;
    await lease.at('2026-01-16T08:00:00Z', (context) =>
      receiveMoney(context, config, { leaseId: lease.id, money: cash }),
    );
    await decideCash(database, paymentId, new Date('2026-01-16T08:00:00Z'));
    expect(await lease.row()).toMatchObject({ feesCharged: 0, feesPaid: 0 });
    await reverse(lease, paymentId, '2026-01-16T09:00:00Z');
    expect(await lease.row()).toMatchObject({ feesCharged: 500, feesPaid: 0 });
    expect(await charge()).toMatchObject({ charged: 0 });
    expect((await lease.balances()).get('receivable')).toBe(90_000);
  }
});

const allocationOf = async (id: string) =>
  (await database.db.select().from(attempts).where(eq(attempts.id, id)))[0]?.allocation;

describe('a charge that was reversed by a slip', () => {
  const other = { role: 'admin', id: randomUUID() } as const;
  const by = (actor: typeof admin, lease: Lease, attemptId: string, work: typeof bookAgain | typeof reversePayment) =>
    lease.at(DAY_3, (context) => work({ ...context, actor }, { leaseId: lease.id, attemptId, reason: 'a slip' }));

  it('says by which reversal a deposit is owed again, each time, and the same where it is said again', async () => {
    const lease = await born();
    const paid = await lease.isCharged(DAY_1, 20_000);
    const taken = () => reverse(lease, paid);
    const [first, again] = [await taken(), await taken()];
    expect(first).toMatchObject({ depositDue: 20_000, depositTakenBackBy: expect.any(String) });
    expect(again.depositTakenBackBy).toBe(first.depositTakenBackBy);
    await by(other, lease, paid, bookAgain);
    const third = await taken();
    expect(third).toMatchObject({ depositDue: 20_000, depositTakenBackBy: expect.any(String) });
    expect(third.depositTakenBackBy).not.toBe(first.depositTakenBackBy);
  });

  it('is booked again by another admin, as often as somebody slips', async () => {
    const { lease } = await running();
    const paid = await lease.isCharged(DAY_1, 10_000);
    const balances = await lease.balances();
    for (const [one, another] of [
      [admin, other],
      [other, admin],
    ] as const) {
      await by(one, lease, paid, reversePayment);
      expect((await position(lease)).outstanding).toBe(100_000);
      await expect(by(one, lease, paid, bookAgain)).rejects.toMatchObject({ code: 'forbidden' });
      for (let times = 0; times < 2; times += 1) await by(another, lease, paid, bookAgain);
      expect((await position(lease)).outstanding).toBe(90_000);
      expect(await lease.balances()).toEqual(balances);
      await expect(by(one, lease, paid, bookAgain)).rejects.toMatchObject({ code: 'invalid_state' });
    }
  });

  it('is not decided on: that is refused, and says what to do', async () => {
    const { lease } = await running();
    const paid = await lease.isCharged(DAY_1, 10_000);
    await by(admin, lease, paid, reversePayment);
    const said = {
      leaseId: lease.id,
      attemptId: paid,
      outcome: 'succeeded',
      providerReference: null,
      reason: 'x',
    } as const;
    await expect(lease.at(DAY_3, (context) => decideUnknown({ ...context, actor: admin }, said))).rejects.toMatchObject(
      {
        code: 'invalid_state',
        message: expect.stringContaining('books it again'),
      },
    );
  });

  it('undoes the late fee that it was charged meanwhile, and pays the dispute of a lease that is over', async () => {
    const { lease } = await running();
    const paid = await lease.isCharged(DAY_1, 10_000);
    await by(admin, lease, paid, reversePayment);
    const later = '2026-01-20T07:00:00Z';
    await lease.at(later, (context) => chargeLateFees(context, { leaseId: lease.id }));
    expect((await lease.row()).feesCharged).toBeGreaterThan(0);
    await by(other, lease, paid, bookAgain);
    const { feesDue } = await lease.at(later, async ({ tx, at }) => positionAt(await lockLease(tx, lease.id), at));
    const rest = await lease.isCharged(later, 90_000 + feesDue);
    await lease.at(later, (context) => completeLease(context, { leaseId: lease.id }));
    await by(admin, lease, rest, reversePayment);
    expect((await lease.row()).disputed).toBe(90_000 + feesDue);
    await by(other, lease, rest, bookAgain);
    expect(await lease.row()).toMatchObject({ disputed: 0, credit: 0, status: 'completed' });
  });

  it('is none where it is cash, came by itself, or its dispute was given up', async () => {
    const { lease } = await running();
    const cash = await lease.paysCash(DAY_1, 10_000, agentId);
    const paid = await lease.isCharged(DAY_1, 90_000);
    await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    for (const id of [cash, paid]) await by(admin, lease, id, reversePayment);
    await expect(by(other, lease, cash, bookAgain)).rejects.toMatchObject({ code: 'invalid_state' });
    const wish = { leaseId: lease.id, decisionId: randomUUID(), reason: 'x' };
    await lease.at(DAY_3, (context) => giveUpDispute(context, wish));
    await expect(by(other, lease, paid, bookAgain)).rejects.toMatchObject({ code: 'invalid_state' });
  });
});
