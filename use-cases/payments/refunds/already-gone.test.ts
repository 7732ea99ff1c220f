import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attempts, cases, giveBacks, inbound, methods, reconciliations } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
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
import { closeCase } from '../../cases/close-case.ts';
import { completeLease, endApplication } from '../../leases/end-lease.ts';
import { collect } from '../charging/collect.ts';
import { giveBackAfterEnd } from '../suspense/give-back/give-back-after-end.ts';
import { orderGiveBack } from '../suspense/give-back/order-give-back.ts';
import { sendGiveBack } from '../suspense/give-back/send-give-back.ts';
import { confirmInbound } from '../inbound/confirm-inbound.ts';
import { giveToLease, putIntoSuspense } from '../inbound/place-inbound.ts';
import { resolveSuspense } from '../suspense/resolve-suspense.ts';
import { recoverCharges } from '../reconciliation/recover-charges.ts';
import type { ReconciliationDependencies } from '../reconciliation/dependencies.ts';
import { reconcileMarket } from '../reconciliation/reconcile-market.ts';
import { refundsDue } from './refunds.ts';
import { returnCredit } from './return-credit.ts';
import { leaseForInbound } from '../inbound-record.ts';

/** Money that a statement says has gone from its provider already does not go out a second time. */
let database: TestDatabase;
let server: TestServer;
let deps: ReconciliationDependencies;
let close: () => Promise<unknown>;
const config = testConfig(unreachedMobileMoney);
const encryption = createEncryption(config.ENCRYPTION_KEYS);
const today = localDateAt(Date.now(), 'UG');
const DAY = '2026-01-05T07:00:00Z';
const NEXT_DAY = '2026-01-06T07:00:00Z';
const phone = '+256772123456';
const admin: Actor = { role: 'admin', id: randomUUID() };

/** What the statement of today says, and where money was sent. */
let lines: object[] = [];
let sent: string[] = [];

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  close = () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close());
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url });
  deps = { db: database.db, config, encryption, mobileMoney, temporal, log: createLogger('test', 'silent') };
  server.reply = ({ path, method }) => {
    const date = /statement\?date=(\d{4}-\d{2}-\d{2})/.exec(path)?.[1];
    if (date !== undefined) return { status: 200, body: { date, data: date === today ? lines : [] } };
    if (path.includes('/token')) return { status: 200, body: { access_token: 'token', expires_in: '3600' } };
    if (method !== 'POST') return { status: 404, body: { code: 'RESOURCE_NOT_FOUND' } };
    sent.push(path);
    return { status: 202, body: {} };
  };
});
afterAll(() => close());
beforeEach(() => {
  [lines, sent] = [[], []];
});

const line = { originalReceipt: null, reference: null, account: '', payer: phone, currency: 'UGX' };
const stated = (said: object) => {
  // In the order in which they are said.
  const at = new Date(Date.now() + lines.length).toISOString();
  lines.push({ ...line, at, ...said });
};

async function reconcile(): Promise<void> {
  const id = randomUUID();
  const day = { provider: 'mtn', market: 'UG', date: today } as const;
  await database.db.insert(reconciliations).values({ id, ...day, status: 'running', startedAt: new Date() });
  await reconcileMarket(deps, { reconciliationId: id, at: new Date(Date.now() + 120_000), attempt: 1, ...day });
}

async function leaseOfPhone() {
  const lease = await bookLease(database, config);
  const phoneEncrypted = encryption.encrypt(phone);
  await database.db.update(methods).set({ phoneEncrypted }).where(eq(methods.id, lease.methodId));
  return lease;
}

type Lease = Awaited<ReturnType<typeof leaseOfPhone>>;
const due = (lease: Lease) => lease.at(NEXT_DAY, (context) => refundsDue(context, deps, { leaseId: lease.id }));

