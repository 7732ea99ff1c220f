import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accounts, attempts, cases, entries, inbound, reconciliations } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { money } from '#domain/money';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type TestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { receiveMoney } from '../cash/receive-money.ts';
import { receivedFrom } from '../inbound-record.ts';
import { completeLease } from '../../leases/end-lease.ts';
import { openAttempt } from '../charging/open-attempt.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { postPayment } from '../post-payment.ts';
import { reconcileMarket } from '../reconciliation/reconcile-market.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { suspendItem } from '../suspense/suspend-item.ts';
import { askForRefunds, refundsDue } from './refunds.ts';

/** A refund by mobile money that its provider sends back: where its money is, and when it goes out again. */
let database: TestDatabase;
let server: TestServer;
let deps: Parameters<typeof reconcileMarket>[0] & Parameters<typeof openAttempt>[1];
beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal: unknown = new Proxy(() => temporal, {
    get: (_, name) => (name === 'then' ? undefined : temporal),
    apply: () => temporal,
  });
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url });
  const ours = { db: database.db, config, encryption, mobileMoney, log: createLogger('test', 'silent') };
  deps = Object.assign(ours, { temporal }) as typeof deps;
});
afterAll(() => server.close().then(() => database.close()));

const config = testConfig(unreachedMobileMoney);
const encryption = createEncryption(config.ENCRYPTION_KEYS);
const [one, other] = [
  { role: 'admin', id: randomUUID() },
  { role: 'admin', id: randomUUID() },
] as const;
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
type Lease = Awaited<ReturnType<typeof bookLease>>;
const newReceipt = () => randomUUID().slice(0, 8).toUpperCase();

const due = (lease: Lease) => lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));

/** The next refund is sent and confirmed. @returns its id */
async function refunded(lease: Lease): Promise<string> {
  const [order] = await due(lease);
  if (order === undefined) throw new Error('nothing is due');
  const attemptId = randomUUID();
  const refund = {
    leaseId: lease.id,
    kind: 'refund',
    refundOf: order.refundOf,
    amount: order.amount,
    attemptId,
  } as const;
  await lease.at(DAY_2, (context) => openAttempt(context, deps, refund));
  await database.db.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
  const final = { state: 'succeeded', receipt: attemptId, amount: money(order.amount, 'UGX') } as const;
  await lease.at(DAY_2, (context) => recordOutcome(context, attemptId, final));
  await lease.at(DAY_2, (context) => postPayment(context, { leaseId: lease.id, attemptId }));
  return attemptId;
}

/** A lease that is paid off by one charge of 109,000, of which 9,000 went back. */
async function paidTooMuch() {
  const lease = await bookLease(database, config);
  const deposit = await lease.isCharged(DAY_1, 20_000, { receipt: newReceipt() });
  await lease.handOver(DAY_1);
  const charge = await lease.isCharged(DAY_1, 109_000, { receipt: newReceipt() });
  await lease.at(DAY_1, (context) => completeLease(context, { leaseId: lease.id }));
  const before = await lease.balances();
  return { lease, deposit, charge, before, refund: await refunded(lease) };
}

const comesBack = (lease: Lease, attemptId: string, said: object, actor: typeof one | typeof other = one) =>
  lease.at(DAY_2, (context) =>
    reversePayment({ ...context, actor }, { leaseId: lease.id, attemptId, reason: 'his wallet was dormant', ...said }),
  );
const inSuspense = async () => {
  const isIt = eq(accounts.name, 'suspense:mtn');
  const moved = await database.db
    .select()
    .from(entries)
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(isIt);
  return moved.reduce((sum, { entries: { amount } }) => sum + amount, 0);
};

