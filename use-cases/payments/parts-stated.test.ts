import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, inbound, reconciliations } from '#db/schema/index';
import { addDays, instantOf, localDateAt, type LocalDate } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type TestServer } from '#providers/test-server';
import { commandKey } from '#steering/command-key';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { completeLease } from '../leases/end-lease.ts';
import { receivedFrom } from './inbound/place-inbound.ts';
import { resolveSuspense } from './inbound/resolve-suspense.ts';
import { receiveMoney } from './receive-money.ts';
import { recoverCharges } from './recover-charges.ts';
import type { ReconciliationDependencies } from './reconciliation/dependencies.ts';
import { reconcileMarket } from './reconciliation/reconcile-market.ts';
import { refundsDue } from './refunds.ts';
import { reversePayment } from './reverse-payment.ts';

/** A provider takes parts of one payment on several days, some of them booked: its statements say which are not. */
let database: TestDatabase;
let server: TestServer;
let deps: ReconciliationDependencies;
let close: () => Promise<unknown>;
const config = testConfig(unreachedMobileMoney);
const admin: Actor = { role: 'admin', id: randomUUID() };
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
const DAY_3 = '2026-01-07T07:00:00Z';
const today = localDateAt(Date.now(), 'UG');
const [paidOn, tomorrow] = [addDays(today, -1), addDays(today, 1)];

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  close = () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close());
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  deps = { db: database.db, config, encryption, mobileMoney, temporal, log: createLogger('test', 'silent') };
});
afterAll(() => close());

const noonOf = (date: LocalDate) => new Date(instantOf(date, 12, 'UG'));
type Stated = { readonly on: LocalDate; readonly type: string; readonly receipt: string; readonly amount: number };

function states(
  ...lines: readonly (Stated & { readonly originalReceipt?: string; readonly account?: string })[]
): void {
  server.reply = ({ path }) => {
    const date = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0];
    if (date === undefined) return { status: 200, body: { access_token: 'token', expires_in: '3600' } };
    const data = lines
      .filter(({ on }) => on === date)
      .map(({ on, amount, originalReceipt = null, account = '', ...line }) => ({
        ...line,
        originalReceipt,
        reference: null,
        payer: null,
        currency: 'UGX',
        account,
        amount: String(amount),
        at: noonOf(on).toISOString(),
      }));
    return { status: 200, body: { date, data } };
  };
}

/** What differs about a lease. */
async function reconcile(date: LocalDate, about?: string) {
  const id = randomUUID();
  const at = noonOf(addDays(date, 1));
  const day = { provider: 'mtn', market: 'UG', date } as const;
  await database.db.insert(reconciliations).values({ id, ...day, status: 'running', startedAt: at });
  await reconcileMarket(deps, { reconciliationId: id, at, ...day });
  const [report] = await database.db.select().from(reconciliations).where(eq(reconciliations.id, id));
  const its = (report?.differences ?? []).filter(({ leaseId }) => leaseId === about);
  return its.map(({ kind, statementAmount }) => [kind, statementAmount]);
}

type Lease = Awaited<ReturnType<typeof bookLease>>;

const takes = (lease: Lease, attemptId: string, amount: number, at = DAY_3) =>
  lease.at(at, (context) =>
    reversePayment(
      { ...context, actor: admin },
      { leaseId: lease.id, attemptId, reason: 'charge-back', amount, to: 'provider', reversalId: randomUUID() },
    ),
  );

const backOf = (receipt: string) => (name: string, amount: number, on: LocalDate) => ({
  on,
  type: 'refund',
  receipt: `${name}${receipt.slice(0, 8)}`,
  originalReceipt: receipt,
  amount,
});

/** Asked for on the wall's day before today, by the lease's clock too. */
async function charged(lease: Lease, amount: number) {
  const receipt = randomUUID().slice(0, 8).toUpperCase();
  const charge = await lease.isCharged(noonOf(paidOn).toISOString(), amount, { receipt });
  await database.db
    .update(attempts)
    .set({ createdAt: noonOf(paidOn) })
    .where(eq(attempts.id, charge));
  return { charge, back: backOf(receipt), line: { on: paidOn, type: 'charge', receipt, amount } };
}

async function running(): Promise<Lease> {
  const lease = await bookLease(database, config);
  const deposit = await lease.isCharged(DAY_1, 20_000);
  await database.db
    .update(attempts)
    .set({ createdAt: new Date(DAY_1) })
    .where(eq(attempts.id, deposit));
  await lease.handOver(DAY_1);
  return lease;
}

