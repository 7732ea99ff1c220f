import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalDate } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { admin, ago, noonOf, stateBooks, today, tomorrow, type Lease } from '#test/stated-books';
import { bookAgain } from '../reversal/book-again.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** A provider takes a payment back in parts, of which its statements tell one by one, and a person books the whole of it at once. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

const second: Actor = { role: 'admin', id: randomUUID() };
const reverses = (lease: Lease, attemptId: string, to: 'provider' | 'suspense') =>
  lease.at(noonOf(today).toISOString(), (context) =>
    reversePayment({ ...context, actor: admin }, { leaseId: lease.id, attemptId, reason: 'charge-back', to }),
  );
const again = (lease: Lease, attemptId: string) =>
  lease.at(noonOf(tomorrow).toISOString(), (context) =>
    bookAgain({ ...context, actor: second }, { leaseId: lease.id, attemptId, reason: 'a slip' }),
  );

/** 20,000 were charged, of which 8,000 went back ten days ago and 12,000 on `last`. */
async function taken(last: LocalDate) {
  const lease = await books.running();
  const { charge, back, line } = await books.charged(lease, 20_000, ago(20));
  const lines = [back('B', 8_000, ago(10)), back('C', 12_000, last)];
  books.states([line, ...lines]);
  return { lease, charge, days: [ago(10), last], back, line, lines };
}

describe('what was taken back as a whole', () => {
  it('answers for all the lines that told of it in parts, and each has its case again when it is booked again', async () => {
    const { lease, charge, days, lines } = await taken(today);
    for (const day of days) await books.reconcile(day);
    expect(await books.openCases(charge)).toHaveLength(2);
    await reverses(lease, charge, 'provider');
    for (const _ of ['at once', 'read again']) {
      expect(await books.openCases(charge)).toEqual([]);
      for (const day of days) expect(await books.reconcile(day, lease)).toEqual([]);
    }
    await again(lease, charge);
    const open = await books.openCases(charge);
    expect(open.map(({ detail }) => detail['receipt']).toSorted()).toEqual(
      lines.map(({ receipt }) => receipt).toSorted(),
    );
    for (const day of days)
      expect(await books.reconcile(day, lease)).toMatchObject([['missing_here', expect.anything()]]);
  });

  it('answers for them also where none, or one of them, was read when it was booked', async () => {
    for (const read of [[], [ago(10)]]) {
      const { lease, charge, days } = await taken(tomorrow);
      for (const day of read) await books.reconcile(day);
      await reverses(lease, charge, 'provider');
      await books.reconcile(today, lease);
      for (const day of days) await books.reconcile(day, lease);
      for (const day of [...days, today]) expect(await books.reconcile(day, lease), day).toEqual([]);
      expect(await books.openCases(charge)).toEqual([]);
    }
  });

  it('answers for none of them where they come to another sum, or a person has dismissed one', async () => {
    const { lease, charge, days, line, lines, back } = await taken(today);
    books.states([line, ...lines, back('D', 1_000, today)]);
    for (const day of days) await books.reconcile(day);
    await reverses(lease, charge, 'provider');
    expect(await books.openCases(charge)).toHaveLength(3);
    const other = await taken(today);
    await books.reconcile(ago(10));
    await books.dismisses(other.charge);
    await books.reconcile(today);
    await reverses(other.lease, other.charge, 'provider');
    expect(await books.openCases(other.charge)).toHaveLength(1);
  });

  it('of a pay-bill too', async () => {
    const lease = await books.running();
    const { id, back, line } = await books.paid(lease, ago(20));
    books.states([line, back('B', 3_000, ago(10)), back('C', 7_000, today)]);
    for (const day of [ago(10), today]) await books.reconcile(day);
    await reverses(lease, id, 'provider');
    expect(await books.openCases(id)).toEqual([]);
    for (const day of [ago(10), today]) expect(await books.reconcile(day, lease)).toEqual([]);
  });
});
