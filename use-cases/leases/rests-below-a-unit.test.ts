import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inbound, promises, transfers } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { inLeaseCurrency } from '#domain/payable';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { admin, agent, agrees, config, day, decideCash, deps, LINE, runningLease } from '#test/late-money';
import { transact, type Context } from '../context.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { receiveMoney } from '../payments/cash/receive-money.ts';
import { endApplication } from './end-lease.ts';
import { chargeLateFees } from './charge-late-fees.ts';
import { waiveFees } from './waive-fees.ts';
import { lockLease, positionAt } from './lease-record.ts';
import { noteOverdue } from './note-overdue.ts';
import { checkPromise, promisePayment } from './promise-payment.ts';
import { restructureLease } from './restructure-lease.ts';
import { quoteSettlement } from './settle-early.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const quote = (lease: Awaited<ReturnType<typeof kenyan>>, at: Date) =>
  lease.act(at, (context) => quoteSettlement(context, { leaseId: lease.id }), admin);

/** In Kenya: deposit 20,000.00, ten weekly lines of 10,000.00, fee 100.00 after three days of grace. */
async function kenyan(paidBefore = 2_000_000) {
  const plan = { ...weeklyPlan, market: 'KE' as const, graceDays: 3, lateFee: { amount: 10_000, cap: 100_000 } };
  const lease = await bookLease(database, config, { market: 'KE', plan, deposit: 2_000_000, instalment: 1_000_000 });
  const act = <T>(at: Date, work: (context: Context) => Promise<T>, actor: Actor = system('test')) =>
    transact(database.db, actor, at, work);
  if (paidBefore > 0) {
    await lease.pays('2025-12-29T05:00:00Z', paidBefore);
    await lease.handOver('2025-12-29T06:00:00Z');
  }
  const wait = async (amount: number, paidAt: Date, account: string) => {
    const id = uuidv7();
    const facts = { provider: 'mpesa', receipt: id, payerMasked: '+2547*****001', amount } as const;
    const known = { market: 'KE', account, currency: 'KES', status: 'suspense' } as const;
    await database.db.insert(inbound).values({ id, ...facts, ...known, paidAt });
    return { id, facts };
  };
  return {
    ...lease,
    act,
    fees: (number: number) => act(day(number, 9), (c) => chargeLateFees(c, { leaseId: lease.id })),
    paysOn: (number: number, amount: number) => lease.pays(day(number).toISOString(), amount),
    waits: (amount: number, paidAt: Date) => wait(amount, paidAt, lease.reference),
    /** Pay-bill money with a mistyped reference, given to it later. */
    async late(number: number, amount: number, paidAt: Date) {
      const { id, facts } = await wait(amount, paidAt, 'mistyped');
      await database.db.update(inbound).set({ leaseId: lease.id }).where(eq(inbound.id, id));
      const money = { kind: 'inbound', paymentId: id, ...facts, fromSuspense: true } as const;
      await act(day(number), (c) => receiveMoney(c, config, { leaseId: lease.id, money }), agent);
    },
    async isAsked(number: number) {
      const order = { attemptId: randomUUID(), leaseId: lease.id, kind: 'instalment', method: 0 } as const;
      return (await act(day(number, 9), (c) => openAttempt(c, deps, order)))?.amount ?? 0;
    },
    async books(number: number) {
      const record = await act(day(number), ({ tx }) => lockLease(tx, lease.id));
      const { feesDue, credit, outstanding, daysPastDue } = positionAt(record, day(number));
      return {
        status: record.row.status,
        feesCharged: record.row.feesCharged,
        feesDue,
        credit,
        outstanding,
        daysPastDue,
      };
    },
  };
}

