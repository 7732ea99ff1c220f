import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStatement } from '#db/queries/statements';
import { accounts, attempts, audit, clockMoves, entries, inbound, leases } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { localDateAt } from '#domain/calendar';
import type { ReceivedMoney } from '#domain/payments/payment';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { record, transact, type Context } from '../context.ts';
import { gatherFacts } from '../credit/gather-facts.ts';
import { changeStatus } from '../leases/change-status.ts';
import { chargeLateFees, waiveFees } from '../leases/late-fees.ts';
import { advanceLease } from '../leases/advance-lease.ts';
import { lockLease, positionAt } from '../leases/lease-record.ts';
import { pauseLease, resumeLease } from '../leases/pause-lease.ts';
import { checkPromise, promisePayment } from '../leases/promise-payment.ts';
import { restructureLease } from '../leases/restructure-lease.ts';
import { decideUnknown } from './decide-unknown.ts';
import { positionInDoubt } from './in-doubt.ts';
import { markUnknown } from './mark-unknown.ts';
import { openAttempt } from './open-attempt.ts';
import { postPayment } from './post-payment.ts';
import { receiveMoney } from './receive-money.ts';
import { reversePayment } from './reverse-payment.ts';
import { settleAttempt } from './settle-attempt.ts';

/** Money that becomes known days after it was paid, by the use cases themselves on one lease's clock. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({
  MTN_BASE_URL: 'http://localhost:1',
  MTN_API_USER: randomUUID(),
  MTN_API_KEY: 'key',
  MTN_SUBSCRIPTION_KEY: 'key',
  AGENT_FLOAT_LIMIT_UGX: '1000000000',
});
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
const agent: Actor = { role: 'agent', id: randomUUID() };

/** Noon of a day of January (the 32nd is 1 February) in Kampala. */
const day = (number: number, hour = 12) => new Date(Date.UTC(2026, 0, number, hour - 3));
const on = (number: number) => localDateAt(day(number).getTime(), 'UG');
const LINE = 810_000;
const FEE = 10_000;

/** Ten weekly lines of 810,000, the first due on the 5th, grace until the 8th, a late fee of 10,000 on the 9th. */
async function runningLease() {
  const plan = { ...weeklyPlan, graceDays: 3, lateFee: { amount: FEE, cap: 100_000 } };
  const lease = await bookLease(database, config, { plan, instalment: LINE });
  const act = <T>(at: Date, work: (context: Context) => Promise<T>, actor: Actor = system('test')) =>
    transact(database.db, actor, at, work);
  const { id: leaseId } = lease;
  await lease.pays('2025-12-29T05:00:00Z', 20_000);
  await lease.handOver('2025-12-29T06:00:00Z');
  const receive = (at: Date, money: ReceivedMoney) =>
    act(at, (context) => receiveMoney(context, config, { leaseId, money }), agent);
  return {
    id: leaseId,
    act,
    receive,
    fees: (number: number) => act(day(number, 0), (context) => chargeLateFees(context, { leaseId })),
    /** An automatic prompt of which nobody hears. */
    async unknown(number: number) {
      const attemptId = randomUUID();
      const order = { attemptId, leaseId, kind: 'instalment', method: 0 } as const;
      await act(day(number, 8), (context) => openAttempt(context, deps, order));
      await act(day(number, 8), ({ tx }) => tx.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId)));
      await act(day(number, 9), (context) => markUnknown(context, { leaseId, attemptId }));
      return attemptId;
    },
    /** A prompt of the agenda, or the customer's own payment of any sum. @returns what is asked for; 0 is nothing. */
    async isAsked(number: number, own?: { readonly attemptId: string; readonly amount: number }) {
      const order =
        own === undefined
          ? ({ attemptId: randomUUID(), leaseId, kind: 'instalment', method: 0 } as const)
          : ({ ...own, leaseId, kind: 'pay', paymentMethodId: lease.methodId } as const);
      return (await act(day(number, 8), (context) => openAttempt(context, deps, order)))?.amount ?? 0;
    },
    advance: (number: number) => act(day(number), (context) => advanceLease(context, { leaseId, to: 'in_arrears' })),
    decide: (number: number, attemptId: string, outcome: 'succeeded' | 'failed', paidOn?: string) =>
      act(day(number), async (context) => {
        const decision = { leaseId, attemptId, outcome, providerReference: null, reason: 'asked', paidOn };
        await decideUnknown(context, decision);
        if (outcome === 'succeeded') await postPayment(context, { leaseId, attemptId });
      }),
    cash: (number: number, amount: number, paidOn?: string) => {
      const paymentId = uuidv7();
      const receiptNumber = paymentId;
      return receive(day(number), { kind: 'cash', agentId: agent.id, paymentId, amount, receiptNumber, paidOn });
    },
    pays: (number: number, amount: number) => lease.pays(day(number).toISOString(), amount),
    arrears: (number: number) =>
      act(day(number), (context) => changeStatus(context, { leaseId, to: 'in_arrears', event: 'lease.in_arrears' })),
    async books(number: number) {
      const record = await act(day(number), ({ tx }) => lockLease(tx, leaseId));
      const { daysPastDue, feesDue, credit, outstanding } = positionAt(record, day(number));
      const { status, feesCharged, feesPaid, oldestUnpaidOn } = record.row;
      const paid = record.lines.map((line) => line.paid);
      return { status, feesCharged, feesPaid, feesDue, credit, outstanding, daysPastDue, oldestUnpaidOn, paid };
    },
    async balance(account: string) {
      const [row] = await database.db
        .select({ sum: sql<string>`coalesce(sum(${entries.amount}), 0)` })
        .from(entries)
        .innerJoin(accounts, eq(accounts.id, entries.accountId))
        .where(eq(accounts.name, account));
      return Number(row?.sum);
    },
    async timeline(type: string) {
      const rows = await database.db.select().from(audit).where(eq(audit.leaseId, leaseId));
      return rows.filter((row) => row.type === type).map(({ detail }) => detail);
    },
  };
}

