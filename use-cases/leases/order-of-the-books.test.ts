import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, inbound, leases } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agrees, day, FEE, LINE, runningLease, type LateLease } from '#test/late-money';
import { chargeLateFees } from './charge-late-fees.ts';
import { waiveFees } from './waive-fees.ts';
import { completeLease } from './end-lease.ts';
import { quoteSettlement } from './settle-early.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const quoteAt = (lease: LateLease, at: Date) =>
  lease.act(at, (context) => quoteSettlement(context, { leaseId: lease.id }), admin);

/** Money that was paid on a day and waited in suspense, given to the lease at an instant. */
async function found(lease: LateLease, paidOn: number, at: Date, amount: number) {
  const id = uuidv7();
  const receipt = { provider: 'mtn', receipt: id, payerMasked: '+2567*****001', amount } as const;
  await database.db.insert(inbound).values({
    id,
    ...receipt,
    market: 'UG',
    account: 'mistyped',
    currency: 'UGX',
    status: 'suspense',
    paidAt: day(paidOn),
  });
  await database.db.update(inbound).set({ leaseId: lease.id }).where(eq(inbound.id, id));
  await lease.receive(at, { kind: 'inbound', paymentId: id, ...receipt, fromSuspense: true });
}

describe('a late fee whose step is tried again after a quote was given', () => {
  for (const [name, at] of [
    ['control: the step is of 11, the quote of 10', day(9, 11)],
    ['the step is of 9, its transaction comes after that of the quote of 10', day(9, 9)],
  ] as const)
    it(name, async () => {
      const lease = await runningLease(database);
      const { amount } = await quoteAt(lease, day(9, 10));
      await lease.act(at, (context) => chargeLateFees(context, { leaseId: lease.id }));
      expect((await lease.books(9)).feesDue).toBe(FEE);
      await lease.pays(9, amount);
      expect(await lease.books(9)).toMatchObject({ status: 'settled_early', credit: 0, outstanding: 0 });
      await agrees(database, lease, 9);
    });
});

describe('a quote whose transaction is tried again after money was booked beside the workflow', () => {
  for (const [name, booked] of [
    ['control: the money is booked at 9, the quote is of 10', day(6, 9)],
    ['the quote is of 10, the money is booked at 11, the transaction of the quote comes then', day(6, 11)],
  ] as const)
    it(name, async () => {
      const lease = await runningLease(database);
      await found(lease, 4, booked, LINE);
      const { amount } = await quoteAt(lease, day(6, 10));
      await lease.pays(6, amount);
      expect(await lease.books(6)).toMatchObject({ status: 'settled_early', credit: 0, outstanding: 0 });
      await agrees(database, lease, 6);
    });
});

describe('a late fee that is undone once the money that had paid it has paid the next one', () => {
  for (const waives of [false, true])
    it(`${waives ? 'and the one after that is waived' : 'control: nothing is waived'}: what is known late costs what it would have cost at once`, async () => {
      const lease = await runningLease(database);
      await lease.fees(9); // A, of line 1
      await lease.pays(10, FEE); // pays A
      await lease.fees(16); // B, of line 2
      await found(lease, 5, day(18), LINE); // line 1 was paid in time: A is undone, its money pays B
      expect(await lease.books(18)).toMatchObject({ feesCharged: FEE, feesPaid: FEE, feesDue: 0 });
      await lease.fees(23); // C, of line 3
      expect((await lease.books(23)).feesDue).toBe(FEE);
      if (waives)
        await lease.act(
          day(24),
          (context) => waiveFees(context, { leaseId: lease.id, amount: FEE, reason: 'x' }),
          admin,
        );
      await found(lease, 12, day(26), LINE); // line 2 was paid in time: B is undone
      // At once: no A, no B; 10,000 and two lines paid; C, owed or forgiven.
      const { outstanding, feesDue, feesCharged } = await lease.books(26);
      expect(feesCharged).toBe(FEE);
      expect(outstanding + feesDue).toBe(8 * LINE + (waives ? 0 : FEE) - FEE);
      await agrees(database, lease, 26);
    });
});

