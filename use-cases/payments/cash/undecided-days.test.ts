import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, leases } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { LINE, FEE, agent, agrees, day, decideCash, deps, on, runningLease, type LateLease } from '#test/late-money';
import { completeLease } from '../../leases/end-lease.ts';
import { writeOffLease } from '../../leases/write-off.ts';
import { pauseLease } from '../../leases/pause-lease.ts';
import { quoteSettlement } from '../../leases/settle-early.ts';
import { openAttempt } from '../charging/open-attempt.ts';
import { requestPayment } from '../charging/request-payment.ts';
import { returnCredit } from '../refunds/return-credit.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** What cannot come back waits until somebody has decided on the days of cash on which it hangs. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const reject = (claim: string, number: number) => decideCash(database, claim, day(number), { decision: 'rejected' });
const confirm = (claim: string, number: number) => decideCash(database, claim, day(number));
const completes = (lease: LateLease, number: number) =>
  lease.act(day(number), (context) => completeLease(context, { leaseId: lease.id }));
const takesBack = (lease: LateLease, attemptId: string, number: number) =>
  lease.act(day(number), (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'never there' }));
const quote = (lease: LateLease, at: Date) =>
  lease.act(at, (context) => quoteSettlement(context, { leaseId: lease.id }));
const pause = (lease: LateLease, number: number) =>
  lease.act(day(number), (context) => pauseLease(context, { leaseId: lease.id, kind: 'illness', days: 7 }), agent);
const writesOff = (lease: LateLease, number: number) =>
  lease.act(day(number), (context) => writeOffLease(context, { leaseId: lease.id, reason: 'gone' }));
const pays = (lease: LateLease, at: Date, amount: number) => {
  const paymentId = randomUUID();
  return lease.receive(at, { kind: 'cash', agentId: agent.id, paymentId, amount, receiptNumber: paymentId });
};

describe('the last payment', () => {
  /** All is paid, if the cash was there on the 5th: else the late fee of the 9th is owed. */
  const paid = async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.pays(14, 9 * LINE);
    const claim = await lease.claims(14, LINE, on(5));
    expect(await lease.books(14)).toMatchObject({ outstanding: 0, feesDue: 0 });
    expect(await completes(lease, 14)).toMatchObject({ status: 'active', outstanding: 0, feesDue: 0 });
    return { lease, claim };
  };

  it('gives nobody a vehicle by a day that is rejected: the late fee is due again', async () => {
    const { lease, claim } = await paid();
    await reject(claim, 15);
    await completes(lease, 15);
    expect(await lease.books(15)).toMatchObject({ status: 'active', feesDue: FEE });
    await lease.pays(16, FEE);
    expect(await completes(lease, 16)).toMatchObject({ status: 'completed' });
    await agrees(database, lease, 16);
  });

  it('gives the vehicle once the day is confirmed', async () => {
    const { lease, claim } = await paid();
    await confirm(claim, 15);
    expect(await completes(lease, 15)).toMatchObject({ status: 'completed', credit: 0 });
    await agrees(database, lease, 15);
  });

  it.each([
    ['in the pause', 17],
    ['long after its end, when nothing resumes a lease that owes nothing', 40],
  ])('of a paused lease gives nobody a vehicle by a day that is rejected %s', async (_when, number) => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const claim = await lease.claims(14, LINE, on(5));
    await pause(lease, 15);
    await lease.pays(16, 9 * LINE);
    expect(await completes(lease, 16)).toMatchObject({ status: 'paused', outstanding: 0, feesDue: 0 });
    await reject(claim, number);
    expect(await completes(lease, number)).toMatchObject({ status: 'paused', feesDue: FEE });
    await lease.pays(number, FEE);
    expect(await completes(lease, number)).toMatchObject({ status: 'completed' });
    await agrees(database, lease, number);
  });

  describe('with more than was owed pays what is owed again', () => {
    const waits = async () => {
      const lease = await runningLease(database);
      await lease.fees(9);
      await lease.pays(14, 9 * LINE);
      const claim = await lease.claims(14, LINE, on(5));
      await lease.pays(14, 50_000);
      expect(await completes(lease, 14)).toMatchObject({
        status: 'active',
        outstanding: 0,
        feesDue: 0,
        credit: 50_000,
      });
      return { lease, claim };
    };

    it('when the day is rejected', async () => {
      const { lease, claim } = await waits();
      await reject(claim, 15);
      expect(await lease.isAsked(15)).toBe(0);
      expect(await lease.books(15)).toMatchObject({ feesDue: 0, credit: 50_000 - FEE });
      await agrees(database, lease, 15);
    });

    it('when the cash is taken back', async () => {
      const { lease, claim } = await waits();
      await takesBack(lease, claim, 15);
      expect(await lease.isAsked(15)).toBe(0);
      expect(await lease.books(15)).toMatchObject({ outstanding: LINE - 50_000 + FEE, feesDue: 0, credit: 0 });
      await agrees(database, lease, 15);
    });
  });

  it('owes its fee again where all the money of the rejected day was credit and was given back', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.fees(16);
    await lease.pays(20, 9 * LINE + 2 * FEE);
    await lease.claims(20, LINE, on(6));
    const second = await lease.claims(20, LINE, on(14));
    expect(await lease.books(20)).toMatchObject({ status: 'active', outstanding: 0, feesCharged: 0 });
    const giver: Actor = { role: 'agent', id: randomUUID() };
    const other = await runningLease(database);
    const held = { kind: 'cash', agentId: giver.id, paymentId: randomUUID(), amount: 2 * LINE, receiptNumber: 'G-1' };
    await other.receive(day(14), { ...held, kind: 'cash' });
    const back = { leaseId: lease.id, paymentId: randomUUID(), amount: LINE + 2 * FEE, receiptNumber: 'G-2' };
    await lease.act(day(20), (context) => returnCredit(context, deps, back), giver);
    await reject(second, 21);
    expect(await lease.books(21)).toMatchObject({ feesCharged: FEE, feesDue: FEE, credit: 0 });
    await agrees(database, lease, 21);
  });

  it('waits for no day that changes nothing', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.pays(14, 9 * LINE + FEE);
    // After the grace as well: the fee stays.
    await lease.claims(14, LINE, on(9));
    expect(await completes(lease, 14)).toMatchObject({ status: 'completed' });
  });

  it.each(['confirmed', 'rejected'] as const)('waits for a day of a quote that has ended: %s', async (decision) => {
    const lease = await runningLease(database);
    const { amount, saved } = await quote(lease, day(5));
    const claim = await lease.claims(14, amount, on(5));
    await lease.pays(14, saved);
    expect(await completes(lease, 14)).toMatchObject({ status: 'active', outstanding: 0 });
    await decideCash(database, claim, day(15), { decision });
    await completes(lease, 15);
    expect(await lease.books(15)).toMatchObject(
      decision === 'confirmed' ? { status: 'settled_early', credit: saved } : { status: 'completed', credit: 0 },
    );
    await agrees(database, lease, 15);
  });
});

