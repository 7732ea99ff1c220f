import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, inbound, reconciliations } from '#db/schema/index';
import { addDays, instantOf, type LocalDate } from '#domain/calendar';
import type { CaseKind } from '#domain/cases';
import { system } from '#domain/identity/roles';
import { ProviderFailure } from '#providers/provider-failure';
import { admin, ago, noonOf, stateBooks } from '#test/stated-books';
import { transact } from '../../context.ts';
import { refuteInbound } from '../inbound/refute-inbound.ts';
import { daysToReconcile } from './missing-days.ts';
import { reconcileMarket } from './reconcile-market.ts';
import { beginReport, finishReport } from './report.ts';

/** Statements that come late, or that get lines after they were read: what ordinary mornings make of them. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

/** 07:00 in Kampala, so many days after: the schedule's hour. */
const morningAfter = (date: LocalDate, days: number) => new Date(instantOf(addDays(date, days), 7, 'UG'));

/** A report of a day, by the schedule or by a person. @returns what became of it */
async function report(date: LocalDate, at: Date, requestedBy: string | null) {
  const day = { reconciliationId: randomUUID(), provider: 'mtn', market: 'UG', date } as const;
  const step = <T>(work: Parameters<typeof transact<T>>[3]) =>
    transact(books.database.db, system('reconciliation'), at, work);
  const begun = await step((context) => beginReport(context, { ...day, requestedBy, ifMissing: requestedBy === null }));
  if (begun === 'reported') return begun;
  try {
    await reconcileMarket(books.deps, { ...day, at });
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    const { message: failure } = error;
    return step((context) => finishReport(context, { ...day, failure }));
  }
  return step((context) => finishReport(context, day));
}

/** What the schedule does about a day on the morning so many days after it. */
async function morning(date: LocalDate, days: number) {
  const at = morningAfter(date, days);
  const walls = await daysToReconcile(books.deps, { scheduledAt: at, now: at });
  const dates = walls.find(({ provider, market }) => provider === 'mtn' && market === 'UG')?.dates ?? [];
  return dates.includes(date) ? report(date, at, null) : 'not read';
}

const openOf = async (kind: CaseKind, paymentId?: string) => {
  const about = paymentId === undefined ? undefined : eq(cases.paymentId, paymentId);
  const isOpen = and(eq(cases.kind, kind), eq(cases.status, 'open'), about);
  return books.database.db.select().from(cases).where(isOpen);
};

describe('a statement that lacks what its provider has confirmed', () => {
  for (const isLate of [false, true])
    it(`${isLate ? 'in the morning, and has it by noon, is read again' : 'in nothing, balances'}: nothing is left to a person`, async () => {
      const day = ago(isLate ? 6 : 12);
      const { charge, line } = await books.charged(await books.running(), 10_000, day);
      books.states(isLate ? [] : [line]);
      expect(await morning(day, 1)).toBe(isLate ? 'failed' : 'balanced');
      expect(await openOf('reconciliation_missing_there', charge)).toEqual([]);
      books.states([line]);
      expect([await morning(day, 2), await morning(day, 3)]).toEqual(['balanced', 'balanced']);
      expect(await openOf('reconciliation_missing_there', charge)).toEqual([]);
    });

  it('has what it lists booked all the same, and says what it lacks', async () => {
    const day = ago(35);
    const lease = await books.running();
    await books.charged(lease, 10_000, day);
    const receipt = randomUUID().slice(0, 8).toUpperCase();
    books.states([{ on: day, type: 'payBill', receipt, amount: 10_000, account: lease.reference }]);
    expect(await report(day, morningAfter(day, 1), null)).toBe('failed');
    expect(await books.database.db.$count(inbound, eq(inbound.receipt, receipt))).toBe(1);
    const [failed] = await books.database.db.select().from(reconciliations).where(eq(reconciliations.date, day));
    expect(failed?.failure).toContain('lacks 1 movement');
  });

  it('is a case on the third morning, which a person ends by asking for the report as it is', async () => {
    const day = ago(20);
    const { charge } = await books.charged(await books.running(), 10_000, day);
    books.states([]);
    const isIts = ({ detail }: typeof cases.$inferSelect) => detail['date'] === day;
    const open = async () => (await openOf('statement_incomplete')).filter(isIts);
    // Too early it is no good report: the provider may have the whole one yet.
    expect(await report(day, morningAfter(day, 1), admin.id)).toBe('differences');
    for (const days of [1, 2]) expect(await morning(day, days)).toBe('failed');
    expect(await open()).toEqual([]);
    expect(await morning(day, 3)).toBe('failed');
    expect(await open()).toMatchObject([{ detail: { provider: 'mtn', market: 'UG', lacking: 1 } }]);
    expect(await morning(day, 4)).toBe('failed');

    expect(await report(day, morningAfter(day, 4), admin.id)).toBe('differences');
    expect(await open()).toEqual([]);
    expect(await openOf('reconciliation_missing_there', charge)).toHaveLength(1);
    expect(await morning(day, 5)).toBe('not read');
  });
});