describe('a rest of less than a shilling', () => {
  it('control: a line paid on its day but for 0.50 has no fee', async () => {
    const lease = await kenyan();
    await lease.paysOn(5, 999_950);
    await lease.fees(9);
    expect(await lease.books(9)).toMatchObject({ feesCharged: 0, daysPastDue: 0 });
  });
  // The same sums in the other order settle it.
  it.each([
    ['control', [4_000_050, 4_499_900]],
    ['the other way', [4_499_900, 4_000_050]],
    ['at once', [8_499_950]],
  ])('%s of a quote keeps no lease open: %s of 85,000.00', async (_, parts) => {
    const lease = await kenyan();
    expect((await quote(lease, day(6, 9))).amount).toBe(8_500_000);
    for (const part of parts) await lease.paysOn(6, part);
    expect((await lease.books(6)).status).toBe('settled_early');
  });
  it('that credit leaves on a line at the handover is forgiven: no fee, no prompt, no arrears', async () => {
    const lease = await kenyan(2_000_000 + 999_950);
    await lease.fees(9);
    const asked = await lease.isAsked(9);
    expect({ asked, ...(await lease.books(9)) }).toMatchObject({ asked: 0, feesCharged: 0, daysPastDue: 0 });
  });
  it('that credit left, and one that a restructure forgives by a version of the same number, are two', async () => {
    const lease = await bookLease(database, config, { market: 'KE' });
    const on = '2026-01-05T07:00:00Z';
    await lease.isCharged(on, 20_000, { provider: 'mpesa' });
    await lease.pays(on, 9_950);
    await lease.handOver(on);
    const isRounded = and(eq(transfers.leaseId, lease.id), eq(transfers.kind, 'rounding'));
    const [posted] = await database.db.select({ key: transfers.key }).from(transfers).where(isRounded);
    const version = Number(posted?.key.match(/\d+$/)?.[0]);
    const again = () =>
      lease.at(on, (c) => restructureLease({ ...c, actor: admin }, { leaseId: lease.id, instalments: 9, reason: 'x' }));
    while ((await lease.row()).scheduleVersion < version - 1) await again();
    await lease.pays(on, 4_975);
    await again();
    const { outstanding, feesDue } = await lease.at(on, async (c) => positionAt(await lockLease(c.tx, lease.id), c.at));
    expect((await lease.balances()).get('receivable'), 'the ledger says what the schedule says').toBe(
      outstanding + feesDue,
    );
  });
  it('of money that becomes known late was paid in time', async () => {
    const lease = await kenyan();
    await lease.fees(9);
    await lease.late(11, 999_950, day(5));
    expect(await lease.books(11)).toMatchObject({ feesCharged: 0, feesDue: 0 });
  });
  it('of a fee that was forgiven takes nothing from the next line', async () => {
    const lease = await kenyan();
    await lease.fees(9);
    await lease.paysOn(10, 9_950);
    await lease.paysOn(10, 1_000_000);
    expect(await lease.books(10)).toMatchObject({ feesDue: 0, outstanding: 9_000_000 });
    await lease.fees(16);
    await lease.late(17, 1_000_000, day(12));
    expect(await lease.books(17)).toMatchObject({ feesDue: 0, outstanding: 8_000_000 });
  });
  it('of money in doubt charges no fee and prompts for no shilling', async () => {
    const lease = await kenyan();
    await lease.waits(999_950, day(5));
    const asked = await lease.isAsked(6);
    await lease.fees(9);
    expect({ asked, ...(await lease.books(9)) }).toMatchObject({ asked: 0, feesCharged: 0 });
  });
  it.each([0, 50])(
    'of a deposit in doubt lets no application lapse: %s cents short (0 is the control)',
    async (short) => {
      const lease = await kenyan(0);
      await lease.waits(2_000_000 - short, new Date('2026-01-06T06:00:00Z'));
      const end = { leaseId: lease.id, as: 'lapsed', reason: 'late', stage: 'awaiting_deposit' } as const;
      await lease.at('2026-01-09T06:00:00Z', (c) => endApplication(c, { ...end, since: '2026-01-05T06:00:00Z' }));
      expect((await lease.row()).status).toBe('awaiting_deposit');
    },
  );
  it('of a fee can be waived by some sum', async () => {
    const lease = await kenyan();
    await lease.fees(9);
    await lease.paysOn(10, 4_950);
    expect((await lease.books(10)).feesDue).toBe(5_050);
    const taken: number[] = [];
    const attempt = (amount: number) =>
      lease.act(
        day(10, 13),
        async (c) => {
          inLeaseCurrency({ currency: 'KES' }, { amount, currency: 'KES' });
          await waiveFees(c, { leaseId: lease.id, amount, reason: 'goodwill' });
          taken.push(amount);
          throw new Error('as before');
        },
        admin,
      );
    for (let amount = 50; amount <= 5_050; amount += 50) await attempt(amount).catch(() => {});
    expect(taken).not.toEqual([]);
  });
  it('breaks no promise', async () => {
    const lease = await kenyan();
    const customer: Actor = { role: 'customer', id: lease.customerId };
    const order = { leaseId: lease.id, on: '2026-01-07', amount: 1_000_000 };
    await lease.act(day(5, 13), (c) => promisePayment(c, order), customer);
    await lease.paysOn(7, 999_950);
    await lease.act(day(8, 1), (c) => checkPromise(c, { leaseId: lease.id }));
    const [made] = await database.db.select().from(promises).where(eq(promises.leaseId, lease.id));
    expect(made?.status).toBe('kept');
  });
});

