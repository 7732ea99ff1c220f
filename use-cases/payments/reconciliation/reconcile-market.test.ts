import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, methods, reconciliations } from '#db/schema/index';
import { addDays, instantOf, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import type { PaymentProvider } from '#domain/markets';
import type { Day } from '#domain/payments/wire';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type TestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { createEncryption } from '#platform/encryption';
import { reversePayment } from '../reversal/reverse-payment.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
import { daysToReconcile } from './missing-days.ts';
import { reconcileMarket } from './reconcile-market.ts';

/** Statements as providers have them: a charge without our id, and what went back days before anybody booked it. */
let database: TestDatabase;
let server: TestServer;
let deps: ReconciliationDependencies;
let close: () => Promise<unknown>;
const config = testConfig({
  ...unreachedMobileMoney,
  MPESA_BASE_URL: 'http://localhost:1',
  MPESA_CONSUMER_KEY: 'key',
  MPESA_CONSUMER_SECRET: 'secret',
  MPESA_SHORTCODE: '174379',
  MPESA_PASSKEY: 'key',
  MPESA_INITIATOR: 'initiator',
  MPESA_SECURITY_CREDENTIAL: 'credential',
});
beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  close = () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close());
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url, MPESA_BASE_URL: server.url });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  deps = { db: database.db, config, encryption, mobileMoney, temporal, log: createLogger('test', 'silent') };
});
afterAll(() => close());

/** A day of January. */
const MONDAY = localDate('2026-01-12');
const noonOf = (date: LocalDate) => new Date(instantOf(date, 12, 'UG'));

interface Stated {
  readonly type: 'charge' | 'refund' | 'collection';
  readonly receipt: string;
  readonly originalReceipt?: string;
  readonly account: string;
  readonly amount: number;
  readonly at: Date;
}

/** What the provider's statements have, by their day; nothing names a payment of ours by its id. */
function states(currency: 'UGX' | 'KES', lines: Readonly<Record<string, readonly Stated[]>>): void {
  server.reply = ({ path }) => {
    const date = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0];
    if (date === undefined) return { status: 200, body: { access_token: 'token', expires_in: '3600' } };
    const data = (lines[date] ?? []).map(({ amount, at, originalReceipt = null, ...line }) => ({
      ...line,
      originalReceipt,
      reference: null,
      payer: null,
      currency,
      amount: String(amount),
      at: at.toISOString(),
    }));
    return { status: 200, body: { date, data } };
  };
}

async function reconcile(day: Pick<Day, 'provider' | 'market' | 'date'>, at: Date) {
  const id = randomUUID();
  await database.db.insert(reconciliations).values({ id, ...day, status: 'running', startedAt: at });
  const { absent } = await reconcileMarket(deps, { reconciliationId: id, at, ...day });
  const [report] = await database.db.select().from(reconciliations).where(eq(reconciliations.id, id));
  const over = { status: 'balanced', finishedAt: at } as const;
  await database.db.update(reconciliations).set(over).where(eq(reconciliations.id, id));
  const [total] = report?.totals ?? [];
  return { absent, differences: report?.differences.map(({ kind }) => kind) ?? [], waiting: total?.waiting ?? 0 };
}

const paidBy = (provider: PaymentProvider, methodId: string) =>
  database.db.update(methods).set({ provider }).where(eq(methods.id, methodId));
const madeAt = (id: string, createdAt: Date) =>
  database.db.update(attempts).set({ createdAt }).where(eq(attempts.id, id));

/** A lease in Kenya whose deposit was asked for at noon of Monday, and never answered. */
async function inDoubt() {
  const lease = await bookLease(database, config, { market: 'KE', deposit: 2_000_000, instalment: 1_000_000 });
  await paidBy('mpesa', lease.methodId);
  const lost = randomUUID();
  await database.db.insert(attempts).values({
    id: lost,
    leaseId: lease.id,
    kind: 'deposit',
    due: 'deposit',
    provider: 'mpesa',
    paymentMethodId: lease.methodId,
    payerMasked: '+2547*****001',
    amount: 2_000_000,
    currency: 'KES',
    status: 'unknown',
    sent: true,
    requestedAt: noonOf(MONDAY),
    createdAt: noonOf(MONDAY),
  });
  return {
    lease,
    lost,
    decide: () => database.db.update(attempts).set({ status: 'failed' }).where(eq(attempts.id, lost)),
  };
}

const mondayInKenya = { provider: 'mpesa', market: 'KE', date: MONDAY } as const;
const isToDo = async (now: Date) => {
  const walls = await daysToReconcile(deps, { scheduledAt: now, now });
  return walls.find(({ provider }) => provider === 'mpesa')?.dates.includes(MONDAY);
};

