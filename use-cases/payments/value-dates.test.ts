import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, inbound, leases } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { LINE, FEE, agent, agrees, config, day, deps, on, runningLease, type LateLease } from '#test/late-money';
import { bookLease } from '#test/lease-books';
import { record } from '../context.ts';
import { gatherFacts } from '../credit/gather-facts.ts';
import { waiveFees } from '../leases/waive-fees.ts';
import { pauseLease, resumeLease } from '../leases/pause-lease.ts';
import { checkPromise, promisePayment } from '../leases/promise-payment.ts';
import { restructureLease } from '../leases/restructure-lease.ts';
import { quoteSettlement } from '../leases/settle-early.ts';
import { openAttempt } from './charging/open-attempt.ts';
import { reversePayment } from './reversal/reverse-payment.ts';

/** Cash that is booked days after it was paid. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('a quote that has expired', () => {
  const quoted = async () => {
    const lease = await runningLease(database);
    const quote = await lease.act(day(1), (context) => quoteSettlement(context, { leaseId: lease.id }));
    return { lease, ...quote };
  };
  /** What the customer paid by himself on one day, with a wrong reference, and an agent gives to the lease on another. */
  const resolves = async (lease: LateLease, at: Date, amount: number, paidOn: number) => {
    const id = uuidv7();
    const facts = { provider: 'mtn', receipt: id, payerMasked: '+2567*****001', amount } as const;
    const known = { market: 'UG', account: 'MISTYPED', currency: 'UGX', status: 'suspense' } as const;
    await database.db.insert(inbound).values({ id, ...facts, ...known, paidAt: day(paidOn, 13), leaseId: lease.id });
    await lease.receive(at, { kind: 'inbound', paymentId: id, ...facts, fromSuspense: true });
  };
  const isUnknown = (attemptId: string) =>
    database.db.update(attempts).set({ sent: true, status: 'unknown' }).where(eq(attempts.id, attemptId));

  it.each([
    ['money of its day', (lease: LateLease) => resolves(lease, day(62), 1_000, 1)],
    ['a charge of its day', (lease: LateLease, attemptId: string) => lease.decide(62, attemptId, 'succeeded')],
  ])('saves nothing by %s that becomes known later, where the rest was paid after it', async (_what, comes) => {
    const { lease, amount } = await quoted();
    const attemptId = randomUUID();
    await lease.isAsked(1, { attemptId, amount: 1_000 });
    await isUnknown(attemptId);
    for (let week = 0; week < 7; week += 1) await lease.pays(5 + 7 * week, LINE);
    await lease.pays(61, amount - 7 * LINE - 1_000);
    const { outstanding } = await lease.books(61);
    await comes(lease, attemptId);
    expect(await lease.books(62)).toMatchObject({ status: 'active', outstanding: outstanding - 1_000 });
    await agrees(database, lease, 62);
  });

  it('is paid by what was paid a moment before its end and booked a moment after it', async () => {
    const lease = await runningLease(database);
    const { amount } = await lease.act(day(8), (context) => quoteSettlement(context, { leaseId: lease.id }));
    const [id, end] = [uuidv7(), day(9).getTime()];
    const facts = { provider: 'mtn', receipt: id, payerMasked: '+2567*****001', amount } as const;
    const known = { market: 'UG', account: 'MISTYPED', currency: 'UGX', status: 'suspense' } as const;
    const paidAt = new Date(end - 120_000);
    await database.db.insert(inbound).values({ id, ...facts, ...known, paidAt, leaseId: lease.id });
    await lease.receive(new Date(end + 300_000), { kind: 'inbound', paymentId: id, ...facts, fromSuspense: true });
    expect(await lease.books(9)).toMatchObject({ status: 'settled_early', outstanding: 0 });
  });

  it('is paid by what was paid in its time, whenever that becomes known, and what came after it is credit', async () => {
    const { lease, amount } = await quoted();
    await lease.pays(1, LINE);
    await lease.pays(5, LINE);
    await resolves(lease, day(14), amount - LINE, 1);
    expect(await lease.books(14)).toMatchObject({ status: 'settled_early', outstanding: 0, credit: LINE });
    await agrees(database, lease, 14);
  });

  it('is paid by what was paid before it, as if that had been there when it was made', async () => {
    const { lease, amount } = await quoted();
    await resolves(lease, day(1, 14), 2 * LINE, -2);
    await lease.pays(1, amount - 2 * LINE - 1);
    expect(await lease.books(1)).toMatchObject({ status: 'active', outstanding: 10 * LINE - amount + 1 });
    await lease.pays(1, 1);
    expect(await lease.books(1)).toMatchObject({ status: 'settled_early', outstanding: 0, credit: 0 });
  });

  it('is not paid by what was asked for in its time and paid after it', async () => {
    const { lease, amount } = await quoted();
    const attemptId = randomUUID();
    expect(await lease.isAsked(1, { attemptId, amount })).toBe(amount);
    await isUnknown(attemptId);
    await lease.decide(14, attemptId, 'succeeded', on(9));
    expect(await lease.books(14)).toMatchObject({ status: 'active', outstanding: 10 * LINE - amount });
    await agrees(database, lease, 14);
  });

  it('is good for the settlement that was asked for in its time, whenever it is paid', async () => {
    const lease = await runningLease(database);
    // So that one prompt is enough for what is left.
    await lease.pays(1, 3 * LINE);
    const { id: quoteId, amount } = await lease.act(day(1, 20), (context) =>
      quoteSettlement(context, { leaseId: lease.id }),
    );
    const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
    const paymentMethodId = row?.paymentMethodId ?? '';
    const attemptId = randomUUID();
    const order = { attemptId, leaseId: lease.id, kind: 'settlement', quoteId, paymentMethodId } as const;
    expect(await lease.act(day(1, 21), (context) => openAttempt(context, deps, order))).toMatchObject({ amount });
    await isUnknown(attemptId);
    for (const number of [5, 12]) await lease.pays(number, LINE);
    await lease.decide(14, attemptId, 'succeeded');
    expect(await lease.books(14)).toMatchObject({ status: 'settled_early', outstanding: 0, credit: 2 * LINE });
    await agrees(database, lease, 14);
  });
});