describe('a refund that its provider sends back', () => {
  it('is the customer’s credit again, and goes out once more when somebody asks for it, and no sooner', async () => {
    const { lease, charge, before, refund } = await paidTooMuch();
    expect(await lease.row()).toMatchObject({ credit: 0 });
    const receipt = newReceipt();
    const unprocessable = (path: string) => ({ code: 'unprocessable', errors: [{ path }] });
    await expect(comesBack(lease, refund, {})).rejects.toMatchObject(unprocessable('receipt'));
    await expect(comesBack(lease, charge, { receipt })).rejects.toMatchObject(unprocessable('receipt'));
    await expect(comesBack(lease, refund, { receipt, to: 'suspense' })).rejects.toMatchObject(unprocessable('to'));
    await expect(comesBack(lease, refund, { receipt: refund })).rejects.toMatchObject({ code: 'receipt_conflict' });
    for (let times = 0; times < 2; times += 1) await comesBack(lease, refund, { receipt });
    expect(await lease.row()).toMatchObject({ credit: 9_000, status: 'completed' });
    expect(await lease.balances()).toEqual(before);
    const givenUp = { refundOf: charge, amount: 9_000, givenUp: true };
    expect(await due(lease)).toEqual([givenUp]);

    const asks = (actor: typeof one | typeof other) =>
      lease.at(DAY_2, async (context) => askForRefunds({ ...context, actor }, await lease.row()));
    await expect(asks(one)).rejects.toMatchObject({ code: 'forbidden' });
    await asks(other);
    expect(await due(lease)).toEqual([{ refundOf: charge, amount: 9_000 }]);
    const second = await refunded(lease);
    expect(await lease.row()).toMatchObject({ credit: 0 });
    // Neither who has ordered it says that it came back, nor is it by the money of before.
    const came = newReceipt();
    await expect(comesBack(lease, second, { receipt: came }, other)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(comesBack(lease, second, { receipt })).rejects.toMatchObject({ code: 'conflict' });
    await comesBack(lease, second, { receipt: came });
    expect(await due(lease)).toEqual([givenUp]);
  });

  it('is no second money where it waits in suspense already', async () => {
    const { lease, before, refund } = await paidTooMuch();
    const receipt = newReceipt();
    const item = async (amount: number, name = receipt) => {
      const id = uuidv7();
      const paid = { amount, currency: 'UGX', receipt: name, account: '', paidAt: new Date() } as const;
      const from = { provider: 'mtn', market: 'UG', payerMasked: '+2567*****100', status: 'announced' } as const;
      const [row] = await database.db
        .insert(inbound)
        .values({ id, ...paid, ...from })
        .returning();
      if (row === undefined) throw new Error('it was not kept');
      await lease.at(DAY_2, (context) => suspendItem(context, row, id));
      return id;
    };
    const [id, less] = [await item(9_000), newReceipt()];
    await item(8_000, less);
    const waiting = await inSuspense();
    await expect(comesBack(lease, refund, { receipt: less })).rejects.toMatchObject({ code: 'unprocessable' });
    await comesBack(lease, refund, { receipt });
    expect(await inSuspense()).toBe(waiting + 9_000);
    expect(await lease.row()).toMatchObject({ credit: 9_000 });
    const credit = (balances: typeof before) => balances.get('unapplied');
    expect(credit(await lease.balances())).toBe(credit(before));
    const [taken] = await database.db.select().from(inbound).where(eq(inbound.id, id));
    expect(taken).toMatchObject({ status: 'posted', paymentId: refund, leaseId: lease.id, resolvedBy: one.id });
  });

  it('is no part of a pay-bill that went back, where that was another lease’s', async () => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    const [id, payer] = [uuidv7(), '+256772000100'];
    const whose = {
      payerMasked: '+2567*****100',
      payerEncrypted: encryption.encrypt(payer),
      payerHash: encryption.hash('phone', payer),
    };
    const paid = { amount: 115_000, currency: 'UGX', receipt: newReceipt(), account: '', paidAt: new Date() } as const;
    const from = { provider: 'mtn', market: 'UG', status: 'announced', ...whose } as const;
    const [row] = await database.db
      .insert(inbound)
      .values({ id, ...paid, ...from })
      .returning();
    if (row === undefined) throw new Error('it was not kept');
    await lease.at(DAY_1, (context) =>
      receiveMoney(context, config, { leaseId: lease.id, money: receivedFrom(row, id) }),
    );
    await lease.at(DAY_1, (context) => completeLease(context, { leaseId: lease.id }));
    const waiting = await inSuspense();
    await comesBack(lease, await refunded(lease), { receipt: newReceipt() });
    await comesBack(lease, id, { to: 'suspense' });
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 100_000 });
    expect(await inSuspense()).toBe(waiting - 115_000);
    const [item] = await database.db.select().from(inbound).where(eq(inbound.id, id));
    expect(item).toMatchObject({ status: 'suspense', amount: 115_000, wentBack: 0 });
  });

  it.each(['before', 'after'])('is no difference, booked %s the statement tells of it', async (when) => {
    const { lease, deposit, charge, refund } = await paidTooMuch();
    const receipt = newReceipt();
    const today = localDateAt(Date.now(), 'UG');
    const rows = await database.db.select().from(attempts).where(eq(attempts.leaseId, lease.id));
    const lineOf = (id: string, type: string, originalReceipt: string | null = null) => {
      const row = rows.find((one) => one.id === id);
      return { type, receipt: row?.providerReference, originalReceipt, amount: String(row?.amount) };
    };
    const ofCharge = lineOf(charge, 'charge').receipt ?? null;
    const data = [
      lineOf(deposit, 'charge'),
      lineOf(charge, 'charge'),
      lineOf(refund, 'refund', ofCharge),
      { type: 'charge', receipt, originalReceipt: null, amount: '9000' },
    ].map((line) => ({
      ...line,
      account: lease.reference,
      reference: null,
      payer: null,
      currency: 'UGX',
      at: new Date().toISOString(),
    }));
    let stated: object[] = data;
    server.reply = ({ path }) => {
      const date = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0];
      if (date === undefined) return { status: 200, body: { access_token: 'token', expires_in: '3600' } };
      return { status: 200, body: { date, data: date === today ? stated : [] } };
    };
    /** What it says of this lease, and of money that came for none. */
    const differences = async () => {
      const id = randomUUID();
      const day = { provider: 'mtn', market: 'UG', date: today } as const;
      const at = new Date();
      await database.db.insert(reconciliations).values({ id, ...day, status: 'running', startedAt: at });
      await reconcileMarket(deps, { reconciliationId: id, at, ...day });
      const [report] = await database.db.select().from(reconciliations).where(eq(reconciliations.id, id));
      const told = report?.differences ?? [];
      return told.filter((one) => one.leaseId === lease.id || one.receipt === receipt).map(({ kind }) => kind);
    };
    const openCases = () =>
      database.db.$count(cases, and(eq(cases.status, 'open'), eq(cases.kind, 'reconciliation_missing_here')));
    if (when === 'after') {
      expect(await differences()).toEqual(['missing_here']);
      expect(await openCases()).toBe(1);
    }
    await comesBack(lease, refund, { receipt });
    expect(await openCases()).toBe(0);
    expect(await differences()).toEqual([]);
    stated = data.slice(0, 3);
    expect(await differences()).toEqual(['missing_there']);
  });
});