describe('a charge without a name of the provider’s, that nobody answered and no statement has', () => {
  it('was not made, whatever else of its payer is on the statement; until it is decided its day has no good report', async () => {
    const { lease, lost, decide } = await inDoubt();
    const clock = (hours: number) => new Date(noonOf(MONDAY).getTime() + hours * 3_600_000);
    const charged = async (hours: number) => {
      const receipt = randomUUID().slice(0, 8).toUpperCase();
      const paid = await lease.isCharged(clock(hours).toISOString(), 500_000, { provider: 'mpesa', receipt });
      await madeAt(paid, clock(hours));
      const line = {
        type: 'charge',
        receipt,
        account: lease.reference,
        amount: 500_000,
        at: clock(hours + 0.1),
      } as const;
      return { paid, line };
    };
    const [{ paid, line: other }, last] = [await charged(0.4), await charged(1.2)];
    const { receipt } = other;
    const morning = noonOf(addDays(MONDAY, 1));
    states('KES', { [MONDAY]: [other, last.line] });
    expect(await reconcile(mondayInKenya, morning)).toEqual({
      absent: [{ paymentId: lost, leaseId: lease.id }],
      differences: [],
      waiting: 0,
    });
    // One that nothing accounts for may be it.
    states('KES', { [MONDAY]: [other, last.line, { ...other, receipt: `X${receipt}` }] });
    expect((await reconcile(mondayInKenya, morning)).absent).toEqual([]);
    // So may one of its sum and of a kind that is not known; a fee may not.
    states('KES', { [MONDAY]: [other, last.line, { ...other, type: 'collection', amount: 2_000_000 }] });
    expect((await reconcile(mondayInKenya, morning)).absent).toEqual([]);
    states('KES', { [MONDAY]: [other, last.line, { ...other, type: 'collection', amount: 500 }] });
    expect((await reconcile(mondayInKenya, morning)).absent).toEqual([{ paymentId: lost, leaseId: lease.id }]);

    expect(await isToDo(morning)).toBe(true);
    await decide();
    expect(await isToDo(morning)).toBe(false);
    for (const one of [paid, last.paid]) await madeAt(one, noonOf(addDays(MONDAY, -40)));
  });

  it.each([7, 12.9])(
    'is in doubt after a statement that ends at %s, until a later morning has it so again',
    async (until) => {
      await database.db.delete(reconciliations);
      const { lease, lost, decide } = await inDoubt();
      const receipt = randomUUID().slice(0, 8).toUpperCase();
      const last = new Date(instantOf(MONDAY, 0, 'KE') + until * 3_600_000);
      const paid = await lease.isCharged(last.toISOString(), 500_000, { provider: 'mpesa', receipt });
      await madeAt(paid, last);
      states('KES', { [MONDAY]: [{ type: 'charge', receipt, account: 'OTHER', amount: 500_000, at: last }] });
      const morning = noonOf(addDays(MONDAY, 1));
      expect(await reconcile(mondayInKenya, morning)).toEqual({ absent: [], differences: [], waiting: 1 });
      expect(await isToDo(noonOf(addDays(MONDAY, 2)))).toBe(true);
      expect(await reconcile(mondayInKenya, noonOf(addDays(MONDAY, 2)))).toEqual({
        absent: [{ paymentId: lost, leaseId: lease.id }],
        differences: [],
        waiting: 0,
      });
      await decide();
      await madeAt(paid, noonOf(addDays(MONDAY, -40)));
    },
  );

  it('and shortly before midnight is in doubt though the next day has lines of ours, since its own may be cut short', async () => {
    await database.db.delete(reconciliations);
    const { lease, lost, decide } = await inDoubt();
    await madeAt(lost, new Date(instantOf(MONDAY, 0, 'KE') + 23.9 * 3_600_000));
    const receipt = randomUUID().slice(0, 8).toUpperCase();
    const [tuesday, last] = [addDays(MONDAY, 1), noonOf(addDays(MONDAY, 1))];
    const paid = await lease.isCharged(last.toISOString(), 500_000, { provider: 'mpesa', receipt });
    await madeAt(paid, last);
    states('KES', { [tuesday]: [{ type: 'charge', receipt, account: 'OTHER', amount: 500_000, at: last }] });
    const morning = noonOf(addDays(MONDAY, 2));
    expect((await reconcile({ ...mondayInKenya, date: tuesday }, morning)).absent).toEqual([]);
    expect(await reconcile(mondayInKenya, morning)).toMatchObject({ absent: [], waiting: 1 });
    await decide();
    await madeAt(paid, noonOf(addDays(MONDAY, -40)));
  });

  for (const isElsewhere of [false, true])
    it(`is in doubt after an empty statement${isElsewhere ? ' beside its neighbour’s line' : ''}, until a later morning has it empty again`, async () => {
      await database.db.delete(reconciliations);
      const { lease, lost, decide } = await inDoubt();
      const hoursAfter = (hours: number) => new Date(noonOf(addDays(MONDAY, 1)).getTime() + hours * 3_600_000);
      const receipt = randomUUID().slice(0, 8).toUpperCase();
      const late = instantOf(MONDAY, 23, 'KE');
      if (isElsewhere) {
        const paid = await lease.isCharged(new Date(late).toISOString(), 500_000, { provider: 'mpesa', receipt });
        await madeAt(paid, new Date(late));
      }
      const line = { type: 'charge', receipt, account: 'OTHER', amount: 500_000, at: new Date(late) } as const;
      states('KES', isElsewhere ? { [addDays(MONDAY, 1)]: [line] } : {});
      // In the evening of the day itself, which has no tomorrow’s statement yet; in the morning, and once more that day.
      const inDoubtStill = { absent: [], differences: [], waiting: 1 };
      for (const hours of isElsewhere ? [-5, 3] : [-13, -5, 3])
        expect(await reconcile(mondayInKenya, hoursAfter(hours))).toEqual(inDoubtStill);
      expect(await isToDo(hoursAfter(19))).toBe(true);
      expect(await reconcile(mondayInKenya, hoursAfter(19))).toEqual({
        absent: [{ paymentId: lost, leaseId: lease.id }],
        differences: [],
        waiting: 0,
      });
      await decide();
      expect(await isToDo(hoursAfter(20))).toBe(false);
    });
});