describe('a quote', () => {
  /** Quoted with the late fee; cash of a claimed day undoes it; the rest is paid, with what is more or less. */
  const paid = async (more: number) => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const { amount, saved } = await quote(lease, day(14, 10));
    const claim = await lease.claims(14, LINE, on(5));
    await pays(lease, day(14, 13), amount - LINE - FEE + more);
    expect(await lease.books(14)).toMatchObject({ status: 'active', outstanding: saved, feesDue: 0, credit: more });
    await agrees(database, lease, 14);
    return { lease, claim, saved };
  };

  it('is made cheaper by no day that is rejected', async () => {
    const { lease, claim, saved } = await paid(0);
    await reject(claim, 15);
    expect(await lease.books(15)).toMatchObject({ status: 'active', outstanding: saved, feesDue: FEE });
    await agrees(database, lease, 15);
  });

  it('asks for nothing, and charges nothing, while the day is not decided', async () => {
    const { lease, claim } = await paid(0);
    await lease.advance(70);
    expect(await lease.isAsked(70)).toBe(0);
    expect(await lease.fees(70)).toMatchObject({ charged: 0 });
    expect(await lease.books(70)).toMatchObject({ status: 'active' });
    // What comes all the same is not for what may be saved.
    await lease.pays(70, 1_000);
    await confirm(claim, 71);
    expect(await lease.books(71)).toMatchObject({ status: 'settled_early', outstanding: 0, credit: 1_000 });
    await agrees(database, lease, 71);
  });

  it('is collected again once the day is rejected', async () => {
    const { lease, claim } = await paid(0);
    await lease.pays(70, 1_000);
    await reject(claim, 71);
    expect(await lease.books(71)).toMatchObject({ status: 'active', credit: 0 });
    expect(await lease.isAsked(71)).toBeGreaterThan(0);
    await agrees(database, lease, 71);
  });

  it.each([
    ['confirmed', FEE],
    ['rejected', 0],
  ] as const)('that is paid with the fee settles the lease, whether the day is %s', async (decision, credit) => {
    const { lease, claim } = await paid(FEE);
    await decideCash(database, claim, day(16), { decision });
    expect(await lease.books(16)).toMatchObject({ status: 'settled_early', outstanding: 0, feesDue: 0, credit });
    await agrees(database, lease, 16);
  });

  it.each(['confirmed', 'rejected'] as const)(
    'that was made after the claim is good beside one from before it, whether the day is %s',
    async (decision) => {
      const lease = await runningLease(database);
      await lease.fees(9);
      await quote(lease, day(14, 9));
      const claim = await lease.claims(14, LINE, on(5));
      const { amount } = await quote(lease, day(14, 13));
      await pays(lease, day(14, 14), amount);
      await decideCash(database, claim, day(15), { decision });
      expect(await lease.books(15)).toMatchObject({ status: 'settled_early', outstanding: 0, feesDue: 0 });
      await agrees(database, lease, 15);
    },
  );

  it('is not paid any more where the cash is taken back', async () => {
    const { lease, claim, saved } = await paid(0);
    await takesBack(lease, claim, 15);
    expect(await lease.books(15)).toMatchObject({ status: 'active', outstanding: saved + LINE });
    await lease.fees(15);
    expect(await lease.books(15)).toMatchObject({ feesDue: FEE });
    await agrees(database, lease, 15);
  });

  it('has the fee of a day that is rejected in a pause, and is settled with it', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const claim = await lease.claims(14, LINE, on(5));
    await pause(lease, 15);
    await reject(claim, 16);
    const { amount } = await quote(lease, day(16, 13));
    await pays(lease, day(16, 14), amount);
    expect(await lease.books(16)).toMatchObject({ status: 'settled_early', feesPaid: FEE, feesDue: 0, credit: 0 });
  });

  it.each([
    [0, { status: 'paused', feesDue: FEE }],
    [FEE, { status: 'settled_early', feesPaid: FEE }],
  ])('that had the fee is not paid without it in a pause: %s more', async (more, expected) => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const { amount } = await quote(lease, day(14, 10));
    const claim = await lease.claims(14, LINE, on(5));
    await pause(lease, 14);
    await reject(claim, 14);
    await pays(lease, day(14, 13), amount - LINE - FEE + more);
    expect(await lease.books(14)).toMatchObject(expected);
    await agrees(database, lease, 14);
  });

  it.each([
    ['before it is paid', true],
    ['after', false],
  ])('that was made while a day was believed is honoured where the day is rejected %s', async (_when, isBefore) => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const claim = await lease.claims(14, LINE, on(5));
    const { id: quoteId, amount } = await quote(lease, day(14, 13));
    if (isBefore) {
      await decideCash(database, claim, day(14, 14), { decision: 'rejected' });
      // As much of it as the provider takes at once.
      const most = deps.mobileMoney.get('mtn').mostAtOnce.UG ?? amount;
      expect(await settles(lease, day(14, 15), quoteId)).toBe(Math.min(amount, most));
    }
    await pays(lease, day(14, 16), amount);
    if (!isBefore) await reject(claim, 15);
    expect(await lease.books(15)).toMatchObject({ status: 'settled_early', feesPaid: 0, credit: 0 });
    await agrees(database, lease, 15);
  });
});

