import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveBacks, methods } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { commandKey } from '#steering/command-key';
import { admin, ago, DAY_3, noonOf, stateBooks, today, type Lease } from '#test/stated-books';
import { closeCase } from '../../cases/close-case.ts';
import { transact } from '../../context.ts';
import { bookAgain } from '../reversal/book-again.ts';
import { collect } from '../charging/collect.ts';
import { recordGiveBack } from '../suspense/give-back/give-back-record.ts';
import { orderGiveBack } from '../suspense/give-back/order-give-back.ts';
import { sendGiveBack } from '../suspense/give-back/send-give-back.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** What was paid long before something of it goes back: its own statement is no matter of that day. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

const later = [20, 45];

describe('is no difference of the day on which a statement names it as what went back', () => {
  /** All that is due of a lease that is over goes back, and is confirmed. @returns the line of it. */
  async function refunded(lease: Lease) {
    const phoneEncrypted = books.deps.encryption.encrypt('+256772123456');
    await books.database.db.update(methods).set({ phoneEncrypted }).where(eq(methods.id, lease.methodId));
    const [due] = await books.due(lease);
    if (due === undefined) throw new Error('nothing is due');
    const { refundOf, amount } = due;
    const attemptId = randomUUID();
    const at = noonOf(today).toISOString();
    await collect(
      books.deps,
      { attempt: 1 },
      { kind: 'refund', attemptId, leaseId: lease.id, refundOf, amount, at },
    ).catch(() => {});
    await lease.confirms(at, attemptId);
    return { on: today, type: 'refund', receipt: attemptId.toUpperCase(), amount };
  }

  it.each(later)('a charge that we gave back %s days after', async (days) => {
    const lease = await books.running();
    const { line } = await books.charged(lease, 110_000, ago(days));
    await books.completes(lease);
    books.states([line, { ...(await refunded(lease)), originalReceipt: line.receipt }]);
    expect(await books.reconcile(today, lease)).toEqual([]);
  });

  it.each(later)('a charge of which its provider took a part %s days after, which is booked', async (days) => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000, ago(days));
    await books.takes(lease, charge, 5_000);
    books.states([line, back('D', 5_000, today)]);
    expect(await books.reconcile(today, lease)).toEqual([]);
  });

  it.each(later)('a charge of which its provider took a part %s days after, which nobody has booked', async (days) => {
    const lease = await books.running();
    const { back, line } = await books.charged(lease, 20_000, ago(days));
    books.states([line, back('D', 5_000, today)]);
    expect(await books.reconcile(today, lease)).toEqual([['missing_here', 5_000]]);
  });

  it('a refund of ours of an earlier month, where its provider takes some of that payment too', async () => {
    const lease = await books.running();
    const { line, back } = await books.charged(lease, 112_000, ago(45));
    await books.completes(lease);
    const { receipt } = await refunded(lease);
    await books.askedOn(receipt.toLowerCase(), noonOf(ago(40)));
    books.states([line, back('D', 5_000, today)]);
    expect(await books.reconcile(today, lease)).toEqual([['missing_here', 5_000]]);
  });

  it.each(later)('a pay-bill of which its provider took a part %s days after, which is booked', async (days) => {
    const lease = await books.running();
    const { id, back, line } = await books.paid(lease, ago(days));
    await books.takes(lease, id, 3_000);
    books.states([line, back('B', 3_000, today)]);
    expect(await books.reconcile(today, lease)).toEqual([]);
  });

  it.each(later)('what waited in suspense for %s days and was given back', async (days) => {
    const lease = await books.running();
    const { id, back, line } = await books.paid(lease, ago(days));
    await lease.at(DAY_3, (context) =>
      reversePayment(
        { ...context, actor: admin },
        { leaseId: lease.id, attemptId: id, reason: 'no lease’s', to: 'suspense' },
      ),
    );
    books.states([line]);
    await orderGiveBack(
      books.deps,
      admin,
      { inboundId: id, reason: 'test' },
      commandKey(new Date(), 'test', randomUUID()),
    );
    const [ordered] = await books.database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, id));
    const wentBack = back('Z', 10_000, today);
    const { receipt } = wentBack;
    const amount = { amount: 10_000, currency: 'UGX' } as const;
    await transact(books.database.db, admin, new Date(), (context) =>
      recordGiveBack(context, ordered?.id ?? '', { state: 'succeeded', receipt, amount }),
    );
    books.states([line, wentBack]);
    const its = (await books.differencesOf(today)).filter((one) => [line.receipt, receipt].includes(one.receipt ?? ''));
    expect(its).toEqual([]);
  });
});