describe('a charge-back that is booked days after the statement told of it, whole or in parts', () => {
  it('is no difference on the day of its booking, and the case of the first one closes', async () => {
    const today = localDateAt(Date.now(), 'UG');
    const friday = addDays(today, -3);
    const wednesday = addDays(friday, -2);
    const paidBy = async () => {
      const lease = await bookLease(database, config);
      const receipt = randomUUID().slice(0, 8).toUpperCase();
      const paid = await lease.isCharged(noonOf(wednesday).toISOString(), 20_000, { receipt });
      await madeAt(paid, noonOf(wednesday));
      return { lease, receipt, paid };
    };
    const [whole, inParts] = [await paidBy(), await paidBy()];
    const charge = ({ lease, receipt }: typeof whole) =>
      ({ type: 'charge', receipt, account: lease.reference, amount: 20_000, at: noonOf(wednesday) }) as const;
    const back = (receipt: string, amount: number, number: number) => {
      const line = { type: 'refund', originalReceipt: receipt, account: '', at: noonOf(friday) } as const;
      return { ...line, receipt: `B${receipt}${number}`, amount };
    };
    const parts = [3_000, 2_000, 3_000];
    states('UGX', {
      [wednesday]: [charge(whole), charge(inParts)],
      [friday]: [back(whole.receipt, 20_000, 0), ...parts.map((amount, i) => back(inParts.receipt, amount, i))],
    });
    const day = { provider: 'mtn', market: 'UG' } as const;
    const told = await reconcile({ ...day, date: friday }, noonOf(addDays(friday, 1)));
    expect(told.differences).toEqual(Array(4).fill('missing_here'));
    const openOf = ({ paid }: typeof whole) =>
      database.db.$count(cases, and(eq(cases.paymentId, paid), eq(cases.status, 'open')));
    expect([await openOf(whole), await openOf(inParts)]).toEqual([1, 3]);

    const books = ({ lease, paid: attemptId }: typeof whole, part: { amount?: number; reversalId?: string } = {}) =>
      lease.at(new Date().toISOString(), (context) =>
        reversePayment(context, { leaseId: lease.id, attemptId, reason: 'charge-back', ...part }),
      );
    await books(whole);
    for (const [i, amount] of [2_000, 3_000, 3_000].entries()) {
      await books(inParts, { amount, reversalId: randomUUID() });
      // Of two of one sum the other one is told of still.
      expect([await openOf(whole), await openOf(inParts)]).toEqual([0, 2 - i]);
    }
    const morning = noonOf(addDays(today, 1));
    for (const date of [today, friday, wednesday])
      expect((await reconcile({ ...day, date }, morning)).differences).toEqual([]);
  });
});
