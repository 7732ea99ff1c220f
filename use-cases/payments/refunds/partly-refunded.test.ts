import { randomUUID } from 'node:crypto';
import { eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, giveBacks, inbound, reconciliations } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { money } from '#domain/money';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type TestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { completeLease } from '../../leases/end-lease.ts';
import { bookAgain } from '../reversal/book-again.ts';
import { giveUpDispute } from '../reversal/give-up-dispute.ts';
import { openAttempt } from '../charging/open-attempt.ts';
import { postPayment } from '../post-payment.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { reconcileMarket } from '../reconciliation/reconcile-market.ts';
import { refundsDue } from './refunds.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { receivedFrom } from '../inbound-record.ts';

/** A payment of which a part went back to whoever had paid it, before its provider took the rest, or it proved another's. */
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
const [one, other] = [0, 1].map(() => ({ role: 'admin', id: randomUUID() }) as const);
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
const DAY_3 = '2026-01-07T07:00:00Z';
type Lease = Awaited<ReturnType<typeof bookLease>>;
type How = { readonly to?: 'provider' | 'suspense'; readonly amount?: number };

const reverse = (lease: Lease, attemptId: string, how: How = {}, actor = one) =>
  lease.at(DAY_3, (context) =>
    reversePayment(
      { ...context, actor: actor ?? context.actor },
      { leaseId: lease.id, attemptId, reason: 'x', ...how },
    ),
  );

async function begun(): Promise<Lease> {
  const lease = await bookLease(database, config);
  await lease.isCharged(DAY_1, 20_000);
  await lease.handOver(DAY_1);
  return lease;
}

/** The next refund is sent. @returns its id */
async function sent(lease: Lease): Promise<string> {
  const [order] = await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
  if (order === undefined) throw new Error('nothing is due');
  const attemptId = randomUUID();
  const refund = { leaseId: lease.id, kind: 'refund', ...order, attemptId } as const;
  await lease.at(DAY_2, (context) => openAttempt(context, deps, refund));
  await database.db.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
  return attemptId;
}

async function arrives(lease: Lease, attemptId: string, amount: number): Promise<void> {
  const final = { state: 'succeeded', receipt: attemptId, amount: money(amount, 'UGX') } as const;
  await lease.at(DAY_2, (context) => recordOutcome(context, attemptId, final));
  await lease.at(DAY_2, (context) => postPayment(context, { leaseId: lease.id, attemptId }));
}

/** A lease that is paid off by one charge of 109,000, of which 9,000 are on their way back. */
async function paidTooMuch() {
  const lease = await begun();
  const charge = await lease.isCharged(DAY_1, 109_000, { receipt: randomUUID().toUpperCase() });
  await lease.at(DAY_1, (context) => completeLease(context, { leaseId: lease.id }));
  return { lease, charge, refund: await sent(lease) };
}

describe('the provider takes back what is left of a charge', () => {
  it('and the customer owes that, not what he never had twice', async () => {
    const { lease, charge, refund } = await paidTooMuch();
    await expect(reverse(lease, charge, { amount: 100_000 })).rejects.toMatchObject({ code: 'invalid_state' });
    await arrives(lease, refund, 9_000);
    const before = await lease.balances();
    for (const amount of [99_000, 9_000, 110_000, 0])
      await expect(reverse(lease, charge, { amount })).rejects.toMatchObject({ code: 'unprocessable' });
    for (let times = 0; times < 2; times += 1) await reverse(lease, charge, { amount: 100_000 });
    expect(await lease.row()).toMatchObject({ disputed: 100_000, credit: 0 });
    const after = await lease.balances();
    expect([after.get('clearing:mtn'), after.get('disputed'), after.get('unapplied') ?? 0]).toEqual([
      20_000, 100_000, 0,
    ]);

    await lease.at(DAY_3, (context) =>
      bookAgain({ ...context, actor: other ?? context.actor }, { leaseId: lease.id, attemptId: charge, reason: 'x' }),
    );
    const again = await lease.balances();
    expect(Object.fromEntries([...again].filter(([, sum]) => sum !== 0))).toEqual(
      Object.fromEntries([...before].filter(([, sum]) => sum !== 0)),
    );
    expect(await lease.at(DAY_3, (context) => refundsDue(context, deps, { leaseId: lease.id }))).toEqual([]);
    expect(await lease.row()).toMatchObject({ disputed: 0, credit: 0 });
    // The provider may take all of it as well: what he had back is in dispute too.
    await reverse(lease, charge);
    expect(await lease.row()).toMatchObject({ disputed: 109_000, credit: 0 });
  });

  it('and the statement agrees', async () => {
    const { lease, charge, refund } = await paidTooMuch();
    await arrives(lease, refund, 9_000);
    const [row] = await database.db.select().from(attempts).where(eq(attempts.id, charge));
    await reverse(lease, charge, { amount: 100_000 });
    const line = {
      account: lease.reference,
      payer: null,
      currency: 'UGX',
      at: new Date().toISOString(),
      type: 'refund',
    };
    const originalReceipt = row?.providerReference ?? null;
    const today = localDateAt(Date.now(), 'UG');
    const data = [
      { ...line, type: 'charge', receipt: originalReceipt, originalReceipt: null, reference: charge, amount: '109000' },
      { ...line, receipt: '5501', originalReceipt, reference: refund, amount: '9000' },
      { ...line, receipt: '5502', originalReceipt, reference: null, amount: '100000' },
    ];
    await database.db.update(attempts).set({ providerReference: '5501' }).where(eq(attempts.id, refund));
    server.reply = ({ path }) => {
      if (path.includes('token')) return { status: 200, body: { access_token: 'token', expires_in: 3_600 } };
      const date = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0] ?? today;
      return { status: 200, body: { date, data: date === today ? data : [] } };
    };
    const day = { provider: 'mtn', market: 'UG', date: today } as const;
    const reconciliationId = randomUUID();
    const report = { id: reconciliationId, ...day, status: 'running', startedAt: new Date() } as const;
    await database.db.insert(reconciliations).values(report);
    await reconcileMarket(deps, { reconciliationId, at: new Date(), ...day });
    const about = await database.db
      .select()
      .from(cases)
      .where(inArray(cases.paymentId, [charge, refund]));
    expect(about.filter(({ kind }) => kind.startsWith('reconciliation'))).toEqual([]);
  });
});

