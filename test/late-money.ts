import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { expect } from 'vitest';
import { readLeaseStatement } from '#db/queries/statements';
import { accounts, attempts, audit, cases, entries } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { localDateAt } from '#domain/calendar';
import type { CashDayDecision, ReceivedMoney } from '#domain/leases/orders';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from './config.ts';
import { type TestDatabase } from './database.ts';
import { bookLease, weeklyPlan } from './lease-books.ts';
import { transact, type Context } from '#use-cases/context';
import { changeStatus } from '#use-cases/leases/change-status';
import { chargeLateFees } from '#use-cases/leases/charge-late-fees';
import { advanceLease } from '#use-cases/leases/advance-lease';
import { lockLease, positionAt } from '#use-cases/leases/lease-record';
import { decideCashDay } from '#use-cases/payments/cash/backdated-cash';
import { decideUnknown } from '#use-cases/payments/deciding/decide-unknown';
import { markUnknown } from '#use-cases/payments/outcomes/mark-unknown';
import { openAttempt } from '#use-cases/payments/charging/open-attempt';
import { postPayment } from '#use-cases/payments/post-payment';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';

/** A lease on whose own clock money becomes known days after it was paid, by the use cases themselves. */
export const config = testConfig({ ...unreachedMobileMoney, AGENT_FLOAT_LIMIT_UGX: '1000000000' });
export const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
export const agent: Actor = { role: 'agent', id: randomUUID() };
export const admin: Actor = { role: 'admin', id: randomUUID() };

/** Noon of a day of January (the 32nd is 1 February) in Kampala. */
export const day = (number: number, hour = 12) => new Date(Date.UTC(2026, 0, number, hour - 3));
export const on = (number: number) => localDateAt(day(number).getTime(), 'UG');
export const LINE = 810_000;
export const FEE = 10_000;

/**
 * Ten weekly lines of 810,000, the first due on the 5th, grace until the 8th, a late fee of 10,000 on the 9th; or as many
 * others, with another markup.
 */