async function sendDue(lease: Lease): Promise<void> {
  for (const { refundOf, amount } of await due(lease)) {
    const order = {
      kind: 'refund',
      attemptId: randomUUID(),
      leaseId: lease.id,
      refundOf,
      amount,
      at: NEXT_DAY,
    } as const;
    await collect(deps, { attempt: 1 }, order).catch(() => {});
  }
}

/** An application that is withdrawn: its deposit goes back. */
async function withdrawn(receipt: string) {
  const lease = await leaseOfPhone();
  const charge = await lease.isCharged(DAY, 20_000, { receipt });
  const asked = { leaseId: lease.id, as: 'withdrawn', reason: 'test' } as const;
  return { lease, charge, withdraw: () => lease.at(NEXT_DAY, (context) => endApplication(context, asked)) };
}

describe('what a lease gives back waits for the case', () => {
  it('of a charge that the statement says its provider took back, until somebody closes it', async () => {
    const { lease, charge, withdraw } = await withdrawn('77001');
    stated({ type: 'charge', receipt: '77001', reference: charge, amount: '20000' });
    stated({ type: 'refund', receipt: '77002', originalReceipt: '77001', amount: '20000' });
    await reconcile();
    await withdraw();
    expect(await due(lease)).toEqual([{ refundOf: charge, amount: 20_000, waitsFor: 'case' }]);
    await sendDue(lease);
    expect(sent).toEqual([]);
    const cash = { paymentId: randomUUID(), leaseId: lease.id, amount: 20_000, receiptNumber: 'R1' };
    const paysOut = lease.at(NEXT_DAY, (context) => returnCredit({ ...context, actor: admin }, deps, cash));
    await expect(paysOut).rejects.toMatchObject({
      code: 'invalid_state',
      message: expect.stringContaining('reconciliation_missing_here'),
    });
    const [about] = await database.db.select().from(cases).where(eq(cases.paymentId, charge));
    await lease.at(NEXT_DAY, (context) => closeCase(context, { id: about?.id ?? '', resolution: 'it did not' }));
    await sendDue(lease);
    expect(sent).toEqual(['/disbursement/v1_0/refund']);
  });

  it.each([
    ['reconciliation_missing_there', {}, 'case'],
    ['receipt_taken', {}, 'case'],
    ['reconciliation_differs', { statementAmount: 5_000, ledgerAmount: 20_000 }, 'case'],
    ['reconciliation_differs', { statementAmount: 25_000, ledgerAmount: 20_000 }, undefined],
    ['reconciliation_missing_here', {}, undefined],
  ] as const)('of a kind that says so: %s %o', async (kind, detail, waitsFor) => {
    const { lease, charge, withdraw } = await withdrawn(randomUUID());
    await withdraw();
    const about = { kind, leaseId: lease.id, paymentId: charge, detail };
    await database.db.insert(cases).values({ id: uuidv7(), key: randomUUID(), openedAt: new Date(), ...about });
    expect((await due(lease)).map((one) => one.waitsFor)).toEqual([waitsFor]);
  });

  it('that was opened when nobody knew the receipt of the charge', async () => {
    const { lease, charge, withdraw } = await withdrawn('77011');
    await database.db.update(attempts).set({ providerReference: null }).where(eq(attempts.id, charge));
    stated({ type: 'refund', receipt: '77012', originalReceipt: '77011', amount: '20000' });
    await reconcile();
    await database.db.update(attempts).set({ providerReference: '77011' }).where(eq(attempts.id, charge));
    await withdraw();
    expect(await due(lease)).toMatchObject([{ waitsFor: 'case' }]);
  });
});