/** Asks for a settlement. @returns what is prompted for */
async function settles(lease: LateLease, at: Date, quoteId: string): Promise<number> {
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  const paymentMethodId = row?.paymentMethodId ?? '';
  const order = { attemptId: randomUUID(), leaseId: lease.id, kind: 'settlement', quoteId, paymentMethodId } as const;
  return lease.act(at, async (context) => {
    await requestPayment(context, deps, order);
    return (await openAttempt(context, deps, order))?.amount ?? 0;
  });
}

describe('while a quote that is paid waits', () => {
  /** The customer has also paid what the quote saves: it is credit. */
  const paid = async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    const { id: quoteId, amount, saved } = await quote(lease, day(14, 10));
    const claim = await lease.claims(14, LINE, on(5));
    await pays(lease, day(14, 13), amount - LINE - FEE);
    await lease.pays(14, saved);
    expect(await lease.books(14)).toMatchObject({ status: 'active', outstanding: saved, credit: saved });
    const [waiting] = await database.db.select().from(cases).where(eq(cases.paymentId, claim));
    return { lease, claim, saved, quoteId, refusal: new RegExp(waiting?.id ?? 'no case') };
  };
  const isRefused = async (what: Promise<unknown>, message: RegExp) =>
    expect(await what.catch((error: unknown) => error)).toMatchObject({
      code: 'settlement_under_way',
      message: expect.stringMatching(message),
    });

  it('nothing is given up: the case is named, and what comes of it settles the lease', async () => {
    const { lease, claim, saved, refusal } = await paid();
    await isRefused(writesOff(lease, 21), refusal);
    expect(await lease.balance('write_off')).toBe(0);
    await confirm(claim, 22);
    expect(await lease.books(22)).toMatchObject({ status: 'settled_early', credit: saved });
  });

  it('nothing more is quoted, settled or paid, and its credit is not given back', async () => {
    const { lease, refusal, quoteId, saved } = await paid();
    await isRefused(quote(lease, day(14, 15)), refusal);
    await isRefused(settles(lease, day(14, 15), quoteId), refusal);
    const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
    const own = { attemptId: randomUUID(), leaseId: lease.id, kind: 'pay', amount: 5_000 } as const;
    const payment = { ...own, paymentMethodId: row?.paymentMethodId ?? '' };
    await isRefused(
      lease.act(day(15), (context) => requestPayment(context, deps, payment)),
      refusal,
    );
    const back = { leaseId: lease.id, paymentId: randomUUID(), amount: saved, receiptNumber: 'R-1' };
    await isRefused(
      lease.act(day(15), (context) => returnCredit(context, deps, back), agent),
      refusal,
    );
  });
});

it('nothing is given up of a lease that a day of cash may show to be settled', async () => {
  const lease = await runningLease(database);
  const { amount } = await quote(lease, day(5));
  const claim = await lease.claims(14, amount, on(5));
  await expect(writesOff(lease, 14)).rejects.toMatchObject({ code: 'invalid_state' });
  await confirm(claim, 15);
  expect(await lease.books(15)).toMatchObject({ status: 'settled_early' });
});
