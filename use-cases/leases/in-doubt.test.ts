import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewLeases } from '#api/leases/view';
import { readLeaseStatement } from '#db/queries/statements';
import { attempts, clockMoves, inbound, leases } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { LINE, FEE, agent, agrees, config, day, deps, on, runningLease, type LateLease } from '#test/late-money';
import type { Context } from '../context.ts';
import { lockLease } from './lease-record.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { restructureLease } from './restructure-lease.ts';
import { positionInDoubt } from './in-doubt.ts';
import { promisePayment } from './promise-payment.ts';
import { returnVehicle } from './return-vehicle.ts';
import { stateFromBooks } from './state-from-books.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { postPayment } from '../payments/post-payment.ts';
import { requestPayment } from '../payments/charging/request-payment.ts';
import { recordOutcome } from '../payments/outcomes/record-outcome.ts';

/** Money of which nobody knows yet whether it was paid, and what it turns out to be. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** A lease as the API shows it when its own clock stands at noon of a day. */
async function shownOn(lease: LateLease, number: number) {
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  const clockOffsetMs = day(number).getTime() - Date.now();
  return row === undefined ? [] : viewLeases(database.db, [{ ...row, clockOffsetMs }], { role: 'agent' });
}

describe('a charge whose outcome was unknown', () => {
  it('counts from the day on which it was asked for, when it is decided as paid', async () => {
    const lease = await runningLease(database);
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
    const statement = await readLeaseStatement(database.db, lease.id);
    expect(statement?.entries.at(-1)).toMatchObject({ on: on(11), valueOn: on(5), credit: LINE });
    await agrees(database, lease, 11);
  });

  it('is charged its late fee from the day on which it turns out not to be paid', async () => {
    const lease = await runningLease(database);
    const attemptId = await lease.unknown(5);
    expect((await lease.fees(9)).charged).toBe(0);
    await lease.decide(11, attemptId, 'failed');
    expect((await lease.fees(12)).charged).toBe(FEE);
    const [, fee] =
      (await readLeaseStatement(database.db, lease.id))?.entries.filter(({ kind }) => kind !== 'receipt') ?? [];
    expect(fee).toMatchObject({ kind: 'late_fee', on: on(12) });
  });

  it('is not shown as late while it is in doubt, and grants no pause: an agent does', async () => {
    const lease = await runningLease(database);
    const attemptId = await lease.unknown(5);
    const shown = () => shownOn(lease, 10);
    const owed = { outstanding: { amount: 10 * LINE } };
    const nextDue = { on: on(12), amount: { amount: LINE } };
    expect(await shown()).toMatchObject([
      { overdue: { amount: 0 }, daysPastDue: 0, bucket: 'current', nextDue, ...owed },
    ]);
    const pause = (number: number, by: Actor = lease.customer) =>
      lease.act(day(number), (context) => pauseLease(context, { leaseId: lease.id, kind: 'illness', days: 2 }), by);
    await expect(pause(10)).rejects.toMatchObject({ code: 'pause_refused' });
    expect((await pause(10, agent)).status).toBe('paused');
    await lease.act(day(10), (context) => resumeLease(context, { leaseId: lease.id }), lease.customer);

    await lease.decide(10, attemptId, 'failed');
    expect(await shown()).toMatchObject([
      { overdue: { amount: LINE }, daysPastDue: 5, bucket: '1-7', nextDue: { on: on(5) }, ...owed },
    ]);
    await expect(pause(10)).rejects.toMatchObject({ code: 'pause_refused' });
  });

  it.each(['in_arrears', 'immobilised'] as const)('hides nothing of a lease that is %s', async (status) => {
    const lease = await runningLease(database);
    await lease.arrears(9);
    await database.db.update(leases).set({ status }).where(eq(leases.id, lease.id));
    await lease.unknown(9);
    const late = { overdue: { amount: LINE }, daysPastDue: 5, bucket: '1-7', nextDue: { on: on(5) } };
    expect(await shownOn(lease, 10)).toMatchObject([{ status, ...late }]);
  });

  it('is no arrears and no reminder while it is in doubt', async () => {
    const lease = await runningLease(database);
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

  it.each(['a pause', 'a restructure'])('protects no later due after %s', async (what) => {
    const lease = await runningLease(database);
    await lease.unknown(5);
    await lease.cash(10, LINE);
    const { id: leaseId } = lease;
    const as = { role: 'agent', id: randomUUID() } as const;
    if (what === 'a pause') {
      await lease.act(day(13), (context) => pauseLease(context, { leaseId, kind: 'repair', days: 5 }), as);
      await lease.act(day(18, 8), (context) => resumeLease(context, { leaseId }));
    } else
      await lease.act(day(13), (context) => restructureLease(context, { leaseId, instalments: 9, reason: 'ill' }), as);
    expect(await lease.isAsked(what === 'a pause' ? 18 : 20)).toBe(LINE);
  });

  it('has late fees and arrears of a later due', async () => {
    const lease = await runningLease(database);
    await lease.unknown(6);
    expect((await lease.fees(16)).charged).toBe(FEE);
    expect((await lease.advance(16)).status).toBe('in_arrears');
    // The fee came after the payment was asked for: it is no part of what that may have paid.
    expect(await lease.isAsked(16)).toBe(LINE + FEE);
  });

  it('puts arrears off until it fails, and not a moment longer', async () => {
    const lease = await runningLease(database);
    const attemptId = randomUUID();
    await lease.isAsked(9, { attemptId, amount: LINE });
    expect((await lease.advance(9)).status).toBe('active');
    const declined = { state: 'failed', reason: 'declined', detail: 'the customer said no' } as const;
    await lease.act(day(9), (context) => recordOutcome(context, attemptId, declined));
    expect((await lease.advance(9)).status).toBe('in_arrears');
  });

  it('protects what it was asked for also where a pause has moved it', async () => {
    const lease = await runningLease(database);
    await lease.unknown(5);
    await lease.act(day(6), (context) => pauseLease(context, { leaseId: lease.id, kind: 'illness', days: 7 }));
    await lease.act(day(13, 0), (context) => resumeLease(context, { leaseId: lease.id }));
    expect(await lease.isAsked(13)).toBe(0);
    expect(await lease.isAsked(19)).toBe(LINE);
  });

  it('is no excuse for a line whose grace was over before it was asked for', async () => {
    const lease = await runningLease(database);
    await lease.unknown(9);
    expect((await lease.fees(10)).charged).toBe(FEE);
  });

  it('undoes the fee that was charged before it was known to be in time, paid or not', async () => {
    const lease = await runningLease(database);
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
      await recordOutcome(context, attemptId, { state: 'succeeded', receipt: attemptId, amount });
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
    await agrees(database, lease, 11);
  });

  it('cannot have been paid before it was asked for, nor in the future', async () => {
    const lease = await runningLease(database);
    const attemptId = await lease.unknown(5);
    await expect(lease.decide(11, attemptId, 'succeeded', on(4))).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(lease.decide(11, attemptId, 'succeeded', on(12))).rejects.toMatchObject({ code: 'unprocessable' });
    await lease.decide(11, attemptId, 'succeeded', on(7));
    const [payment] = await database.db.select().from(attempts).where(eq(attempts.id, attemptId));
    expect(payment?.valueOn).toBe(on(7));
  });
});

describe('what a customer asks a phone for and does not answer', () => {
  it('grants him no pause, no return and no smaller promise, and keeps no agent from taking the vehicle back', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    await lease.arrears(9);
    expect(await lease.isAsked(12, { attemptId: randomUUID(), amount: 2 * LINE })).toBe(2 * LINE);
    const asks = (work: (context: Context) => Promise<unknown>) => lease.act(day(12), work, lease.customer);
    await expect(asks((context) => pauseLease(context, { leaseId, kind: 'holiday', days: 14 }))).rejects.toMatchObject({
      code: 'pause_refused',
    });
    await expect(asks((context) => returnVehicle(context, { leaseId, reason: 'x' }))).rejects.toMatchObject({
      code: 'return_refused',
    });
    await expect(
      asks((context) => promisePayment(context, { leaseId, on: on(15), amount: LINE / 20 })),
    ).rejects.toMatchObject({ code: 'promise_refused' });
    const taken = await lease.act(day(12), (context) => returnVehicle(context, { leaseId, reason: 'x' }), agent);
    expect(taken.status).toBe('returned');
  });

  it('is not asked of him a second time by itself, also where it falls due later, until it is decided', async () => {
    const lease = await runningLease(database);
    const attemptId = randomUUID();
    await lease.isAsked(2, { attemptId, amount: LINE + 300_000 });
    expect(await lease.isAsked(5)).toBe(0);
    expect((await lease.fees(9)).charged).toBe(0);
    expect((await lease.advance(9)).status).toBe('active');
    // What he asks for himself no doubt stops.
    await lease.isAsked(10, { attemptId: randomUUID(), amount: 10_000 });
    expect(await lease.isAsked(12)).toBe(LINE - 310_000);

    const another = await runningLease(database);
    const asked = { attemptId: randomUUID(), amount: LINE };
    await another.isAsked(2, asked);
    expect(await another.isAsked(5)).toBe(0);
    const declined = { state: 'failed', reason: 'expired', detail: 'nobody answered' } as const;
    await another.act(day(6), (context) => recordOutcome(context, asked.attemptId, declined));
    expect(await another.isAsked(6)).toBe(LINE);
  });

  it('is asked of him for what was not due when he asked, beyond a few times', async () => {
    const lease = await runningLease(database);
    const declined = { state: 'failed', reason: 'expired', detail: 'nobody answered' } as const;
    for (let time = 0; time < 5; time += 1) {
      const attemptId = randomUUID();
      await lease.isAsked(2, { attemptId, amount: 9 * LINE });
      await lease.act(day(2), (context) => recordOutcome(context, attemptId, declined));
    }
    await lease.isAsked(6, { attemptId: randomUUID(), amount: 9 * LINE });
    expect(await lease.isAsked(7)).toBe(0);
    expect(await lease.isAsked(12)).toBe(LINE);
  });

  it('puts his arrears off a few times, and for some days', async () => {
    const lease = await runningLease(database);
    const isLate = async (number: number) => (await lease.advance(number)).status === 'in_arrears';
    const declined = { state: 'failed', reason: 'expired', detail: 'nobody answered' } as const;
    for (let time = 0; time < 5; time += 1) {
      const attemptId = randomUUID();
      await lease.isAsked(9, { attemptId, amount: LINE });
      expect(await isLate(9)).toBe(false);
      await lease.act(day(9), (context) => recordOutcome(context, attemptId, declined));
    }
    await lease.isAsked(10, { attemptId: randomUUID(), amount: LINE });
    expect(await isLate(10)).toBe(true);

    const another = await runningLease(database);
    await another.isAsked(9, { attemptId: randomUUID(), amount: 2 * LINE });
    expect((await another.advance(16)).status).toBe('active');
    expect((await another.advance(17)).status).toBe('in_arrears');
  });
});

describe('a prompt that a person starts', () => {
  it('rings nobody in his quiet hours but who asked for it', async () => {
    const lease = await runningLease(database);
    const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
    const asks = (hour: number, by: Actor) =>
      lease.act(
        day(10, hour),
        (context) =>
          requestPayment(context, deps, {
            attemptId: randomUUID(),
            leaseId: lease.id,
            kind: 'pay',
            paymentMethodId: row?.paymentMethodId ?? '',
            amount: 5_000,
          }),
        by,
      );
    await expect(asks(2, agent)).rejects.toMatchObject({ code: 'invalid_state' });
    await asks(2, { role: 'customer', id: row?.customerId ?? '' });
    await asks(7, agent);
  });
});

it('a lease that is started again from the books leaves a phone alone for as long as before', async () => {
  const lease = await runningLease(database);
  const attemptId = randomUUID();
  const order = { attemptId, leaseId: lease.id, kind: 'instalment', method: 0 } as const;
  await lease.act(day(5, 8), (context) => openAttempt(context, deps, order));
  const over = { state: 'failed', reason: 'over_limit', detail: 'the wallet is full' } as const;
  await lease.act(day(5, 9), (context) => recordOutcome(context, attemptId, over));
  const { state } = await stateFromBooks(database.db, config, lease.id);
  expect(state).toMatchObject({ failures: 1, notBefore: day(12, 8).getTime() });
});

describe('what a customer paid by himself', () => {
  it('counts from the day on which he paid, on the clock that the lease had then', async () => {
    const lease = await runningLease(database);
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
    await agrees(database, lease, 10);
  });

  it.each(['announced', 'suspense'] as const)(
    'is in doubt while it is %s with the lease’s reference',
    async (status) => {
      const lease = await runningLease(database);
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
