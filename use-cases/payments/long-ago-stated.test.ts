import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveBacks, methods } from '#db/schema/index';
import { commandKey } from '#steering/command-key';
import { admin, ago, DAY_3, noonOf, stateBooks, today, type Lease } from '#test/stated-books';
import { transact } from '../context.ts';
import { collect } from './collect.ts';
import { recordGiveBack } from './give-back/give-back-record.ts';
import { orderGiveBack } from './give-back/order-give-back.ts';
import { reversePayment } from './reverse-payment.ts';

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
