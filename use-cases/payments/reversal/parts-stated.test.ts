import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { admin, DAY_3, noonOf, paidOn, stateBooks, today, tomorrow, type Lease } from '#test/stated-books';
import { recoverCharges } from '../reconciliation/recover-charges.ts';
import { bookAgain } from './book-again.ts';
import { reversePayment } from './reverse-payment.ts';

/** A provider takes parts of one payment on several days, some of them booked: its statements say which are not. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

/** Of 10,000 its provider took a part, and the rest waits in suspense for another lease. */
async function waiting(part: number) {
  const lease = await books.running();
  const { id, back, line } = await books.paid(lease);
  await books.takes(lease, id, part);
  const rest = { leaseId: lease.id, attemptId: id, reason: 'another lease’s', to: 'suspense' } as const;
  await lease.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, rest));
  return { lease, id, back, line, part: back('B', part, today) };
}

describe('of a charge', () => {
  it.each([3_000, 2_000])(
    'a second part of %s is missing here, though the first of 3,000 is booked',
    async (second) => {
      const lease = await books.running();
      const { charge, back, line } = await books.charged(lease, 20_000);
      await books.takes(lease, charge, 3_000, noonOf(today).toISOString());
      books.states([line, back('B', 3_000, today), back('C', second, tomorrow)]);
      expect(await books.reconcile(today, lease)).toEqual([]);
      expect(await books.reconcile(tomorrow, lease)).toEqual([['missing_here', second]]);
    },
  );

  it('that was booked late answers for the line of its day, and for no later one', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000);
    books.states([line, back('B', 3_000, paidOn), back('C', 3_000, today)]);
    await books.takes(lease, charge, 3_000, noonOf(today).toISOString());
    expect([await books.reconcile(paidOn, lease), await books.reconcile(today, lease)]).toEqual([
      [],
      [['missing_here', 3_000]],
    ]);
  });

  it.each([
    [3_000, 7_000],
    [5_000, 5_000],
    [7_000, 3_000],
  ])('credit of a lease that is over does not go back too: %s, then %s', async (first, second) => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 110_000);
    await books.completes(lease);
    await books.takes(lease, charge, first, noonOf(today).toISOString());
    books.states([line, back('B', first, today), back('C', second, tomorrow)]);
    await books.reconcile(today);
    await books.reconcile(tomorrow);
    expect(await books.due(lease)).toMatchObject([{ amount: second, waitsFor: 'case' }]);
  });
});

describe('of what a customer paid by himself', () => {
  it.each([3_000, 5_000])('the rest waits for another lease, also beside a booked part of %s', async (part) => {
    const { id, line, part: booked } = await waiting(part);
    books.states([line, booked]);
    await books.resolve(id);
    expect(await books.itemOf(id)).toMatchObject({ status: 'posted', amount: 10_000 - part });
  });

  it('the rest has gone back where the provider took as much once more', async () => {
    const { id, line, part, back } = await waiting(5_000);
    books.states([line, part, back('C', 5_000, today)]);
    await expect(books.resolve(id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await books.itemOf(id)).toMatchObject({ status: 'returned', amount: 5_000, wentBack: 5_000 });
  });

  it('a part of the rest that nobody booked is looked at first', async () => {
    const { id, line, part, back } = await waiting(3_000);
    books.states([line, part, back('C', 3_000, today)]);
    await expect(books.resolve(id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('C') });
    expect(await books.itemOf(id)).toMatchObject({ status: 'suspense', amount: 7_000 });
  });

  it.each([3_000, 2_000])(
    'two leases had, one after the other, and both lost a part of: 3,000 and %s',
    async (second) => {
      const { id, line, part, back } = await waiting(3_000);
      books.states([line, part]);
      const its = await books.resolve(id);
      const { paymentId } = (await books.itemOf(id)) ?? {};
      books.states([line, part, back('C', second, tomorrow)]);
      expect([await books.reconcile(today, its), await books.reconcile(tomorrow, its)]).toEqual([
        [],
        [['missing_here', second]],
      ]);
      const isIts = and(eq(cases.paymentId, paymentId ?? ''), eq(cases.kind, 'reconciliation_missing_here'));
      const stateOfCase = async () =>
        (await books.database.db.select({ status: cases.status }).from(cases).where(isIts)).at(0);
      expect(await stateOfCase()).toEqual({ status: 'open' });
      await books.takes(its, paymentId ?? '', second, noonOf(tomorrow).toISOString());
      expect(await stateOfCase()).toEqual({ status: 'closed' });
      for (const date of [today, tomorrow]) expect(await books.reconcile(date, its)).toEqual([]);

      // What is left of it is a third one's, and nothing of it has gone back.
      const rest = { leaseId: its.id, attemptId: paymentId ?? '', reason: 'another lease’s', to: 'suspense' } as const;
      await its.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, rest));
      const third = await books.resolve(id);
      expect(await books.itemOf(id)).toMatchObject({ status: 'posted', leaseId: third.id, amount: 7_000 - second });
      for (const date of [today, tomorrow]) expect(await books.reconcile(date)).toEqual([]);
      expect((await its.balances()).get('clearing:mtn')).toBe(20_000 - second);
    },
  );

  it('reconciliation books that the rest went back, and not that all did', async () => {
    const { id, line, part, back } = await waiting(3_000);
    books.states([line, part, back('C', 7_000, today)]);
    await books.reconcile(today);
    expect(await books.itemOf(id)).toMatchObject({ status: 'returned', amount: 7_000 });
  });
});