/** Of 10,000 its provider took a part, and the rest waits in suspense for another lease. */
async function waiting(part: number) {
  const lease = await running();
  const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
  const said = { provider: 'mtn', market: 'UG', currency: 'UGX', status: 'announced' } as const;
  const money = { id, receipt, amount: 10_000, paidAt: noonOf(paidOn), payerMasked: '+', account: '' };
  const [item] = await database.db
    .insert(inbound)
    .values({ ...money, ...said })
    .returning();
  if (item === undefined) throw new Error('no such money');
  await lease.at(DAY_2, (context) =>
    receiveMoney(context, config, { leaseId: lease.id, money: receivedFrom(item, id) }),
  );
  await takes(lease, id, part);
  const rest = { leaseId: lease.id, attemptId: id, reason: 'another lease’s', to: 'suspense' } as const;
  await lease.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, rest));
  const back = backOf(receipt);
  return { id, back, part: back('B', part, today), line: { on: paidOn, type: 'payBill', receipt, amount: 10_000 } };
}

const itemOf = async (id: string) => (await database.db.select().from(inbound).where(eq(inbound.id, id)))[0];

describe('of a charge', () => {
  it.each([3_000, 2_000])(
    'a second part of %s is missing here, though the first of 3,000 is booked',
    async (second) => {
      const lease = await bookLease(database, config);
      const { charge, back, line } = await charged(lease, 20_000);
      await takes(lease, charge, 3_000, noonOf(today).toISOString());
      states(line, back('B', 3_000, today), back('C', second, tomorrow));
      expect(await reconcile(today, lease.id)).toEqual([]);
      expect(await reconcile(tomorrow, lease.id)).toEqual([['missing_here', second]]);
    },
  );

  it('that was booked late answers for the line of its day, and for no later one', async () => {
    const lease = await bookLease(database, config);
    const { charge, back, line } = await charged(lease, 20_000);
    states(line, back('B', 3_000, paidOn), back('C', 3_000, today));
    await takes(lease, charge, 3_000, noonOf(today).toISOString());
    expect([await reconcile(paidOn, lease.id), await reconcile(today, lease.id)]).toEqual([
      [],
      [['missing_here', 3_000]],
    ]);
  });

  it.each([
    [3_000, 7_000],
    [5_000, 5_000],
    [7_000, 3_000],
  ])('credit of a lease that is over does not go back too: %s, then %s', async (first, second) => {
    const lease = await running();
    const { charge, back, line } = await charged(lease, 110_000);
    await lease.at(noonOf(paidOn).toISOString(), (context) => completeLease(context, { leaseId: lease.id }));
    await takes(lease, charge, first, noonOf(today).toISOString());
    states(line, back('B', first, today), back('C', second, tomorrow));
    await reconcile(today);
    await reconcile(tomorrow);
    const due = await lease.at(noonOf(tomorrow).toISOString(), (context) =>
      refundsDue(context, deps, { leaseId: lease.id }),
    );
    expect(due).toMatchObject([{ amount: second, waitsFor: 'case' }]);
  });
});