describe('what customers paid by themselves and a statement says went back', () => {
  /** Announced, and confirmed as the workflow does. */
  async function announced(receipt: string, account: string, amount = 400_000) {
    const id = uuidv7();
    stated({ type: 'payBill', receipt, account, amount: String(amount) });
    const facts = { provider: 'mtn', market: 'UG', currency: 'UGX', account, payerMasked: '+2567*****456' } as const;
    await database.db
      .insert(inbound)
      .values({ id, receipt, ...facts, amount, paidAt: new Date(), status: 'announced' });
    const confirmed = await confirmInbound(deps, id, new Date());
    if (confirmed !== true) return { id, confirmed };
    const leaseId = await leaseForInbound(deps, { inboundId: id });
    const isGiven = leaseId !== null && (await giveToLease(deps, { inboundId: id, leaseId }));
    if (isGiven) return { id, confirmed };
    await putIntoSuspense(deps, { inboundId: id, at: new Date() });
    await giveBackAfterEnd(deps, { inboundId: id });
    const ordered = await database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, id));
    for (const { id: giveBackId } of ordered) await sendGiveBack(deps, { giveBackId });
    return { id, confirmed };
  }
  const item = async (id: string) => (await database.db.select().from(inbound).where(eq(inbound.id, id)))[0];
  const completed = async () => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY, 20_000);
    await lease.handOver(DAY);
    await lease.isCharged(DAY, 100_000);
    await lease.at(DAY, (context) => completeLease(context, { leaseId: lease.id }));
    return lease;
  };

  it('is sent back by itself where the lease is over, and the statement says nothing', async () => {
    await announced('23503451', (await completed()).reference);
    expect(sent).toEqual(['/disbursement/v1_0/transfer']);
  });

  it.each(['over', 'running'])('is given to no lease and not sent back: one that is %s', async (stage) => {
    const lease = stage === 'over' ? await completed() : await leaseOfPhone();
    const receipt = stage === 'over' ? '23503452' : '23503453';
    stated({ type: 'refund', receipt: `9${receipt}`, originalReceipt: receipt, amount: '400000' });
    const { id, confirmed } = await announced(receipt, lease.reference);
    expect([confirmed, (await item(id))?.status, sent]).toEqual(['returned', 'returned', []]);
    expect((await lease.row()).credit).toBe(0);
  });

  it.each([
    ['a part of it', { originalReceipt: '23503454', amount: '1000' }, '23503454'],
    [
      'its sum to its payer, naming nothing',
      { amount: '400000', at: new Date(Date.now() + 600_000).toISOString() },
      '23503455',
    ],
  ])('waits in suspense where that is %s, for a person', async (_, said, receipt) => {
    stated({ type: 'refund', receipt: `8${receipt}`, ...said });
    const { id } = await announced(receipt, (await completed()).reference);
    expect([(await item(id))?.status, sent]).toEqual(['suspense', []]);
    const again = commandKey(new Date(), 'test', randomUUID());
    const conflict = { code: 'conflict', message: expect.stringContaining(`8${receipt}`) };
    const ordered = orderGiveBack(deps, admin, { inboundId: id, reason: 'test' }, again);
    await expect(ordered).rejects.toMatchObject(conflict);
  });

  it('leaves suspense for no lease, and is not sent, when it went back while it waited there', async () => {
    const { id } = await announced('23503456', 'NOBODY', 30_000);
    const other = await leaseOfPhone();
    stated({ type: 'refund', receipt: '23503999', originalReceipt: '23503456', amount: '30000' });
    const given = resolveSuspense(
      deps,
      admin,
      { inboundId: id, leaseId: other.id },
      commandKey(new Date(), 'test', randomUUID()),
    );
    await expect(given).rejects.toMatchObject({ code: 'conflict' });
    expect((await item(id))?.status).toBe('returned');
  });

  it('is not sent when it went back between the order and the sending', async () => {
    const { id } = await announced('23503457', 'NOBODY', 30_000);
    await orderGiveBack(deps, admin, { inboundId: id, reason: 'test' }, commandKey(new Date(), 'test', randomUUID()));
    stated({ type: 'refund', receipt: '23503998', originalReceipt: '23503457', amount: '30000' });
    const [ordered] = await database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, id));
    expect(await sendGiveBack(deps, { giveBackId: ordered?.id ?? '' })).toBe('failed');
    expect([(await item(id))?.status, sent]).toEqual(['returned', []]);
  });
});

