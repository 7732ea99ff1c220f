import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { LINE, FEE, agent, agrees, day, decideCash, on, runningLease, type LateLease } from '#test/late-money';
import { completeLease } from '../leases/end-lease.ts';
import { quoteSettlement } from '../leases/settle-early.ts';
import { reversePayment } from './reverse-payment.ts';

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

  it('is not paid any more where the cash is taken back', async () => {
    const { lease, claim, saved } = await paid(0);
    await takesBack(lease, claim, 15);
    expect(await lease.books(15)).toMatchObject({ status: 'active', outstanding: saved + LINE });
    await lease.fees(15);
    expect(await lease.books(15)).toMatchObject({ feesDue: FEE });
    await agrees(database, lease, 15);
  });
});
