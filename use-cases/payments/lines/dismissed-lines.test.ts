import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, ago, DAY_3, noonOf, stateBooks, today, tomorrow, type Lease } from '#test/stated-books';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** A person has closed the case of a line without booking it: it answers for nothing, unless nothing else can. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

/** Where the rest of a payment waits in suspense. */
const suspends = (lease: Lease, attemptId: string) =>
  lease.at(DAY_3, (context) =>
    reversePayment(
      { ...context, actor: admin },
      { leaseId: lease.id, attemptId, reason: 'another lease’s', to: 'suspense' },
    ),
  );

describe('a line that a person has dismissed', () => {
  /** Ten days ago 5,000 of a charge were taken back, which nobody books. */
  async function dismissed() {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 20_000, ago(20));
    const lines = [line, back('B', 5_000, ago(10))];
    books.states(lines);
    await books.reconcile(ago(10));
    await books.dismisses(charge);
    return { lease, charge, lines, newer: back('C', 5_000, today), last: back('D', 5_000, tomorrow) };
  }

  it('leaves the next part of its sum to the line that tells of that, whenever it is read', async () => {
    const { lease, charge, lines, newer } = await dismissed();
    books.states([...lines, newer]);
    await books.takes(lease, charge, 5_000, noonOf(today).toISOString());
    for (const _ of ['once', 'again']) {
      expect(await books.reconcile(ago(10), lease)).toEqual([['missing_here', 5_000]]);
      expect(await books.reconcile(today, lease)).toEqual([]);
    }
    expect(await books.openCases(charge)).toEqual([]);
  });

  it('answers for what is on no statement, until its line comes', async () => {
    const { lease, charge, lines, last } = await dismissed();
    books.states(lines);
    await books.takes(lease, charge, 5_000, noonOf(today).toISOString());
    expect(await books.reconcile(today, lease)).toEqual([]);
    books.states([...lines, last]);
    expect(await books.reconcile(tomorrow, lease)).toEqual([]);
    expect(await books.reconcile(ago(10), lease)).toEqual([['missing_here', 5_000]]);
    expect(await books.openCases(charge)).toEqual([]);
  });

  it('answers for one booked part, and a second one is missing there', async () => {
    const { lease, charge, lines } = await dismissed();
    books.states(lines);
    for (const _ of ['one', 'two']) await books.takes(lease, charge, 5_000, noonOf(today).toISOString());
    expect(await books.reconcile(today, lease)).toEqual([['missing_there', null]]);
    expect(await books.openCases(charge)).toHaveLength(1);
  });
});

describe('of what a customer paid by himself', () => {
  it('a dismissed line does not take the booked part of the one that nobody has read', async () => {
    const lease = await books.running();
    const { id, back, line } = await books.paid(lease, ago(20));
    books.states([line, back('B', 3_000, ago(10)), back('C', 3_000, today)]);
    await books.reconcile(ago(10));
    await books.dismisses(id);
    await books.takes(lease, id, 3_000, noonOf(today).toISOString());
    await suspends(lease, id);
    await books.resolve(id);
    expect(await books.itemOf(id)).toMatchObject({ status: 'posted', amount: 7_000 });
  });

  it('what a dismissed line says went back as a whole waits in suspense still', async () => {
    const lease = await books.running();
    const { id, back, line } = await books.paid(lease, ago(20));
    books.states([line, back('B', 10_000, ago(10))]);
    await books.reconcile(ago(10));
    await books.dismisses(id);
    await suspends(lease, id);
    const differs = (await books.differencesOf(ago(10))).filter(
      ({ originalReceipt }) => originalReceipt === line.receipt,
    );
    expect(differs).toMatchObject([{ kind: 'missing_here', remedy: null }]);
    expect(await books.itemOf(id)).toMatchObject({ status: 'suspense', amount: 10_000 });
    await books.resolve(id);
    expect(await books.itemOf(id)).toMatchObject({ status: 'posted', amount: 10_000 });
  });
});