describe('a line that joins the statement of a day after that was read', () => {
  for (const isLate of [false, true])
    it(`${isLate ? 'is found the next morning' : 'or is there in time'}: what a customer paid by himself is taken in`, async () => {
      const day = ago(isLate ? 18 : 24);
      const lease = await books.running();
      const { line } = await books.charged(lease, 10_000, day);
      const receipt = randomUUID().slice(0, 8).toUpperCase();
      const own = { on: day, type: 'payBill', receipt, amount: 10_000, account: lease.reference } as const;
      books.states(isLate ? [line] : [line, own]);
      expect(await morning(day, 1)).toBe(isLate ? 'balanced' : 'differences');
      // Once a morning, however often it is asked for.
      expect(await morning(day, 1)).toBe('not read');
      books.states([line, own]);
      await morning(day, 2);
      expect(await books.database.db.$count(inbound, eq(inbound.receipt, receipt))).toBe(1);
      await morning(day, 3);
      expect(await morning(day, 4)).toBe('not read');
    });
});

describe('what was announced before its statement had it, and so was denied', () => {
  for (const status of [null, 'refuted'] as const)
    it(`${status ?? 'or never announced'}: is taken in once the statement has it`, async () => {
      const day = ago(status === null ? 29 : 27);
      const lease = await books.running();
      const receipt = randomUUID().slice(0, 8).toUpperCase();
      const own = { on: day, type: 'payBill', receipt, amount: 10_000, account: lease.reference } as const;
      const said = { provider: 'mtn', market: 'UG', currency: 'UGX', payerMasked: '+' } as const;
      const announced = {
        id: uuidv7(),
        receipt,
        account: lease.reference,
        amount: 10_000,
        paidAt: noonOf(day),
        ...said,
      };
      if (status !== null) await books.database.db.insert(inbound).values({ ...announced, status });
      books.states([own]);
      const differences = await books.differencesOf(day);
      const found = differences.find((one) => one.receipt === receipt);
      expect(found).toMatchObject({ kind: 'missing_here', remedy: 'taken_in' });
      const [one] = await books.database.db
        .select()
        .from(cases)
        .where(eq(cases.id, found?.caseId ?? ''));
      expect(one).toMatchObject({ status: 'closed', resolution: 'taken in from the statement' });
    });
});

for (const isEmpty of [true, false])
  it(`what was announced of a day whose statement ${isEmpty ? 'is empty' : 'ends before it'} is denied once a second morning has it so`, async () => {
    const day = ago(isEmpty ? 2 : 5);
    const lease = await books.running();
    const id = uuidv7();
    await books.database.db.insert(inbound).values({
      id,
      receipt: id.toUpperCase(),
      account: lease.reference,
      amount: 10_000,
      paidAt: noonOf(day),
      receivedAt: noonOf(day),
      provider: 'mtn',
      market: 'UG',
      currency: 'UGX',
      payerMasked: '+',
      status: 'announced',
    });
    // At noon, as the lines of this provider are.
    books.states(isEmpty ? [] : [(await books.charged(lease, 10_000, day)).line]);
    for (const [days, expected] of [
      [1, 'waits'],
      [2, 'refuted'],
    ] as const) {
      expect(await morning(day, days)).toBe('balanced');
      expect(await refuteInbound(books.deps, { inboundId: id }, morningAfter(day, days))).toBe(expected);
    }
  });
