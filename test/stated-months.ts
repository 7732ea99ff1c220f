import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { and, eq, gt, inArray, sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { standingReversals } from '#db/queries/reversals';
import { unansweredLines } from '#db/queries/taken-back-lines';
import { attempts, cases, inbound, methods, takenBackLines, transfers } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { COMES_WITHIN_MS } from '#domain/payments/taken-back-lines';
import { closeCase } from '#use-cases/cases/close-case';
import { transact } from '#use-cases/context';
import { bookAgain } from '#use-cases/payments/reversal/book-again';
import { collect } from '#use-cases/payments/charging/collect';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { admin, ago, noonOf, type Lease, type Stated, type stateBooks } from './stated-books.ts';

type Books = Awaited<ReturnType<typeof stateBooks>>;

/** The days of a life: some next to each other, and some further apart than a line may come after its booking. */
const days = [0, 1, 2, 12, 34, 47].map((offset) => addDays(ago(50), offset));
const TOTAL = 10_000;
const admins: readonly Actor[] = [admin, ...[1, 2].map(() => ({ role: 'admin' as const, id: randomUUID() }))];
const sums = [3_000, 3_000, 3_000, 4_000, 7_000, TOTAL];

const deeds = {
  take: 4,
  book: 4,
  whole: 1,
  again: 4,
  read: 5,
  close: 3,
  refund: 2,
  tomorrow: 4,
  suspend: 2,
  resolve: 2,
  provider: 1,
} as const;
const deed = fc.record({
  what: fc.oneof(
    ...Object.entries(deeds).map(([what, weight]) => ({ weight, arbitrary: fc.constant(what as keyof typeof deeds) })),
  ),
  which: fc.nat({ max: 11 }),
  who: fc.nat({ max: 2 }),
  /** After so many of the days the line of what is taken is on its statement. */
  late: fc.constantFrom(0, 0, 0, 1, 2),
});
export const months = fc.record({
  kind: fc.constantFrom('charge', 'payBill'),
  deeds: fc.array(deed, { minLength: 4, maxLength: 20 }),
});
type Months = typeof months extends fc.Arbitrary<infer T> ? T : never;
type Deed = Months['deeds'][number];

const told = (kind: Months['kind'], ...words: readonly string[]): Months => ({
  kind,
  deeds: words.map((word) => {
    const [what = '', which = 0, who = 0] = word.split(' ');
    return { what: what as Deed['what'], which: Number(which), who: Number(who), late: 0 };
  }),
});
/** Lives that were found to go wrong once; `which` and `who` after each deed. */
export const before: readonly Months[] = [
  // A part is booked again by a slip: its line has its case again.
  told('charge', 'take', 'read', 'book 1', 'again 0 1'),
  // Of two parts and one line, the one that was paired is booked again.
  told('charge', 'take', 'read', 'book 1', 'book 1', 'again 0 1'),
  // A line that was dismissed, and one more part of its sum.
  told('charge', 'take', 'read', 'close', 'tomorrow', 'take', 'book 1', 'read 2'),
  // Two lines tell of one whole.
  told('payBill', 'take', 'read', 'tomorrow', 'take 4', 'read', 'whole'),
  // What went back is said to wait in suspense.
  told('payBill', 'take 5', 'read', 'whole', 'resolve 0 1'),
];

interface Line extends Stated {
  /** The place in `days` from which on its statement has it. */
  readonly from: number;
}

/** Credit of 10,000 of a lease that is over, of which its provider takes, and people book, some. */
async function begin(books: Books, kind: Months['kind']) {
  const lease = await books.running();
  const paid = await lease.isCharged('2026-01-06T07:00:00Z', 100_000);
  await books.askedOn(paid, new Date('2026-01-06T07:00:00Z'));
  const phoneEncrypted = books.deps.encryption.encrypt('+256772123456');
  await books.database.db.update(methods).set({ phoneEncrypted }).where(eq(methods.id, lease.methodId));
  const first = days[0] ?? ago(50);
  const began = kind === 'payBill' ? await books.paid(lease, first) : await books.charged(lease, TOTAL, first);
  await books.completes(lease);
  return { lease, paymentId: 'id' in began ? began.id : began.charge, line: began.line };
}

/** Lives some months of a payment. @param seen what was done, and not refused */
export async function liveMonths(books: Books, { kind, deeds: all }: Months, seen: Map<string, number>): Promise<void> {
  const month = await monthsOf(books, kind);
  for (const one of all) {
    if (await month.does(one)) seen.set(one.what, (seen.get(one.what) ?? 0) + 1);
    await month.agrees();
  }
  await month.ends();
}

async function monthsOf(books: Books, kind: Months['kind']) {
  const { db } = books.database;
  const { line: first, ...held } = await begin(books, kind);
  let { lease, paymentId } = held;
  const wall = { provider: 'mtn', market: 'UG' } as const;
  const { receipt } = first;
  const leases: Lease[] = [lease];
  const paymentIds = [paymentId];
  const lines: Line[] = [{ ...first, from: 0 }];
  let now = 0;
  let left = TOTAL;
  const today = () => days[now] ?? ago(0);
  const stated = (amount: number, name: string, late: number) => {
    left -= amount;
    lines.push({ on: today(), type: 'refund', receipt: name, originalReceipt: receipt, amount, from: now + late });
  };
  const states = () => books.states(lines.filter(({ from }) => from <= now));
  const taken = () => lines.filter(({ type, receipt: name }) => type === 'refund' && !refunds.has(name));
  const refunds = new Set<string>();
  /** Lines that a person has dismissed. */
  const closed = new Set<string>();

  /** What is written now is written on the day of the life. */
  const travels = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } finally {
      await db.transaction(async (tx) => {
        await tx.execute(sql`set local session_replication_role = replica`);
        const isNew = gt(transfers.createdAt, noonOf(ago(2)));
        await tx
          .update(transfers)
          .set({ createdAt: noonOf(today()) })
          .where(isNew);
        const isBack = gt(inbound.returnedAt, noonOf(ago(2)));
        await tx
          .update(inbound)
          .set({ returnedAt: noonOf(today()) })
          .where(isBack);
      });
    }
  };
  const asks = (actor: Actor, work: Parameters<typeof lease.at<unknown>>[1]) =>
    lease.at(noonOf(today()).toISOString(), (context) => work({ ...context, actor }));
  const open = () =>
    db
      .select()
      .from(cases)
      .where(
        and(
          and(
            eq(cases.status, 'open'),
            inArray(cases.kind, ['reconciliation_missing_here', 'reconciliation_missing_there']),
          ),
          sql`(${cases.detail} ->> 'originalReceipt' = ${receipt} or ${inArray(cases.paymentId, paymentIds)})`,
        ),
      )
      .orderBy(cases.id);
  const standing = async () => {
    const all = await Promise.all(paymentIds.map((id) => standingReversals(db, id)));
    const rows = await db.select().from(attempts).where(inArray(attempts.id, paymentIds));
    const inSuspense = new Set(rows.flatMap(({ id, source }) => (source === null ? [] : [id])));
    const isBack = (id: string | undefined, isRest: boolean) => !(isRest && inSuspense.has(id ?? ''));
    return all.flatMap((its, place) =>
      its.filter(({ isRest, takenBack }) => takenBack !== null && isBack(paymentIds[place], isRest)),
    );
  };
  const keptLines = () => db.select().from(takenBackLines).where(eq(takenBackLines.originalReceipt, receipt));
  const isDismissed = (one: { readonly receipt: string }) => closed.has(one.receipt);
  /** Lines that nobody has booked or dismissed. */
  const waiting = async () => (await unansweredLines(db, wall, [receipt])).filter((one) => !isDismissed(one));
  /** What goes out beside all that lines which were read say has gone. */
  const goesOut = async (amount: number) => {
    const gone = (await keptLines()).filter((one) => !isDismissed(one));
    expect(sumOf(gone) + amount, 'what goes out, and lines say has gone').toBeLessThanOrEqual(TOTAL);
  };

  const doing: Record<Deed['what'], (one: Deed, actor: Actor) => Promise<unknown>> = {
    tomorrow: async () => {
      if (now === days.length - 1) return false;
      now += 1;
    },
    take: async ({ which, late }) => {
      const amount = Math.min(sums[which % sums.length] ?? 0, left);
      if (amount <= 0) return false;
      stated(amount, `T${randomUUID().slice(0, 8)}`.toUpperCase(), late);
    },
    book: ({ which }, actor) => {
      // As a line says, more often than not.
      const some = taken().map((line) => line.amount);
      const amount = (which % 3 > 0 && some.length > 0 ? some : sums)[which % Math.max(1, some.length)] ?? TOTAL;
      const part = { leaseId: lease.id, attemptId: paymentId, reason: 'random', amount, reversalId: randomUUID() };
      return asks(actor, (context) => reversePayment(context, { ...part, to: 'provider' }));
    },
    whole: (_, actor) => asks(actor, (context) => reversePayment(context, { ...about(), to: 'provider' })),
    provider: (_, actor) => asks(actor, (context) => reversePayment(context, { ...about(), to: 'provider' })),
    suspend: (_, actor) => asks(actor, (context) => reversePayment(context, { ...about(), to: 'suspense' })),
    again: async ({ which }, actor) => {
      const parts = await standingReversals(db, paymentId);
      const transferId = parts[which]?.id;
      return asks(actor, (context) => bookAgain(context, { ...about(), transferId }));
    },
    read: ({ which }) => reads(which % 2 === 0 ? now : which % (now + 1)),
    close: async ({ which }) => {
      const some = await open();
      const one = some[which % Math.max(1, some.length)];
      if (one === undefined) return false;
      if (one.kind === 'reconciliation_missing_here') closed.add(String(one.detail['receipt']));
      await transact(db, admin, new Date(), (context) => closeCase(context, { id: one.id, resolution: 'random' }));
    },
    refund: async ({ late }) => {
      const [due] = await books.due(lease);
      if (due === undefined || due.waitsFor !== undefined || due.refundOf !== paymentId) return false;
      const { refundOf, amount } = due;
      const attemptId = randomUUID();
      const order = { kind: 'refund', attemptId, leaseId: lease.id, refundOf, amount } as const;
      await goesOut(amount);
      const at = noonOf(today()).toISOString();
      await collect(books.deps, { attempt: 1 }, { ...order, at }).catch(() => {});
      await lease.confirms(at, attemptId);
      await books.askedOn(attemptId, noonOf(today()));
      refunds.add(attemptId.toUpperCase());
      stated(amount, attemptId.toUpperCase(), late);
    },
    resolve: async (_, actor) => {
      states();
      await asks(actor, (context) => reversePayment(context, { ...about(), to: 'suspense' }));
      const item = await books.itemOf(paymentIds[0] ?? '');
      if (item?.status !== 'suspense') return false;
      lease = await books.resolve(item.id);
      await goesOut(item.amount);
      paymentId = (await books.itemOf(item.id))?.paymentId ?? '';
      leases.push(lease);
      paymentIds.push(paymentId);
    },
  };
  const about = () => ({ leaseId: lease.id, attemptId: paymentId, reason: 'random' });
  const reads = async (place: number) => {
    states();
    const date = days[place] ?? ago(0);
    await books.differencesOf(date, noonOf(addDays(today(), 1)));
  };

  return {
    /** @returns whether it was done: what is refused changes nothing. */
    does: async (one: Deed): Promise<boolean> => {
      try {
        return (await travels(() => doing[one.what](one, admins[one.who] ?? admin))) !== false;
      } catch (error) {
        if (error instanceof Problem) return false;
        throw error;
      }
    },
    agrees: async () => {
      const answered = await db
        .select()
        .from(takenBackLines)
        .where(and(eq(takenBackLines.originalReceipt, receipt)));
      for (const transfer of await standing()) {
        const its = answered.filter(({ transferId }) => transferId === transfer.id);
        if (its.length === 0) continue;
        expect(sumOf(its), 'a transfer and the lines that it answers for').toBe(transfer.takenBack);
        expect(its.length === 1 || transfer.isRest, 'a part answers for one line').toBe(true);
      }
      for (const one of leases) {
        const { credit, disputed } = await one.row();
        const balances = await one.balances();
        expect(0 - (balances.get('unapplied') ?? 0), 'credit').toBe(credit);
        expect(balances.get('disputed') ?? 0, 'what is in dispute').toBe(disputed);
      }
      const taken = answered.filter(({ transferId }) => transferId !== null);
      expect(taken.filter(isDismissed), 'dismissed lines that something answers for').toEqual([]);
      const free = await waiting();
      const its = await standing();
      const ids = new Set(its.map(({ id }) => id));
      const item = await books.itemOf(paymentIds[0] ?? '');
      const isStale = ({ transferId }: { transferId: string | null }) => !ids.has(transferId ?? '');
      if (item?.status !== 'returned') expect(taken.filter(isStale), 'lines that nothing answers for').toEqual([]);
      const answers = new Set(taken.map(({ transferId }) => transferId));
      for (const { id, takenBack, createdAt } of its.filter((one) => !answers.has(one.id)))
        expect(free.filter(fits(takenBack, createdAt)), `lines that nobody has booked, beside ${id}`).toEqual([]);
      const isHeld = (await books.due(lease)).every(
        ({ waitsFor, refundOf }) => waitsFor === 'case' || refundOf !== paymentId,
      );
      const owes = await db.$count(attempts, and(eq(attempts.id, paymentId), eq(attempts.status, 'succeeded')));
      if (free.length > 0 && owes > 0) expect(isHeld, 'what goes out while a line is open').toBe(true);
    },
    /** Every day is read once more: what is open is what differs. */
    ends: async () => {
      now = days.length + 2;
      for (const place of days.keys()) await reads(place);
      const free = await waiting();
      const items = await keptLines();
      expect(items.map((one) => one.receipt).toSorted(), 'lines that are kept').toEqual(
        taken()
          .map((one) => one.receipt)
          .toSorted(),
      );
      const isOpen = await open();
      const here = isOpen.filter(({ kind: what }) => what === 'reconciliation_missing_here');
      expect(receiptsOf(here), 'cases of lines').toEqual(free.map((one) => one.receipt).toSorted());
      const answers = new Set(items.map(({ transferId }) => transferId));
      const unanswered = (await standing()).filter(({ id }) => !answers.has(id));
      const there = isOpen.flatMap(({ kind: what, detail }) =>
        what === 'reconciliation_missing_there' ? [String(detail['transferId'])] : [],
      );
      const ids = unanswered.map(({ id }) => id);
      for (const id of there) expect(ids, 'an open case of what is not missing there').toContain(id);
      for (const { id, takenBack, createdAt } of unanswered) {
        expect(free.filter(fits(takenBack, createdAt)), `lines that nobody has booked, beside ${id}`).toEqual([]);
        const isTold = there.includes(id) || items.some(isDismissed) || (await isLookedAt(id));
        expect(isTold, 'a case of what is missing there').toBe(true);
      }
    },
  };

  async function isLookedAt(transferId: string): Promise<boolean> {
    const isIt = and(eq(sql`${cases.detail} ->> 'transferId'`, transferId), sql`${cases.closedBy} is not null`);
    return (await db.$count(cases, isIt)) > 0;
  }
}

/** Lines that what has no line could answer for. */
const fits = (sum: number | null, bookedAt: Date) => (line: { readonly amount: number; readonly at: number }) =>
  line.amount === sum && line.at <= bookedAt.getTime() + COMES_WITHIN_MS;

const sumOf = (all: readonly { readonly amount: number }[]) => all.reduce((sum, { amount }) => sum + amount, 0);
const receiptsOf = (all: readonly { readonly detail: Record<string, unknown> }[]) =>
  all.map(({ detail }) => String(detail['receipt'])).toSorted();