describe('of what a customer paid by himself', () => {
  const resolve = async (inboundId: string) => {
    const lease = await running();
    const key = commandKey(new Date(), `POST /v1/suspense/${inboundId}/resolve`, randomUUID());
    await resolveSuspense(deps, admin, { inboundId, leaseId: lease.id }, key);
    return lease;
  };

  it.each([3_000, 5_000])('the rest waits for another lease, also beside a booked part of %s', async (part) => {
    const { id, line, part: booked } = await waiting(part);
    states(line, booked);
    await resolve(id);
    expect(await itemOf(id)).toMatchObject({ status: 'posted', amount: 10_000 - part });
  });

  it('the rest has gone back where the provider took as much once more', async () => {
    const { id, line, part, back } = await waiting(5_000);
    states(line, part, back('C', 5_000, today));
    await expect(resolve(id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await itemOf(id)).toMatchObject({ status: 'returned', amount: 5_000, wentBack: 5_000 });
  });

  it('a part of the rest that nobody booked is looked at first', async () => {
    const { id, line, part, back } = await waiting(3_000);
    states(line, part, back('C', 3_000, today));
    await expect(resolve(id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('C') });
    expect(await itemOf(id)).toMatchObject({ status: 'suspense', amount: 7_000 });
  });

  it.each([3_000, 2_000])(
    'two leases had, one after the other, and both lost a part of: 3,000 and %s',
    async (second) => {
      const { id, line, part, back } = await waiting(3_000);
      states(line, part);
      const its = await resolve(id);
      const { paymentId } = (await itemOf(id)) ?? {};
      states(line, part, back('C', second, tomorrow));
      expect([await reconcile(today, its.id), await reconcile(tomorrow, its.id)]).toEqual([
        [],
        [['missing_here', second]],
      ]);
      const isIts = and(eq(cases.paymentId, paymentId ?? ''), eq(cases.kind, 'reconciliation_missing_here'));
      const stateOfCase = async () =>
        (await database.db.select({ status: cases.status }).from(cases).where(isIts)).at(0);
      expect(await stateOfCase()).toEqual({ status: 'open' });
      await takes(its, paymentId ?? '', second, noonOf(tomorrow).toISOString());
      expect(await stateOfCase()).toEqual({ status: 'closed' });
      for (const date of [today, tomorrow]) expect(await reconcile(date, its.id)).toEqual([]);

      // What is left of it is a third one's, and nothing of it has gone back.
      const rest = { leaseId: its.id, attemptId: paymentId ?? '', reason: 'another lease’s', to: 'suspense' } as const;
      await its.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, rest));
      const third = await resolve(id);
      expect(await itemOf(id)).toMatchObject({ status: 'posted', leaseId: third.id, amount: 7_000 - second });
      for (const date of [today, tomorrow]) expect(await reconcile(date)).toEqual([]);
      expect((await its.balances()).get('clearing:mtn')).toBe(20_000 - second);
    },
  );

  it('reconciliation books that the rest went back, and not that all did', async () => {
    const { id, line, part, back } = await waiting(3_000);
    states(line, part, back('C', 7_000, today));
    await reconcile(today);
    expect(await itemOf(id)).toMatchObject({ status: 'returned', amount: 7_000 });
  });
});

describe('after the books were restored', () => {
  /** What is left that nobody can say of, since noon of yesterday or another moment. */
  async function recover(since = noonOf(paidOn)) {
    const mtn = { ...deps, mobileMoney: { ...deps.mobileMoney, all: () => [deps.mobileMoney.get('mtn')] } };
    const { recovered, left } = await recoverCharges(mtn, since, noonOf(addDays(tomorrow, 1)));
    return { recovered, left };
  }
  const casesAbout = (paymentId: string) =>
    database.db.$count(cases, and(eq(cases.paymentId, paymentId), eq(cases.kind, 'reconciliation_missing_here')));
  const none = { recovered: 0, left: [] };
  const reverses = (lease: Lease, attemptId: string) =>
    lease.at(noonOf(today).toISOString(), (context) =>
      reversePayment(
        { ...context, actor: admin },
        { leaseId: lease.id, attemptId, reason: 'charge-back', to: 'provider' },
      ),
    );

  it('a part and a reversal that are booked are known, and hold nothing', async () => {
    const lease = await running();
    const [parted, whole] = [await charged(lease, 20_000), await charged(lease, 10_000)];
    await takes(lease, parted.charge, 3_000, noonOf(today).toISOString());
    await reverses(lease, whole.charge);
    states(parted.line, whole.line, parted.back('B', 3_000, today), whole.back('C', 10_000, today));
    expect(await recover()).toEqual(none);
    expect([await casesAbout(parted.charge), await casesAbout(whole.charge)]).toEqual([0, 0]);
  });

  it('a second part of the same sum is known by none that answers for the line of an earlier day', async () => {
    const lease = await running();
    const { charge, back, line } = await charged(lease, 20_000);
    await takes(lease, charge, 3_000, noonOf(today).toISOString());
    states(line, back('B', 3_000, paidOn), back('C', 3_000, tomorrow));
    expect(await recover(new Date())).toEqual({ recovered: 0, left: [back('C', 0, today).receipt] });
    expect(await casesAbout(charge)).toBe(1);
  });

  it('what went back from suspense is known', async () => {
    const { id, line, part, back } = await waiting(3_000);
    states(line, part, back('C', 7_000, today));
    await reconcile(today);
    expect(await itemOf(id)).toMatchObject({ status: 'returned' });
    expect(await recover()).toEqual(none);
  });

  it('a charge that was taken back is not asked about as another one', async () => {
    const lease = await running();
    const { charge, line } = await charged(lease, 10_000);
    await reverses(lease, charge);
    const { reference: account } = await lease.row();
    states({ ...line, account });
    expect(await recover()).toEqual(none);
  });
});