describe('a booked part answers for one line ever after', () => {
  it.each([40, 20])('of two lines of one sum, %s days apart, the one whose case is open', async (apart) => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 110_000, ago(45));
    await books.completes(lease);
    const [older, newer] = [back('B', 5_000, ago(apart)), back('C', 5_000, today)];
    books.states([line, older, newer]);
    expect(await books.reconcile(ago(apart), lease)).toEqual([['missing_here', 5_000]]);
    // Somebody has heard of today's.
    await books.takes(lease, charge, 5_000);
    expect(await books.openCases(charge)).toEqual([]);
    for (const _ of ['once', 'again']) {
      expect(await books.reconcile(today, lease)).toEqual([['missing_here', 5_000]]);
      expect(await books.reconcile(ago(apart), lease)).toEqual([]);
    }
    expect(await books.openCases(charge)).toMatchObject([{ detail: { receipt: newer.receipt } }]);
    expect(await books.due(lease)).toMatchObject([{ amount: 5_000, waitsFor: 'case' }]);
  });

  it('the one that its day has found, also when that day is far away by then', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000, ago(300));
    books.states([line, back('B', 3_000, ago(290)), back('C', 3_000, ago(250)), back('D', 3_000, today)]);
    await books.takes(lease, charge, 3_000);
    expect(await books.reconcile(ago(290), lease)).toEqual([]);
    expect(await books.reconcile(ago(250), lease)).toEqual([['missing_here', 3_000]]);
    expect(await books.reconcile(today, lease)).toEqual([['missing_here', 3_000]]);
  });

  it('and one that was booked again by a slip for none: its line waits for the next', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000, ago(45));
    books.states([line, back('B', 3_000, ago(40))]);
    await books.reconcile(ago(40));
    await books.takes(lease, charge, 3_000);
    const again = { leaseId: lease.id, attemptId: charge, reason: 'a slip' };
    await lease.at(DAY_3, (context) => bookAgain({ ...context, actor: { role: 'admin', id: randomUUID() } }, again));
    await books.takes(lease, charge, 3_000);
    expect([await books.reconcile(ago(40), lease), await books.reconcile(today, lease)]).toEqual([[], []]);
  });

  it('what a person has booked after closing the case of its line is on no statement of its own day, and missing nowhere', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000, ago(45));
    books.states([line, back('B', 3_000, ago(40))]);
    await books.reconcile(ago(40));
    const [open] = await books.openCases(charge);
    const looked = { id: open?.id ?? '', resolution: 'the provider was asked' };
    await transact(books.database.db, admin, new Date(), (context) => closeCase(context, looked));
    await books.takes(lease, charge, 3_000);
    expect(await books.reconcile(today, lease)).toEqual([]);
  });

  it('two parts that are on no statement are two cases, and the line that comes closes its own', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000);
    books.states([line]);
    for (const amount of [3_000, 2_000]) await books.takes(lease, charge, amount);
    await books.reconcile(today);
    expect(await books.openCases(charge)).toHaveLength(2);
    books.states([line, back('B', 3_000, addDays(today, 5))]);
    expect(await books.reconcile(addDays(today, 5), lease)).toEqual([]);
    expect(await books.openCases(charge)).toMatchObject([{ detail: { ledgerAmount: 2_000 } }]);
  });
});