describe('a late fee that was paid and is undone is forgotten by what tells which fee was waived', () => {
  for (const undoes of [false, true])
    it(`${undoes ? 'B was paid and is undone' : 'control: B never was'}: D stays owed`, async () => {
      const lease = await runningLease(database);
      await lease.fees(9); // A, of line 1
      const paysFee = await lease.cash(10, FEE); // pays A
      if (undoes) {
        await lease.fees(16); // B, of line 2
        await lease.pays(17, FEE); // pays B
        await found(lease, 12, day(18), 2 * LINE + FEE); // line 2 was paid in time: B is undone
      } else {
        await found(lease, 12, day(13), 2 * LINE + FEE);
        await lease.pays(17, FEE);
      }
      expect(await lease.books(18)).toMatchObject({ feesCharged: FEE, feesPaid: FEE, feesDue: 0 });
      const reversal = { leaseId: lease.id, attemptId: paysFee, reason: 'booked by mistake' };
      await lease.act(day(19), (context) => reversePayment(context, reversal), admin);
      expect((await lease.books(19)).feesDue).toBe(FEE); // A is owed again,
      await lease.act(day(20), (context) => waiveFees(context, { leaseId: lease.id, amount: FEE, reason: 'x' }), admin); // and waived
      await lease.fees(23); // C, of line 3
      await lease.fees(30); // D, of line 4
      expect((await lease.books(30)).feesDue).toBe(2 * FEE);
      await found(lease, 5, day(31), LINE); // A and C were unfounded; A was waived, D stays
      expect(await lease.books(31)).toMatchObject({ feesDue: FEE, feesCharged: 2 * FEE });
      await agrees(database, lease, 31);
    });
});

describe('a lease whose settlement may be paid does not complete at the full price', () => {
  for (const status of ['announced', 'suspense'] as const)
    it(`where the quoted sum is ${status} with its reference`, async () => {
      const lease = await runningLease(database);
      const { amount } = await quoteAt(lease, day(6));
      const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
      const id = uuidv7();
      const receipt = { provider: 'mtn', receipt: id, payerMasked: '+2567*****001', amount } as const;
      const named = { market: 'UG', account: row?.reference ?? '', currency: 'UGX', paidAt: day(6, 13) } as const;
      await database.db.insert(inbound).values({ id, ...receipt, ...named, status });
      await lease.pays(8, 10 * LINE);
      await lease.act(day(8), (context) => completeLease(context, { leaseId: lease.id }));
      await database.db.update(inbound).set({ leaseId: lease.id, status: 'suspense' }).where(eq(inbound.id, id));
      await lease.receive(day(9), { kind: 'inbound', paymentId: id, ...receipt, fromSuspense: true });
      // By `settle` in doubt it is settled, and all that was paid after it is credit.
      expect(await lease.books(9)).toMatchObject({ status: 'settled_early', credit: 10 * LINE });
      await agrees(database, lease, 9);
    });

  it('where it was asked for by `pay`, and nobody knows what became of it', async () => {
    const lease = await runningLease(database);
    const { amount } = await quoteAt(lease, day(6, 7));
    const attemptId = randomUUID();
    expect(await lease.isAsked(6, { attemptId, amount })).toBe(amount);
    await database.db.update(attempts).set({ sent: true, status: 'unknown' }).where(eq(attempts.id, attemptId));
    await lease.pays(8, 10 * LINE);
    await lease.act(day(8), (context) => completeLease(context, { leaseId: lease.id }));
    await lease.decide(9, attemptId, 'succeeded');
    expect(await lease.books(9)).toMatchObject({ status: 'settled_early', credit: 10 * LINE });
    await agrees(database, lease, 9);
  });
});