describe('cash of a day that somebody else does not confirm, in a lease with cents', () => {
  /** What a line is short of when cash of it comes on the 14th, and what the ledger says then. */
  async function bookedAnew(decision: 'confirmed' | 'rejected', paidBefore: number, cash: number) {
    const lease = await kenyan();
    await lease.paysOn(5, paidBefore);
    await lease.fees(9);
    const paymentId = uuidv7();
    const taken = { kind: 'cash', agentId: agent.id, paymentId, amount: cash, receiptNumber: paymentId } as const;
    const money = { ...taken, paidOn: '2026-01-06' };
    await lease.act(day(14), (c) => receiveMoney(c, config, { leaseId: lease.id, money }), agent);
    await decideCash(database, paymentId, day(15), { decision });
    await lease.fees(15);
    const { outstanding, feesDue, credit } = await lease.books(15);
    const balances = await lease.balances();
    expect(balances.get('receivable')).toBe(outstanding + feesDue);
    expect(balances.get('unapplied') ?? 0).toBe(0 - credit);
    return { owed: outstanding + feesDue, credit, rounding: balances.get('rounding') ?? 0 };
  }

  it.each([
    // 0.50 of the first line is forgiven; rejected, the fee of 100.00 is owed for it all the same.
    ['confirmed', 400_050, 599_900, { owed: 9_000_000, credit: 0, rounding: 50 }],
    ['rejected', 400_050, 599_900, { owed: 9_010_000, credit: 0, rounding: 50 }],
    // The cents stay on a line that is paid in part.
    ['confirmed', 100_025, 100_000, { owed: 9_809_975, credit: 0, rounding: 0 }],
    ['rejected', 100_025, 100_000, { owed: 9_809_975, credit: 0, rounding: 0 }],
    // All is paid and more: credit is whole shillings, also where it pays the fee that is owed again.
    ['confirmed', 9_000_050, 1_100_000, { owed: 0, credit: 100_100, rounding: 50 }],
  ] as const)('%s: %s by himself and %s in cash', async (decision, paidBefore, cash, expected) => {
    expect(await bookedAnew(decision, paidBefore, cash)).toEqual(expected);
  });
});

