import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, promises } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import {
  LINE,
  FEE,
  admin,
  agent,
  agrees,
  day,
  decideCash,
  deps,
  on,
  runningLease,
  type LateLease,
} from '#test/late-money';
import { countCash } from '#test/lease-books';
import { pauseLease, resumeLease } from '../../leases/pause-lease.ts';
import { checkPromise, promisePayment } from '../../leases/promise-payment.ts';
import { restructureLease } from '../../leases/restructure-lease.ts';
import { quoteSettlement } from '../../leases/settle-early.ts';
import { decideCashDay } from './backdated-cash.ts';
import { returnCredit } from '../refunds/return-credit.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** Cash of a day that one agent says, and that somebody else confirms or rejects. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('cash of an earlier day', () => {
  const claimOf = async (paymentId: string) =>
    (await database.db.select().from(cases).where(eq(cases.paymentId, paymentId)))[0];
  const valueOf = async (paymentId: string) =>
    (await database.db.select().from(attempts).where(eq(attempts.id, paymentId)))[0]?.valueOn;

  it('counts from that day at once, and is a case, until somebody else confirms it or finds a later one', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const paymentId = await lease.claims(14, LINE, on(5));
    expect(await valueOf(paymentId)).toBe(on(5));
    expect(await lease.books(14)).toMatchObject({ feesCharged: 0, feesPaid: 0, outstanding: 9 * LINE });
    expect(await claimOf(paymentId)).toMatchObject({
      kind: 'backdated_cash',
      status: 'open',
      leaseId: lease.id,
      detail: {
        agentId: agent.id,
        receiptNumber: paymentId,
        claimedOn: on(5),
        bookedOn: on(14),
        amount: { amount: LINE, currency: 'UGX' },
      },
    });
    for (const decision of ['confirmed', 'rejected'] as const)
      await expect(decideCash(database, paymentId, day(15), { actor: agent, decision })).rejects.toMatchObject({
        code: 'forbidden',
      });
    for (const paidOn of [on(4), on(15)])
      await expect(decideCash(database, paymentId, day(15), { paidOn })).rejects.toMatchObject({
        code: 'unprocessable',
      });
    await decideCash(database, paymentId, day(15), { paidOn: on(6) });
    expect(await valueOf(paymentId)).toBe(on(6));
    expect(await lease.books(15)).toMatchObject({ feesCharged: 0, feesPaid: 0, outstanding: 9 * LINE });
    expect(await claimOf(paymentId)).toMatchObject({ status: 'closed', closedBy: admin.id });
    await agrees(database, lease, 15);
  });

  it('counts from when it was booked once somebody else rejects it, and the late fee is due again, once', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const paymentId = await lease.claims(14, LINE, on(5));
    await decideCash(database, paymentId, day(15), { decision: 'rejected' });
    expect(await valueOf(paymentId)).toBe(on(14));
    expect(await lease.books(15)).toMatchObject({ feesCharged: FEE, feesDue: FEE, outstanding: 9 * LINE });
    await lease.fees(16);
    expect(await lease.books(16)).toMatchObject({ feesCharged: 2 * FEE });
    await agrees(database, lease, 16);
  });

  it('is no case back to the business day before', async () => {
    const lease = await runningLease(database);
    // The 12th is a Monday.
    for (const [number, paidOn, isBelieved] of [
      [12, on(9), true],
      [12, on(8), false],
      [13, on(12), true],
      [13, on(11), false],
    ] as const) {
      const paymentId = await lease.claims(number, 1_000, paidOn);
      expect(await valueOf(paymentId), paidOn).toBe(paidOn);
      expect((await claimOf(paymentId)) === undefined, paidOn).toBe(isBelieved);
    }
  });

  it('is a case where it is one of a quote that has ended, also the business day before, and pays no such quote', async () => {
    const lease = await runningLease(database);
    const { amount } = await lease.act(day(8), (context) => quoteSettlement(context, { leaseId: lease.id }));
    const paymentId = await lease.claims(12, amount, on(9));
    expect(await lease.books(12)).toMatchObject({ status: 'active' });
    expect(await claimOf(paymentId)).toMatchObject({ status: 'open' });
    await decideCash(database, paymentId, day(13));
    expect(await lease.books(13)).toMatchObject({ status: 'settled_early', outstanding: 0 });
  });

  it('that is rejected after a quote owes the fee that the quote had, and no less', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const { amount } = await lease.act(day(14, 11), (context) => quoteSettlement(context, { leaseId: lease.id }));
    const claim = await lease.claims(14, LINE, on(5));
    await decideCash(database, claim, day(14, 13), { decision: 'rejected' });
    const paymentId = uuidv7();
    const rest = { kind: 'cash', agentId: agent.id, paymentId, amount: amount - LINE - FEE, receiptNumber: paymentId };
    await lease.receive(day(14, 14), { ...rest, kind: 'cash' });
    expect(await lease.books(14)).toMatchObject({ status: 'active' });
  });

  it('whose decision is repeated or comes too late changes nothing', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const paymentId = await lease.cash(14, LINE, on(5));
    const { id: caseId = '' } = (await claimOf(paymentId)) ?? {};
    const again = (actor = admin) =>
      lease.act(
        day(14),
        (context) => decideCashDay(context, { leaseId: lease.id, caseId, decision: 'confirmed', resolution: 'again' }),
        actor,
      );
    const books = await lease.books(14);
    await again();
    await expect(again({ ...admin, id: randomUUID() })).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await lease.books(14)).toEqual(books);

    const other = await lease.claims(14, 1_000, on(5));
    await lease.act(day(14), (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId: other, reason: 'never there' }),
    );
    expect(await claimOf(other)).toMatchObject({ status: 'closed' });
    await agrees(database, lease, 14);
  });

  it('pays a quote that has expired only when it is confirmed', async () => {
    const lease = await runningLease(database);
    const { amount } = await lease.act(day(5), (context) => quoteSettlement(context, { leaseId: lease.id }));
    const paymentId = await lease.claims(14, amount, on(5));
    expect(await lease.books(14)).toMatchObject({ status: 'active', credit: 0 });
    await decideCash(database, paymentId, day(15));
    expect(await lease.books(15)).toMatchObject({ status: 'settled_early', outstanding: 0, credit: 0 });
    await agrees(database, lease, 15);
  });

  it('counts towards a quote that has expired only when it is confirmed', async () => {
    const lease = await runningLease(database);
    const { amount } = await lease.act(day(5), (context) => quoteSettlement(context, { leaseId: lease.id }));
    const claimed = await lease.claims(14, 2 * LINE, on(5));
    await lease.cash(15, amount - 2 * LINE, on(5));
    expect(await lease.books(15)).toMatchObject({ status: 'active' });
    await decideCash(database, claimed, day(16));
    expect(await lease.books(16)).toMatchObject({ status: 'settled_early', outstanding: 0, credit: 0 });
    await agrees(database, lease, 16);
  });

  it('whose credit was given back is booked anew without it', async () => {
    const lease = await runningLease(database);
    await lease.pays(6, 50_000);
    await lease.fees(9);
    const paymentId = await lease.claims(14, 10 * LINE, on(5));
    expect(await lease.books(14)).toMatchObject({ feesCharged: 0, credit: 50_000 });
    const giver: Actor = { role: 'agent', id: randomUUID() };
    const other = await runningLease(database);
    await other.receive(day(14), {
      kind: 'cash',
      agentId: giver.id,
      paymentId: randomUUID(),
      amount: 90_000,
      receiptNumber: 'G-1',
    });
    const back = { leaseId: lease.id, paymentId: randomUUID(), amount: 40_000, receiptNumber: 'G-2' };
    await lease.act(day(14), (context) => countCash(context, lease.id));
    await lease.act(day(14), (context) => returnCredit(context, deps, back), giver);
    await decideCash(database, paymentId, day(15), { decision: 'rejected' });
    // What is left of its credit pays the fee that is owed again, and goes back to nobody.
    expect(await lease.books(15)).toMatchObject({ feesDue: 0, feesPaid: FEE, outstanding: 0, credit: 0 });
    const rest = { leaseId: lease.id, paymentId: randomUUID(), amount: 10_000, receiptNumber: 'G-3' };
    await expect(lease.act(day(15), (context) => returnCredit(context, deps, rest), giver)).rejects.toMatchObject({
      code: 'unprocessable',
    });
    await agrees(database, lease, 15);
  });
});