describe('a pay-bill that another lease had, and gave a part of back', () => {
  /** A lease that owed 100,000, was paid 115,000 and gave 15,000 back to the payer. */
  async function wrongly() {
    const lease = await begun();
    const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
    const payer = '+256772000100';
    const whose = {
      payerMasked: '+2567*****100',
      payerEncrypted: encryption.encrypt(payer),
      payerHash: encryption.hash('phone', payer),
    };
    const said = {
      provider: 'mtn',
      market: 'UG',
      currency: 'UGX',
      account: lease.reference,
      status: 'announced',
    } as const;
    const item = { id, receipt, amount: 115_000, paidAt: new Date(), ...whose, ...said };
    await database.db.insert(inbound).values(item);
    const [row] = await database.db.select().from(inbound).where(eq(inbound.id, id));
    if (row === undefined) throw new Error('no such money');
    await lease.at(DAY_2, (context) =>
      receiveMoney(context, config, { leaseId: lease.id, money: receivedFrom(row, id) }),
    );
    await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    const refund = await sent(lease);
    return { lease, id, refund };
  }
  const itemOf = async (id: string) => (await database.db.select().from(inbound).where(eq(inbound.id, id)))[0];
  const inSuspense = async () => {
    const [sum] = await database.sql`select coalesce(sum(e.amount), 0)::int as sum from ledger.entries e
      join ledger.accounts a on a.id = e.account_id where a.name = 'suspense:mtn'`;
    return sum?.['sum'] as number;
  };

  it.each([{}, { amount: 100_000 }])(
    'is moved to suspense as far as it is left, once, by who has said that its provider had it (%o)',
    async (how) => {
      const { lease, id, refund } = await wrongly();
      await arrives(lease, refund, 15_000);
      const waiting = await inSuspense();
      await reverse(lease, id, { to: 'provider', ...how });
      for (let times = 0; times < 2; times += 1) await reverse(lease, id, { to: 'suspense' });
      expect(await itemOf(id)).toMatchObject({ status: 'suspense', amount: 100_000, wentBack: 15_000, leaseId: null });
      expect((await inSuspense()) - waiting).toBe(-100_000);
      expect(await lease.row()).toMatchObject({ status: 'completed', credit: 0, disputed: 100_000 });
      const held = await lease.balances();
      expect([held.get('disputed'), held.get('unapplied') ?? 0, held.get('suspense:mtn')]).toEqual([
        100_000, 0, -115_000,
      ]);
      expect(held.get('clearing:mtn')).toBe(135_000);
      const [back] = await database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, id));
      expect(back).toMatchObject({ id: refund, amount: 15_000, status: 'succeeded' });
      // Back again by who has slipped: only what is left.
      await reverse(lease, id, { to: 'provider' });
      expect(await itemOf(id)).toMatchObject({ status: 'returned', amount: 100_000 });
      expect((await inSuspense()) - waiting).toBe(0);
    },
  );

  it('stays where it is while a part is on its way, and where its dispute was given up', async () => {
    const { lease, id, refund } = await wrongly();
    await reverse(lease, id, { to: 'provider' });
    const moves = () => reverse(lease, id, { to: 'suspense' });
    await expect(moves()).rejects.toMatchObject({ code: 'invalid_state' });
    await arrives(lease, refund, 15_000);
    const wish = { leaseId: lease.id, decisionId: randomUUID(), reason: 'x' };
    await lease.at(DAY_3, (context) => giveUpDispute({ ...context, actor: one ?? context.actor }, wish));
    await expect(moves()).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await itemOf(id)).toMatchObject({ status: 'posted' });
  });
});