describe('a rest that nobody is asked for', () => {
  it('of a line is not late: no prompt, no fee, no reminder; it is asked for with the next line', async () => {
    const lease = await runningLease(database);
    await lease.pays(5, LINE - 1);
    expect(await lease.isAsked(6)).toBe(0);
    await lease.fees(9);
    expect(await lease.books(9)).toMatchObject({ feesCharged: 0, daysPastDue: 0, oldestUnpaidOn: '2026-01-12' });
    const reminded = await lease.act(day(9), (context) => noteOverdue(context, { leaseId: lease.id, daysPastDue: 3 }));
    expect(reminded).toEqual({ overdue: 0 });
    expect(await lease.isAsked(12)).toBe(LINE + 1);
    await agrees(database, lease, 12);
  });

  it('is late where it is enough to be asked for, also as the sum of several', async () => {
    const lease = await runningLease(database);
    await lease.pays(5, LINE - 499);
    await lease.pays(12, LINE - 1);
    await lease.fees(16);
    expect(await lease.books(16)).toMatchObject({ daysPastDue: 4, oldestUnpaidOn: '2026-01-12', feesCharged: 10_000 });
    expect(await lease.isAsked(16)).toBe(10_500);
  });

  it('of the whole lease is forgiven, and a shilling more is owed', async () => {
    const lease = await runningLease(database);
    const rounded = await lease.balance('rounding');
    await lease.pays(5, 10 * LINE - 500);
    expect(await lease.books(5)).toMatchObject({ outstanding: 500 });
    await lease.pays(5, 1);
    expect(await lease.books(5)).toMatchObject({ outstanding: 0, credit: 0 });
    expect((await lease.balance('rounding')) - rounded).toBe(499);
    expect(await lease.timeline('lease.rounded')).toMatchObject([{ forgiven: { amount: 499, currency: 'UGX' } }]);
    await agrees(database, lease, 5);
  });

  it('is no rest where a quote saves it: the lease is settled, and what is saved is waived', async () => {
    const lease = await bookLease(database, config, { instalment: 1_000 });
    const act = <T>(work: (context: Context) => Promise<T>) => transact(database.db, admin, day(61), work);
    await lease.pays('2026-01-05T05:00:00Z', 20_000);
    await lease.handOver('2026-01-05T06:00:00Z');
    // Eight lines are due by then.
    await lease.pays(day(61).toISOString(), 8_000);
    const { amount } = await act((context) => quoteSettlement(context, { leaseId: lease.id }));
    expect(2_000 - amount).toBeGreaterThan(0);
    expect(2_000 - amount).toBeLessThan(500);
    await lease.pays(day(61).toISOString(), amount);
    expect((await lease.row()).status).toBe('settled_early');
    expect((await lease.balances()).get('rounding') ?? 0).toBe(0);
  });

  it('of a deposit is asked for with some of what comes later: no provider moves less', async () => {
    const lease = await bookLease(database, config);
    await lease.pays('2025-12-29T05:00:00Z', 19_999);
    const order = { attemptId: randomUUID(), leaseId: lease.id, kind: 'deposit', method: 0 } as const;
    const asked = await transact(database.db, system('test'), day(1), (context) => openAttempt(context, deps, order));
    expect(asked?.amount).toBe(500);
  });
});

describe('a deposit of which less is left than anybody is asked for', () => {
  const lapses = async (lease: Awaited<ReturnType<typeof bookLease>>) => {
    const end = { leaseId: lease.id, as: 'lapsed', reason: 'late', stage: 'awaiting_deposit' } as const;
    const since = '2026-01-05T06:00:00Z';
    await lease.at('2026-01-09T06:00:00Z', (context) => endApplication(context, { ...end, since }));
    return lease.row();
  };

  it('ends no application: what is left is forgiven', async () => {
    const lease = await bookLease(database, config);
    await lease.pays('2026-01-05T07:00:00Z', 19_700);
    const paid = { status: 'awaiting_deposit', deposit: 19_700, depositPaid: 19_700, totalPrice: 119_700 };
    expect(await lapses(lease)).toMatchObject(paid);
    await lease.handOver('2026-01-09T07:00:00Z');
    const balances = await lease.balances();
    expect([balances.get('receivable'), balances.get('deposit')]).toEqual([100_000, 0]);
  });

  it('is asked for from 500 on: it lapses', async () => {
    const lease = await bookLease(database, config);
    await lease.pays('2026-01-05T07:00:00Z', 19_500);
    expect(await lapses(lease)).toMatchObject({ status: 'lapsed', deposit: 20_000, credit: 19_500 });
  });

  it('waits where the rest may be there', async () => {
    const lease = await bookLease(database, config);
    const facts = { provider: 'mtn', market: 'UG', currency: 'UGX', payerMasked: '+2567*****001' } as const;
    const money = { ...facts, id: uuidv7(), receipt: randomUUID(), amount: 19_700, account: lease.reference };
    await database.db
      .insert(inbound)
      .values({ ...money, status: 'suspense', paidAt: new Date('2026-01-05T08:00:00Z') });
    expect(await lapses(lease)).toMatchObject({ status: 'awaiting_deposit', deposit: 20_000 });
  });
});