describe('a late fee that a day has undone and that is due again', () => {
  const reject = (claim: string, number: number) => decideCash(database, claim, day(number), { decision: 'rejected' });
  const restructure = (lease: LateLease, number: number) =>
    lease.act(day(number), (context) =>
      restructureLease(context, { leaseId: lease.id, instalments: 10, reason: 'ill' }),
    );
  const pause = (lease: LateLease, number: number) =>
    lease.act(day(number), (context) => pauseLease(context, { leaseId: lease.id, kind: 'illness', days: 7 }), agent);
  const resume = (lease: LateLease, number: number) =>
    lease.act(day(number), (context) => resumeLease(context, { leaseId: lease.id }));

  it('is charged also where a restructure has put its line away since, once', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await restructure(lease, 12);
    const claim = await lease.claims(17, LINE, on(8));
    await reject(claim, 17);
    expect(await lease.books(18)).toMatchObject({ feesCharged: FEE, feesDue: FEE });
    // Its number is another line's now, whose own fee is another.
    const other = await lease.claims(28, 1_000, on(26));
    await reject(other, 28);
    await lease.fees(30);
    expect(await lease.books(30)).toMatchObject({ feesCharged: 2 * FEE });
    await agrees(database, lease, 30);
  });

  it('is charged once where a pause has moved its line since', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const claim = await lease.claims(10, LINE, on(5));
    await pause(lease, 11);
    await resume(lease, 18);
    await reject(claim, 19);
    expect(await lease.books(19)).toMatchObject({ feesCharged: FEE, feesDue: FEE });
    await lease.act(day(20), (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId: claim, reason: 'never there' }),
    );
    await lease.fees(20);
    expect(await lease.books(20)).toMatchObject({ feesCharged: FEE });
    await agrees(database, lease, 20);
  });

  it('is not charged during a pause but at its end', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const claim = await lease.claims(14, 2 * LINE, on(5));
    await pause(lease, 15);
    await reject(claim, 16);
    expect(await lease.books(16)).toMatchObject({ status: 'paused', feesDue: 0 });
    await agrees(database, lease, 16);
    await resume(lease, 22);
    expect(await lease.books(22)).toMatchObject({ status: 'active', feesCharged: FEE, feesDue: FEE });
    await agrees(database, lease, 22);
  });
});