describe('what went back in time that a restore has lost', () => {
  const mtn = () => ({ ...deps, mobileMoney: { ...deps.mobileMoney, all: () => [deps.mobileMoney.get('mtn')] } });
  const recover = () => recoverCharges(mtn(), new Date(Date.now() - 3_600_000), new Date());
  /** A lease that is over and owes its customer 9,000 of its last charge, and its refund of before the loss. */
  async function owing() {
    const lease = await leaseOfPhone();
    await lease.isCharged(DAY, 20_000);
    await lease.handOver(DAY);
    const charge = await lease.isCharged(DAY, 109_000);
    await lease.at(DAY, (context) => completeLease(context, { leaseId: lease.id }));
    return { lease, charge, id: randomUUID() };
  }

  it.each(['by the receipt', 'by the number alone'])(
    'is written down once, and not sent: a refund that is named %s',
    async (how) => {
      const { lease, charge, id } = await owing();
      const originalReceipt = how === 'by the receipt' ? charge.toUpperCase() : null;
      const phoneHash = encryption.hash('phone', phone);
      if (originalReceipt === null)
        await database.db.update(methods).set({ phoneHash }).where(eq(methods.id, lease.methodId));
      stated({ type: 'refund', receipt: `991${how.length}`, originalReceipt, reference: id, amount: '9000' });
      expect(await recover()).toEqual({ stated: 1, recovered: 1, left: [] });
      expect(await recover()).toEqual({ stated: 1, recovered: 0, left: [] });
      expect(await due(lease)).toEqual([{ refundOf: charge, amount: 9_000, attemptId: id }]);
      await sendDue(lease);
      expect(sent).toEqual([]);
    },
  );

  it.each([
    ['that the statement names no id of', '9000', null],
    ['of more than is owed', '9001', randomUUID()],
  ])('is a case, and nothing goes out meanwhile: one %s', async (_, amount, reference) => {
    const { lease, charge } = await owing();
    stated({ type: 'charge', receipt: charge, reference: charge, amount: '109000' });
    stated({ type: 'refund', receipt: `88${amount}`, originalReceipt: charge.toUpperCase(), reference, amount });
    expect(await recover()).toMatchObject({ recovered: 0, left: [`88${amount}`] });
    expect(await due(lease)).toMatchObject([{ refundOf: charge, waitsFor: 'case' }]);
    await sendDue(lease);
    expect(sent).toEqual([]);
    await reconcile();
    const open = await database.db.select().from(cases).where(eq(cases.paymentId, charge));
    expect(open.map(({ kind, status }) => [kind, status])).toEqual([['reconciliation_missing_here', 'open']]);
  });

  it('is a give-back that its workflow asks about, where the money waits in suspense', async () => {
    const [id, inboundId] = [randomUUID(), uuidv7()];
    const item = {
      id: inboundId,
      provider: 'mtn',
      receipt: '6601',
      market: 'UG',
      currency: 'UGX',
      account: 'X',
    } as const;
    const paid = { payerMasked: 'x', amount: 30_000, paidAt: new Date(), status: 'announced' } as const;
    await database.db.insert(inbound).values({ ...item, ...paid });
    await putIntoSuspense(deps, { inboundId, at: new Date() });
    stated({ type: 'refund', receipt: '6602', originalReceipt: '6601', reference: id, amount: '30000' });
    expect(await recover()).toMatchObject({ recovered: 1, left: [] });
    expect(await database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, inboundId))).toMatchObject([
      { id, sent: true, status: 'pending' },
    ]);
    const ordered = orderGiveBack(
      deps,
      admin,
      { inboundId, reason: 'test' },
      commandKey(new Date(), 'x', randomUUID()),
    );
    await expect(ordered).rejects.toMatchObject({ code: 'conflict' });
    await reconcile();
    const [after] = await database.db.select().from(inbound).where(eq(inbound.id, inboundId));
    expect(after?.status).toBe('returned');
  });
});