export async function runningLease(
  database: TestDatabase,
  { instalment = LINE, ...differing }: { instalment?: number; instalments?: number; markupPercent?: number } = {},
) {
  const plan = { ...weeklyPlan, graceDays: 3, lateFee: { amount: FEE, cap: 100_000 }, ...differing };
  const lease = await bookLease(database, config, { plan, instalment });
  const act = <T>(at: Date, work: (context: Context) => Promise<T>, actor: Actor = system('test')) =>
    transact(database.db, actor, at, work);
  const { id: leaseId } = lease;
  await lease.pays('2025-12-29T05:00:00Z', 20_000);
  await lease.handOver('2025-12-29T06:00:00Z');
  const receive = (at: Date, money: ReceivedMoney) =>
    act(at, (context) => receiveMoney(context, config, { leaseId, money }), agent);
  const claims = async (number: number, amount: number, paidOn?: string) => {
    const paymentId = uuidv7();
    const receiptNumber = paymentId;
    await receive(day(number), { kind: 'cash', agentId: agent.id, paymentId, amount, receiptNumber, paidOn });
    return paymentId;
  };
  return {
    id: leaseId,
    customer: { role: 'customer', id: lease.customerId } satisfies Actor,
    act,
    receive,
    fees: (number: number) => act(day(number, 0), (context) => chargeLateFees(context, { leaseId })),
    /** An automatic prompt of which nobody hears. */
    async unknown(number: number) {
      const attemptId = randomUUID();
      const order = { attemptId, leaseId, kind: 'instalment', method: 0 } as const;
      await act(day(number, 8), (context) => openAttempt(context, deps, order));
      await act(day(number, 8), ({ tx }) => tx.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId)));
      await act(day(number, 9), (context) => markUnknown(context, { leaseId, attemptId }));
      return attemptId;
    },
    /** A prompt of the agenda, or the customer's own payment of any sum. @returns what is asked for; 0 is nothing. */
    async isAsked(number: number, own?: { readonly attemptId: string; readonly amount: number }) {
      const order =
        own === undefined
          ? ({ attemptId: randomUUID(), leaseId, kind: 'instalment', method: 0 } as const)
          : ({ ...own, leaseId, kind: 'pay', paymentMethodId: lease.methodId } as const);
      return (await act(day(number, 8), (context) => openAttempt(context, deps, order)))?.amount ?? 0;
    },
    advance: (number: number) => act(day(number), (context) => advanceLease(context, { leaseId, to: 'in_arrears' })),
    decide: (number: number, attemptId: string, outcome: 'succeeded' | 'failed', paidOn?: string) =>
      act(day(number), async (context) => {
        const decision = { leaseId, attemptId, outcome, providerReference: null, reason: 'asked', paidOn };
        await decideUnknown(context, decision);
        if (outcome === 'succeeded') await postPayment(context, { leaseId, attemptId });
      }),
    claims,
    /** Cash that an agent has taken, and that somebody else confirms where it needs it. @returns the payment's id. */
    async cash(number: number, amount: number, paidOn?: string) {
      const paymentId = await claims(number, amount, paidOn);
      await decideCash(database, paymentId, day(number));
      return paymentId;
    },
    pays: (number: number, amount: number) => lease.pays(day(number).toISOString(), amount),
    arrears: (number: number) =>
      act(day(number), (context) => changeStatus(context, { leaseId, to: 'in_arrears', event: 'lease.in_arrears' })),
    async books(number: number) {
      const record = await act(day(number), ({ tx }) => lockLease(tx, leaseId));
      const { daysPastDue, feesDue, credit, outstanding } = positionAt(record, day(number));
      const { status, feesCharged, feesPaid, oldestUnpaidOn } = record.row;
      const paid = record.lines.map((line) => line.paid);
      return { status, feesCharged, feesPaid, feesDue, credit, outstanding, daysPastDue, oldestUnpaidOn, paid };
    },
    async balance(account: string) {
      const [row] = await database.db
        .select({ sum: sql<string>`coalesce(sum(${entries.amount}), 0)` })
        .from(entries)
        .innerJoin(accounts, eq(accounts.id, entries.accountId))
        .where(eq(accounts.name, account));
      return Number(row?.sum);
    },
    async timeline(type: string) {
      const rows = await database.db.select().from(audit).where(eq(audit.leaseId, leaseId));
      return rows.filter((row) => row.type === type).map(({ detail }) => detail);
    },
  };
}

/** Somebody else than the agent confirms the day that he claims, if it is his word alone, or decides otherwise. */
export async function decideCash(
  { db }: TestDatabase,
  paymentId: string,
  at: Date,
  { actor = admin, ...said }: { actor?: Actor } & Partial<Pick<CashDayDecision, 'decision' | 'paidOn'>> = {},
): Promise<void> {
  const isIts = and(eq(cases.paymentId, paymentId), eq(cases.kind, 'backdated_cash'), eq(cases.status, 'open'));
  const [claim] = await db.select().from(cases).where(isIts);
  if (claim === undefined || claim.leaseId === null) return;
  const { id: caseId, leaseId } = claim;
  await transact(db, actor, at, (context) =>
    decideCashDay(context, { leaseId, caseId, decision: 'confirmed', resolution: 'the counterfoil says so', ...said }),
  );
}

export type LateLease = Awaited<ReturnType<typeof runningLease>>;

/** What the customer owes, by the ledger: it is the lease's own figure. */
export async function agrees(database: TestDatabase, lease: LateLease, number: number) {
  const { outstanding, feesDue, credit } = await lease.books(number);
  expect(await lease.balance(`lease:${lease.id}:receivable`)).toBe(outstanding + feesDue);
  expect(await lease.balance(`lease:${lease.id}:unapplied`)).toBe(0 - credit);
  const statement = await readLeaseStatement(database.db, lease.id);
  expect(statement?.entries.at(-1)?.balance).toBe(outstanding + feesDue - credit);
}