describe('a promise that only a claimed day has kept', () => {
  it.each([
    [
      'is rejected',
      (_lease: LateLease, claim: string) => decideCash(database, claim, day(15), { decision: 'rejected' as const }),
    ],
    [
      'is found to be later',
      (_lease: LateLease, claim: string) => decideCash(database, claim, day(15), { paidOn: on(8) }),
    ],
    [
      'is taken back',
      (lease: LateLease, attemptId: string) =>
        lease.act(day(15), (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'x' })),
    ],
  ] as const)('is broken where it %s, and kept by what comes for it', async (_what, happens) => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    const status = async () =>
      (await database.db.select().from(promises).where(eq(promises.leaseId, leaseId)))[0]?.status;
    await lease.act(day(6), (context) => promisePayment(context, { leaseId, on: on(7), amount: LINE }));
    await lease.act(day(8), (context) => checkPromise(context, { leaseId }));
    const claim = await lease.claims(14, LINE, on(7));
    expect(await status()).toBe('kept');
    await happens(lease, claim);
    expect(await status()).toBe('broken');
    await lease.cash(16, LINE, on(7));
    expect(await status()).toBe('kept');
    expect(await lease.timeline('lease.promise_broken')).toHaveLength(2);
    expect(await lease.timeline('lease.promise_kept')).toHaveLength(2);
  });
});
