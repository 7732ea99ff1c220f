import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takenBackLines } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { admin, ago, DAY_3, noonOf, stateBooks, today, tomorrow, type Lease } from '#test/stated-books';
import { closeCase } from '../../cases/close-case.ts';
import { transact } from '../../context.ts';
import { bookAgain } from '../reversal/book-again.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';

/** A part that a statement tells of is booked, and then booked again by a slip: its line still says that so much has gone. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

const second: Actor = { role: 'admin', id: randomUUID() };
const again = (lease: Lease, attemptId: string, transferId?: string) =>
  lease.at(noonOf(tomorrow).toISOString(), (context) =>
    bookAgain({ ...context, actor: second }, { leaseId: lease.id, attemptId, reason: 'a slip', transferId }),
  );

describe('a line whose part was booked again', () => {
  /** Of a lease that is over and has 10,000 of credit its provider took 5,000. */
  async function over() {
    const lease = await books.running();
    const { charge, back, line } = await books.charged(lease, 110_000, ago(30));
    await books.completes(lease);
    const part = back('B', 5_000, today);
    books.states([line, part]);
    const takes = () => books.takes(lease, charge, 5_000, noonOf(today).toISOString());
    return { lease, charge, part, takes };
  }

  it.each(['before', 'after'])(
    'holds what is given back, and is told again: its day was read %s it was booked',
    async (read) => {
      const { lease, charge, part, takes } = await over();
      if (read === 'after') await takes();
      await books.reconcile(today);
      if (read === 'before') await takes();
      expect(await books.openCases(charge)).toEqual([]);
      await again(lease, charge);
      for (const _ of ['at once', 'when its day is read again']) {
        expect(await books.openCases(charge)).toMatchObject([
          {
            kind: 'reconciliation_missing_here',
            detail: { receipt: part.receipt, statementAmount: 5_000, date: today },
          },
        ]);
        expect(await books.due(lease)).toMatchObject([{ amount: 10_000, waitsFor: 'case' }]);
        expect(await books.reconcile(today, lease)).toEqual([['missing_here', 5_000]]);
      }
    },
  );

  it('holds nothing once it is booked anew, or a person has closed its case', async () => {
    const { lease, charge, takes } = await over();
    await books.reconcile(today);
    await takes();
    await again(lease, charge);
    await takes();
    expect(await books.openCases(charge)).toEqual([]);
    expect(await books.due(lease)).toMatchObject([{ amount: 5_000 }]);
    await again(lease, charge);
    const [open] = await books.openCases(charge);
    const closing = { id: open?.id ?? '', resolution: 'the provider gave it back' };
    await transact(books.database.db, admin, new Date(), (context) => closeCase(context, closing));
    expect(await books.reconcile(today, lease)).toEqual([['missing_here', 5_000]]);
    expect(await books.openCases(charge)).toEqual([]);
    expect((await books.due(lease))[0]).toMatchObject({ amount: 10_000 });
    expect((await books.due(lease))[0]).not.toHaveProperty('waitsFor', 'case');
  });

  it('is answered for by another part of its sum that is booked, and waits for nobody', async () => {
    const { lease, charge, part, takes } = await over();
    await takes();
    await takes();
    expect(await books.reconcile(today, lease)).toEqual([['missing_there', null]]);
    const rows = await books.database.db.select().from(takenBackLines).where(eq(takenBackLines.receipt, part.receipt));
    const named = rows[0]?.transferId ?? '';
    await again(lease, charge, named);
    expect(await books.openCases(charge)).toEqual([]);
    expect(await books.due(lease)).toMatchObject([{ amount: 5_000 }]);
    expect(await books.reconcile(today, lease)).toEqual([]);
    expect(await books.openCases(charge)).toEqual([]);
  });

  it('holds all that waits in suspense, where the part joined its rest', async () => {
    const lease = await books.running();
    const { id, back, line } = await books.paid(lease, ago(20));
    books.states([line, back('R', 3_000, ago(10))]);
    await books.differencesOf(ago(10));
    await books.takes(lease, id, 3_000);
    const rest = { leaseId: lease.id, attemptId: id, reason: 'another lease’s', to: 'suspense' } as const;
    await lease.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, rest));
    await again(lease, id);
    const isHeld = { code: 'conflict', message: expect.stringContaining('3,000') };
    await expect(books.resolve(id)).rejects.toMatchObject(isHeld);
    await books.differencesOf(ago(10));
    await expect(books.resolve(id)).rejects.toMatchObject(isHeld);
    expect(await books.itemOf(id)).toMatchObject({ status: 'suspense', amount: 10_000, wentBack: 0 });
  });
});