/** What the customer owes, by the ledger: it is the lease's own figure. */
async function agrees(lease: Awaited<ReturnType<typeof runningLease>>, number: number) {
  const { outstanding, feesDue, credit } = await lease.books(number);
  expect(await lease.balance(`lease:${lease.id}:receivable`)).toBe(outstanding + feesDue);
  expect(await lease.balance(`lease:${lease.id}:unapplied`)).toBe(0 - credit);
  const statement = await readStatement(database.db, lease.id);
  expect(statement?.entries.at(-1)?.balance).toBe(outstanding + feesDue - credit);
}

describe('a charge whose outcome was unknown', () => {
  it('counts from the day on which it was asked for, when it is decided as paid', async () => {
    const lease = await runningLease();
    const attemptId = await lease.unknown(5);
    // Nothing is charged for what may have been paid in time; it is looked at again the next day.
    expect((await lease.fees(9)).charged).toBe(0);
    await lease.decide(11, attemptId, 'succeeded');

    expect(await lease.books(11)).toMatchObject({
      status: 'active',
      feesCharged: 0,
      daysPastDue: 0,
      oldestUnpaidOn: on(12),
      paid: [LINE, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    });
    const [payment] = await database.db.select().from(attempts).where(eq(attempts.id, attemptId));
    expect(payment?.valueOn).toBe(on(5));
    const statement = await readStatement(database.db, lease.id);
    expect(statement?.entries.at(-1)).toMatchObject({ on: on(11), valueOn: on(5), credit: LINE });
    await agrees(lease, 11);
  });

  it('is charged its late fee from the day on which it turns out not to be paid', async () => {
    const lease = await runningLease();
    const attemptId = await lease.unknown(5);
    expect((await lease.fees(9)).charged).toBe(0);
    await lease.decide(11, attemptId, 'failed');
    expect((await lease.fees(12)).charged).toBe(FEE);
    const [, fee] =
      (await readStatement(database.db, lease.id))?.entries.filter(({ kind }) => kind !== 'receipt') ?? [];
    expect(fee).toMatchObject({ kind: 'late_fee', on: on(12) });
  });

  it('is no arrears and no reminder while it is in doubt', async () => {
    const lease = await runningLease();
    await lease.unknown(5);
    const position = await lease.act(day(10), async (context) =>
      positionInDoubt(context, await lockLease(context.tx, lease.id)),
    );
    expect(position).toMatchObject({ overdue: 0, daysPastDue: 0, oldestUnpaidOn: on(12) });
    // The next line is not paid by it.
    const later = await lease.act(day(14), async (context) =>
      positionInDoubt(context, await lockLease(context.tx, lease.id)),
    );
    expect(later).toMatchObject({ overdue: LINE, daysPastDue: 2 });
    expect((await lease.fees(16)).charged).toBe(FEE);
  });

  it('protects no later due, however large it is', async () => {
    const lease = await runningLease();
    await lease.isAsked(6, { attemptId: randomUUID(), amount: 9 * LINE });
    expect(await lease.isAsked(7)).toBe(0);
    expect((await lease.fees(9)).charged).toBe(0);
    expect((await lease.advance(9)).status).toBe('active');
    expect(await lease.isAsked(12)).toBe(LINE);
  });

  it('has late fees and arrears of a later due, however large it is', async () => {
    const lease = await runningLease();
    await lease.isAsked(6, { attemptId: randomUUID(), amount: 9 * LINE });
    expect((await lease.fees(16)).charged).toBe(FEE);
    expect((await lease.advance(16)).status).toBe('in_arrears');
    // The fee came after the payment was asked for: it is no part of what that may have paid.
    expect(await lease.isAsked(16)).toBe(LINE + FEE);
  });

  it('puts arrears off until it fails, and not a moment longer', async () => {
    const lease = await runningLease();
    const attemptId = randomUUID();
    await lease.isAsked(9, { attemptId, amount: LINE });
    expect((await lease.advance(9)).status).toBe('active');
    const declined = { state: 'failed', reason: 'declined', detail: 'the customer said no' } as const;
    await lease.act(day(9), (context) => settleAttempt(context, attemptId, declined));
    expect((await lease.advance(9)).status).toBe('in_arrears');
  });

  it('protects what it was asked for also where a pause has moved it', async () => {
    const lease = await runningLease();
    await lease.unknown(5);
    await lease.act(day(6), (context) => pauseLease(context, { leaseId: lease.id, kind: 'illness', days: 7 }));
    await lease.act(day(13, 0), (context) => resumeLease(context, { leaseId: lease.id }));
    expect(await lease.isAsked(13)).toBe(0);
    expect(await lease.isAsked(19)).toBe(LINE);
  });

  it('is no excuse for a line whose grace was over before it was asked for', async () => {
    const lease = await runningLease();
    await lease.unknown(9);
    expect((await lease.fees(10)).charged).toBe(FEE);
  });

  it('undoes the fee that was charged before it was known to be in time, paid or not', async () => {
    const lease = await runningLease();
    const attemptId = await lease.unknown(5);
    await lease.decide(6, attemptId, 'failed');
    await lease.fees(9);
    await lease.arrears(9);
    expect(await lease.books(9)).toMatchObject({ status: 'in_arrears', feesDue: FEE });
    // The customer pays the fee and a bit; then the provider finds the first prompt after all.
    await lease.pays(10, 30_000);
    expect(await lease.books(10)).toMatchObject({ feesPaid: FEE, paid: [20_000, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
    await lease.act(day(11), async (context) => {
      const amount = { amount: LINE, currency: 'UGX' } as const;
      await settleAttempt(context, attemptId, { state: 'succeeded', receipt: attemptId, amount });
      await postPayment(context, { leaseId: lease.id, attemptId });
    });

    expect(await lease.books(11)).toMatchObject({
      status: 'active',
      feesCharged: 0,
      feesPaid: 0,
      daysPastDue: 0,
      paid: [LINE, 30_000, 0, 0, 0, 0, 0, 0, 0, 0],
    });
    expect(await lease.balance('income:fee')).toBe(0);
    expect(await lease.timeline('lease.late_fee_undone')).toEqual([
      {
        instalment: 1,
        amount: { amount: FEE, currency: 'UGX' },
        chargedOn: on(9),
        paymentId: attemptId,
        valueOn: on(5),
      },
    ]);
    await agrees(lease, 11);
  });

  it('cannot have been paid before it was asked for, nor in the future', async () => {
    const lease = await runningLease();
    const attemptId = await lease.unknown(5);
    await expect(lease.decide(11, attemptId, 'succeeded', on(4))).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(lease.decide(11, attemptId, 'succeeded', on(12))).rejects.toMatchObject({ code: 'unprocessable' });
    await lease.decide(11, attemptId, 'succeeded', on(7));
    const [payment] = await database.db.select().from(attempts).where(eq(attempts.id, attemptId));
    expect(payment?.valueOn).toBe(on(7));
  });
});

describe('what a customer paid by himself', () => {
  it('counts from the day on which he paid, on the clock that the lease had then', async () => {
    const lease = await runningLease();
    // The lease travelled: at the payment it was on 29 December (a week before the first line is due).
    const wall = Date.now();
    const paidAt = new Date(wall - 60_000);
    const offsetMs = day(-2).getTime() - paidAt.getTime();
    await database.db.insert(clockMoves).values({ leaseId: lease.id, movedAt: new Date(wall - 120_000), offsetMs });
    const later = { leaseId: lease.id, movedAt: new Date(wall - 1_000), offsetMs: offsetMs + 12 * 86_400_000 };
    await database.db.insert(clockMoves).values(later);
    const inboundId = uuidv7();
    await database.db.insert(inbound).values({
      id: inboundId,
      provider: 'mtn',
      receipt: inboundId,
      market: 'UG',
      account: 'MISTYPED',
      payerMasked: '+2567*****001',
      amount: LINE,
      currency: 'UGX',
      paidAt,
      status: 'suspense',
    });
    await lease.fees(9);
    await lease.arrears(9);
    expect(await lease.books(10)).toMatchObject({ status: 'in_arrears', feesDue: FEE, daysPastDue: 5 });
    await database.db.update(inbound).set({ leaseId: lease.id }).where(eq(inbound.id, inboundId));
    await lease.receive(day(10), {
      kind: 'inbound',
      paymentId: inboundId,
      amount: LINE,
      provider: 'mtn',
      receipt: inboundId,
      payerMasked: '+2567*****001',
      fromSuspense: true,
    });

    expect(await lease.books(10)).toMatchObject({ status: 'active', feesCharged: 0, feesDue: 0, daysPastDue: 0 });
    const [payment] = await database.db.select().from(attempts).where(eq(attempts.id, inboundId));
    expect(payment?.valueOn).toBe(on(-2));
    await agrees(lease, 10);
  });

  it('is in doubt for the lease that somebody has claimed it for, and no longer for the one that was typed', async () => {
    const [lease, other] = [await runningLease(), await runningLease()];
    const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
    const id = uuidv7();
    const facts = {
      id,
      provider: 'mtn',
      receipt: id,
      market: 'UG',
      payerMasked: '+2567*****001',
      currency: 'UGX',
    } as const;
    const typed = { account: row?.reference ?? '', amount: LINE, paidAt: day(5), status: 'suspense' } as const;
    await database.db.insert(inbound).values({ ...facts, ...typed });
    expect([await lease.isAsked(5), await other.isAsked(5)]).toEqual([0, LINE]);
    await database.db.delete(attempts).where(eq(attempts.leaseId, other.id));
    await database.db.update(inbound).set({ leaseId: other.id }).where(eq(inbound.id, id));
    expect([await lease.isAsked(5), await other.isAsked(5)]).toEqual([LINE, 0]);
  });

  it.each(['announced', 'suspense'] as const)(
    'is in doubt while it is %s with the lease’s reference',
    async (status) => {
      const lease = await runningLease();
      const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
      const inboundId = uuidv7();
      const typed = (row?.reference ?? '').toLowerCase().replace(/^(..)/, '$1 - ');
      await database.db.insert(inbound).values({
        id: inboundId,
        provider: 'mtn',
        receipt: inboundId,
        market: 'UG',
        account: typed,
        payerMasked: '+2567*****001',
        amount: LINE,
        currency: 'UGX',
        paidAt: day(8),
        status,
      });
      expect((await lease.fees(9)).charged).toBe(0);
      await database.db.update(inbound).set({ status: 'refuted' }).where(eq(inbound.id, inboundId));
      expect((await lease.fees(10)).charged).toBe(FEE);
    },
  );
});

describe('cash that is booked late', () => {
  it('counts from the day on which it was taken', async () => {
    const lease = await runningLease();
    await lease.fees(9);
    await lease.arrears(9);
    await lease.cash(14, LINE, on(5));
    expect(await lease.books(14)).toMatchObject({
      status: 'active',
      feesCharged: 0,
      daysPastDue: 2,
      oldestUnpaidOn: on(12),
    });
    await agrees(lease, 14);
  });

  it('pays lines before fees that were charged after it, and those before credit', async () => {
    const lease = await runningLease();
    await lease.fees(9);
    // Paid a day after the grace: the fee of the first line stays. The second line's fee came later.
    await lease.fees(16);
    expect((await lease.books(16)).feesDue).toBe(2 * FEE);
    await lease.cash(17, LINE + FEE, on(9));
    expect(await lease.books(17)).toMatchObject({ feesCharged: 2 * FEE, feesPaid: FEE, feesDue: FEE });
    expect((await lease.books(17)).paid.slice(0, 2)).toEqual([LINE, 0]);
    await lease.cash(18, 10 * LINE, on(9));
    expect(await lease.books(18)).toMatchObject({ feesCharged: FEE, feesDue: 0, credit: LINE });
    await agrees(lease, 18);
  });

  it('is refused for a day before the application or in the future', async () => {
    const lease = await runningLease();
    await expect(lease.cash(17, LINE, on(18))).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(lease.cash(17, LINE, '2025-12-01')).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('undoes fees of a schedule that was moved or replaced since', async () => {
    const lease = await runningLease();
    const leaseId = lease.id;
    await lease.fees(9);
    await lease.act(day(10), (context) => pauseLease(context, { leaseId, kind: 'illness', days: 5 }), agent);
    await lease.act(day(15), (context) => resumeLease(context, { leaseId }));
    await lease.act(
      day(16),
      (context) => restructureLease(context, { leaseId, instalments: 20, reason: 'ill' }),
      agent,
    );
    expect((await lease.books(16)).feesDue).toBe(FEE);
    // In time by the schedule of the day on which the fee was charged.
    await lease.cash(17, LINE, on(8));
    expect(await lease.books(17)).toMatchObject({ feesCharged: 0, feesDue: 0 });
    await agrees(lease, 17);
  });

  it('does not forgive a second time what was waived', async () => {
    const lease = await runningLease();
    await lease.fees(9);
    await lease.act(
      day(10),
      (context) => waiveFees(context, { leaseId: lease.id, amount: 4_000, reason: 'kind' }),
      agent,
    );
    await lease.cash(11, LINE, on(5));
    expect(await lease.books(11)).toMatchObject({ feesCharged: 4_000, feesDue: 0, credit: 0 });
    await agrees(lease, 11);
  });

  it('gives back the room below the cap, for other lines', async () => {
    const lease = await runningLease();
    await lease.fees(9);
    await lease.cash(10, LINE, on(8));
    expect((await lease.fees(11)).charged).toBe(0);
    expect((await lease.fees(16)).charged).toBe(FEE);
    expect((await lease.books(16)).feesCharged).toBe(FEE);
  });

  it('can be taken back again, and so can what had paid the fee', async () => {
    const lease = await runningLease();
    await lease.fees(9);
    await lease.pays(10, 30_000);
    await lease.cash(11, LINE, on(5));
    const all = await database.db.select().from(attempts).where(eq(attempts.leaseId, lease.id));
    for (const { id: attemptId } of all.filter(({ kind, amount }) => kind === 'cash' || amount === 30_000))
      await lease.act(day(12), (context) =>
        reversePayment(context, { leaseId: lease.id, attemptId, reason: 'by mistake' }),
      );
    expect(await lease.books(12)).toMatchObject({
      feesCharged: 0,
      feesPaid: 0,
      paid: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      outstanding: 10 * LINE,
    });
    await agrees(lease, 12);
  });

  it('keeps a promise that was taken for broken, when it was paid by its day', async () => {
    const lease = await runningLease();
    const leaseId = lease.id;
    await lease.act(day(5), (context) => promisePayment(context, { leaseId, on: on(7), amount: 500_000 }));
    await lease.act(day(8, 0), (context) => checkPromise(context, { leaseId }));
    expect(await lease.timeline('lease.promise_broken')).toHaveLength(1);
    await lease.cash(10, 500_000, on(8));
    expect(await lease.timeline('lease.promise_kept')).toHaveLength(0);
    await lease.cash(10, 500_000, on(7));
    expect(await lease.timeline('lease.promise_kept')).toMatchObject([{ on: on(7), valueOn: on(7) }]);
  });

  it('is no lateness for the next credit decision, where it was in time', async () => {
    const lease = await runningLease();
    await lease.act(day(6), async (context) => {
      for (const daysPastDue of [1, 3]) {
        const detail = { oldestUnpaidOn: on(5), daysPastDue };
        await record(context, { type: 'payment.overdue', subject: lease.id, leaseId: lease.id, detail });
      }
    });
    const [{ customerId } = { customerId: '' }] = await database.db
      .select()
      .from(leases)
      .where(eq(leases.id, lease.id));
    const next = await bookLease(database, config, { customerId });
    const history = async () => {
      const [row] = await database.db.select().from(leases).where(eq(leases.id, next.id));
      return (await gatherFacts(database.db, { customerId, lease: row ?? null, at: day(9) })).history;
    };
    expect(await history()).toMatchObject({ linesLate: 1, worstDaysPastDue: 4 });
    await lease.cash(9, LINE - 1, on(5));
    expect(await history()).toMatchObject({ linesLate: 1 });
    await lease.cash(9, 1, on(6));
    // A day late, not three.
    expect(await history()).toMatchObject({ linesLate: 1, worstDaysPastDue: 1 });
    await lease.cash(9, 1, on(5));
    expect(await history()).toMatchObject({ linesLate: 0, worstDaysPastDue: 0 });
  });
});