describe('a statement of long ago that is not kept any more', () => {
  it('fails no line of today, and is not asked for', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000, ago(300));
    books.states([line, back('B', 3_000, ago(290)), back('C', 2_000, today)]);
    await books.reconcile(ago(290));
    await books.takes(lease, charge, 3_000);
    books.states([line, back('B', 3_000, ago(290)), back('C', 2_000, today)], { keptSince: ago(1) });
    expect(await books.reconcile(today, lease)).toEqual([['missing_here', 2_000]]);
    expect(books.asked.every((date) => date >= ago(1))).toBe(true);
  });

  it('fails no line of the first day that is kept', async () => {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000, today);
    books.states([back('C', 2_000, today)], { keptSince: today });
    await books.takes(lease, charge, 3_000);
    const missing = [
      ['missing_here', 2_000],
      ['missing_there', null],
      ['missing_there', null],
    ];
    expect(await books.reconcile(today, lease)).toEqual(missing);
    books.states([line, back('B', 3_000, today), back('C', 2_000, today)], { keptSince: today });
    expect(await books.reconcile(today, lease)).toEqual([['missing_here', 2_000]]);
  });
});

describe('a request reads four statements at most, the newest first', () => {
  const isToday = (date: string) => date === today;

  it('before the rest of what was paid long ago is given to another lease', async () => {
    const lease = await books.running();
    const { id, back, line } = await books.paid(lease, ago(400));
    const part = back('B', 3_000, ago(390));
    books.states([line, part]);
    await books.reconcile(ago(390));
    await books.takes(lease, id, 3_000);
    const rest = { leaseId: lease.id, attemptId: id, reason: 'another lease’s', to: 'suspense' } as const;
    await lease.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, rest));
    books.states([line, part], { keptSince: ago(90) });
    await books.resolve(id);
    expect(await books.itemOf(id)).toMatchObject({ status: 'posted', amount: 7_000 });
    expect([books.asked.length, books.asked.findIndex(isToday)]).toEqual([4, 0]);
  });

  /** 10,000 of long ago wait in suspense. */
  async function waits() {
    const lease = await books.running();
    const paid = await books.paid(lease, ago(400));
    const moved = { leaseId: lease.id, attemptId: paid.id, reason: 'no lease’s', to: 'suspense' } as const;
    await lease.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, moved));
    return paid;
  }

  it('and what went back today leaves suspense, whatever is kept of the day on which it was paid', async () => {
    const { id, back } = await waits();
    books.states([back('B', 10_000, today)], { keptSince: ago(90) });
    await expect(books.resolve(id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await books.itemOf(id)).toMatchObject({ status: 'returned' });
  });

  it('and is ordered to be sent back where none of so long ago is kept', async () => {
    const { id } = await waits();
    books.states([], { keptSince: ago(90) });
    await orderGiveBack(books.deps, admin, { inboundId: id, reason: 'test' }, commandKey(new Date(), 'test', id));
    const isIts = eq(giveBacks.inboundId, id);
    const [ordered] = await books.database.db.select().from(giveBacks).where(isIts);
    await sendGiveBack(books.deps, { giveBackId: ordered?.id ?? '' });
    expect(await books.database.db.select().from(giveBacks).where(isIts)).toMatchObject([{ sent: true }]);
  });

  it('and no statement for a line that reconciliation has kept: its case, or the day’s reconciliation decides', async () => {
    const { id, back, line } = await waits();
    books.states([line, back('B', 3_000, ago(200)), back('C', 2_000, today)]);
    await expect(books.resolve(id)).rejects.toMatchObject({
      message: expect.stringContaining(`the reconciliation of ${today} decides`),
    });
    await books.reconcile(ago(200));
    books.states([line], { keptSince: ago(90) });
    await expect(books.resolve(id)).rejects.toMatchObject({
      message: expect.stringContaining('its case is looked at first'),
    });
    expect(await books.itemOf(id)).toMatchObject({ status: 'suspense', amount: 10_000 });
  });
});