describe('cash that is booked late', () => {
  it('counts from the day on which it was taken', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.arrears(9);
    await lease.cash(14, LINE, on(5));
    expect(await lease.books(14)).toMatchObject({
      status: 'active',
      feesCharged: 0,
      daysPastDue: 2,
      oldestUnpaidOn: on(12),
    });
    await agrees(database, lease, 14);
  });

  it('pays lines before fees that were charged after it, and those before credit', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    // Paid a day after the grace: the fee of the first line stays. The second line's fee came later.
    await lease.fees(16);
    expect((await lease.books(16)).feesDue).toBe(2 * FEE);
    await lease.cash(17, LINE + FEE, on(9));
    expect(await lease.books(17)).toMatchObject({ feesCharged: 2 * FEE, feesPaid: FEE, feesDue: FEE });
    expect((await lease.books(17)).paid.slice(0, 2)).toEqual([LINE, 0]);
    await lease.cash(18, 10 * LINE, on(9));
    expect(await lease.books(18)).toMatchObject({ feesCharged: FEE, feesDue: 0, credit: LINE });
    await agrees(database, lease, 18);
  });

  it('is refused for a day before the application or in the future', async () => {
    const lease = await runningLease(database);
    await expect(lease.cash(17, LINE, on(18))).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(lease.cash(17, LINE, '2025-12-01')).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('undoes fees of a schedule that was moved or replaced since', async () => {
    const lease = await runningLease(database);
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
    await agrees(database, lease, 17);
  });

  it('does not forgive a second time what was waived', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.act(
      day(10),
      (context) => waiveFees(context, { leaseId: lease.id, amount: 4_000, reason: 'kind' }),
      agent,
    );
    await lease.cash(11, LINE, on(5));
    expect(await lease.books(11)).toMatchObject({ feesCharged: 4_000, feesDue: 0, credit: 0 });
    await agrees(database, lease, 11);
  });

  it('gives back the room below the cap, for other lines', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.cash(10, LINE, on(8));
    expect((await lease.fees(11)).charged).toBe(0);
    expect((await lease.fees(16)).charged).toBe(FEE);
    expect((await lease.books(16)).feesCharged).toBe(FEE);
  });

  it('can be taken back again, and so can what had paid the fee', async () => {
    const lease = await runningLease(database);
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
    await agrees(database, lease, 12);
  });

  it.each(['succeeded', 'failed'] as const)('breaks no promise before it is known: it has %s', async (outcome) => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    await lease.act(day(4), (context) => promisePayment(context, { leaseId, on: on(5), amount: LINE }));
    const attemptId = await lease.unknown(5);
    const told = async () => [
      (await lease.timeline('lease.promise_broken')).length,
      (await lease.timeline('lease.promise_kept')).length,
    ];
    expect(await lease.act(day(6), (context) => checkPromise(context, { leaseId }))).toMatchObject({
      promisedOn: null,
    });
    expect(await told()).toEqual([0, 0]);
    const another = lease.act(day(6), (c) => promisePayment(c, { leaseId, on: on(9), amount: LINE }));
    await expect(another).rejects.toMatchObject({ code: 'promise_refused' });
    await lease.decide(8, attemptId, outcome);
    expect(await told()).toEqual(outcome === 'failed' ? [1, 0] : [0, 1]);
  });

  it('keeps a promise that was taken for broken, when it was paid by its day', async () => {
    const lease = await runningLease(database);
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
    const lease = await runningLease(database);
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

describe('a charge of which it is known late', () => {
  it.each([
    [
      'paid too late',
      async (lease: LateLease, attemptId: string) => lease.decide(15, attemptId, 'succeeded', on(11)),
      FEE,
    ],
    ['paid in time', async (lease: LateLease, attemptId: string) => lease.decide(15, attemptId, 'succeeded', on(8)), 0],
    [
      'not paid, where cash has paid its line too late meanwhile',
      async (lease: LateLease, attemptId: string) => {
        await lease.cash(14, LINE);
        await lease.decide(15, attemptId, 'failed');
      },
      FEE,
    ],
  ])('that was %s owes the fee that was put off, once', async (_what, turnsOut, fee) => {
    const lease = await runningLease(database);
    const attemptId = await lease.unknown(5);
    expect((await lease.fees(9)).charged).toBe(0);
    await turnsOut(lease, attemptId);
    expect((await lease.fees(15)).charged).toBe(fee);
    await lease.fees(15);
    expect((await lease.books(15)).feesCharged).toBe(fee);
    // The second line is late as well.
    expect((await lease.fees(16)).charged).toBe(FEE);
    await agrees(database, lease, 16);
  });
});

describe('money on later lines', () => {
  it('pays the line that a payment taken back has left open: no fee, no arrears, no prompt', async () => {
    const lease = await runningLease(database);
    const wrong = randomUUID();
    const cash = { kind: 'cash', agentId: agent.id, paymentId: wrong, amount: 1_000, receiptNumber: wrong } as const;
    await lease.receive(day(1), cash);
    await lease.pays(2, LINE);
    await lease.act(day(3), (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId: wrong, reason: 'of somebody else' }),
    );
    expect(await lease.fees(11)).toMatchObject({ charged: 0 });
    await lease.advance(11);
    expect(await lease.books(11)).toMatchObject({ status: 'active', feesDue: 0, oldestUnpaidOn: on(12) });
    expect(await lease.isAsked(11)).toBe(0);
    const paidOnce = await runningLease(database);
    await paidOnce.pays(2, LINE);
    const quoted = (one: LateLease) => one.act(day(11), (context) => quoteSettlement(context, { leaseId: one.id }));
    expect((await quoted(lease)).amount).toBe((await quoted(paidOnce)).amount);
    await lease.pays(12, LINE);
    expect(await lease.books(12)).toMatchObject({ outstanding: 8 * LINE, daysPastDue: 0, oldestUnpaidOn: on(19) });
    await agrees(database, lease, 12);
  });
});