describe('a part of a pay-bill that was a slip, when its rest is in suspense as another lease’s', () => {
  const other = { role: 'admin', id: randomUUID() } as const;
  const again = (lease: Lease, id: string, actor: Actor = other) =>
    lease.at(DAY_3, (context) =>
      bookAgain({ ...context, actor }, { leaseId: lease.id, attemptId: id, reason: 'the other one’s' }),
    );

  it('waits there with the rest', async () => {
    const { lease, id, line } = await waiting(3_000);
    books.states([line]);
    expect(await books.reconcile(today, lease)).toEqual([['missing_there', null]]);
    await expect(again(lease, id, admin)).rejects.toMatchObject({ code: 'forbidden' });
    for (const _ of ['once', 'again']) await again(lease, id);
    expect(await books.itemOf(id)).toMatchObject({ status: 'suspense', amount: 10_000, wentBack: 0 });
    expect([await books.reconcile(today, lease), await books.openCases(id)]).toEqual([[], []]);
    const third = await books.resolve(id);
    expect((await third.balances()).get('clearing:mtn')).toBe(20_000);
    expect(await books.itemOf(id)).toMatchObject({ status: 'posted', leaseId: third.id, amount: 10_000 });
    await expect(again(lease, id, admin)).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it('is its lease’s again, and nothing else of it, where the rest went back', async () => {
    const { lease, id, line, back } = await waiting(3_000);
    const before = (await lease.balances()).get('clearing:mtn') ?? 0;
    await lease.at(DAY_3, (context) =>
      reversePayment({ ...context, actor: admin }, { leaseId: lease.id, attemptId: id, reason: 'x', to: 'provider' }),
    );
    // A person's word alone.
    await expect(again(lease, id)).rejects.toMatchObject({ code: 'conflict' });
    books.states([line, back('C', 7_000, today)]);
    await books.reconcile(today);
    await again(lease, id);
    expect(await books.reconcile(today, lease)).toEqual([]);
    expect((await lease.balances()).get('clearing:mtn')).toBe(before + 3_000);
    expect(await lease.row()).toMatchObject({ credit: 0 });
    await books.takes(lease, id, 3_000);
    expect((await lease.balances()).get('clearing:mtn')).toBe(before);
  });

  it('waits for the other lease to give the rest up', async () => {
    const { lease, id, line, part } = await waiting(3_000);
    books.states([line, part]);
    await books.resolve(id);
    await expect(again(lease, id)).rejects.toMatchObject({ code: 'receipt_conflict' });
  });
});

describe('after the books were restored', () => {
  /** What is left that nobody can say of, since noon of yesterday or another moment. */
  async function recover(since = noonOf(paidOn)) {
    const mtn = {
      ...books.deps,
      mobileMoney: { ...books.deps.mobileMoney, all: () => [books.deps.mobileMoney.get('mtn')] },
    };
    const { recovered, left } = await recoverCharges(mtn, since, noonOf(addDays(tomorrow, 1)));
    return { recovered, left };
  }
  const casesAbout = (paymentId: string) => books.openCases(paymentId).then(({ length }) => length);
  const none = { recovered: 0, left: [] };
  const reverses = (lease: Lease, attemptId: string) =>
    lease.at(noonOf(today).toISOString(), (context) =>
      reversePayment(
        { ...context, actor: admin },
        { leaseId: lease.id, attemptId, reason: 'charge-back', to: 'provider' },
      ),
    );

  it('a part and a reversal that are booked are known, and hold nothing', async () => {
    const lease = await books.running();
    const [parted, whole] = [await books.charged(lease, 20_000), await books.charged(lease, 10_000)];
    await books.takes(lease, parted.charge, 3_000, noonOf(today).toISOString());
    await reverses(lease, whole.charge);
    books.states([parted.line, whole.line, parted.back('B', 3_000, today), whole.back('C', 10_000, today)]);
    expect(await recover()).toEqual(none);
    expect([await casesAbout(parted.charge), await casesAbout(whole.charge)]).toEqual([0, 0]);
  });

  it('a second part of the same sum is known by none that answers for the line of an earlier day', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000);
    books.states([line, back('B', 3_000, paidOn), back('C', 3_000, tomorrow)]);
    await books.reconcile(paidOn);
    await books.takes(lease, charge, 3_000, noonOf(today).toISOString());
    expect(await recover(new Date())).toEqual({ recovered: 0, left: [back('C', 0, today).receipt] });
    expect(await casesAbout(charge)).toBe(1);
  });

  it('what went back from suspense is known', async () => {
    const { id, line, part, back } = await waiting(3_000);
    books.states([line, part, back('C', 7_000, today)]);
    await books.reconcile(today);
    expect(await books.itemOf(id)).toMatchObject({ status: 'returned' });
    expect(await recover()).toEqual(none);
  });

  it('a charge that was taken back is not asked about as another one', async () => {
    const lease = await books.running();
    const { charge, line } = await books.charged(lease, 10_000);
    await reverses(lease, charge);
    const { reference: account } = await lease.row();
    books.states([{ ...line, account }]);
    expect(await recover()).toEqual(none);
  });
});
