import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, giveBacks, inbound, reconciliations } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { localDateAt } from '#domain/calendar';
import { money } from '#domain/money';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import type { ReversedTo } from '#domain/leases/orders';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type TestServer } from '#providers/test-server';
import { commandKey } from '#steering/command-key';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { transact } from '../../context.ts';
import { completeLease } from '../../leases/end-lease.ts';
import { decideUnknown } from '../deciding/decide-unknown.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { orderGiveBack } from './give-back/order-give-back.ts';
import { askGiveBack } from './give-back/ask-give-back.ts';
import { wentBack } from './give-back/went-back.ts';
import { openAttempt } from '../charging/open-attempt.ts';
import { postPayment } from '../post-payment.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import type { ReconciliationDependencies } from '../reconciliation/dependencies.ts';
import { reconcileMarket } from '../reconciliation/reconcile-market.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { refundsDue } from '../refunds/refunds.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { announceInbound } from '../inbound/announce-inbound.ts';
import { confirmInbound } from '../inbound/confirm-inbound.ts';
import { giveToLease, putIntoSuspense } from '../inbound/place-inbound.ts';
import { resolveSuspense } from './resolve-suspense.ts';
import { takeFromSuspense } from './take-from-suspense.ts';
import { receivedFrom } from '../inbound-record.ts';

/** Money that customers paid by themselves: whose it is by the statement, and that what has gone back waits for nobody. */
let database: TestDatabase;
let server: TestServer;
let close: () => Promise<unknown>;
beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  close = () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close());
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url, AIRTEL_BASE_URL: server.url });
  deps = { db: database.db, config, encryption, mobileMoney, temporal, log: createLogger('test', 'silent') };
  reconciliation = { ...deps, mobileMoney };
});
afterAll(() => close());

const config = testConfig(unreachedMobileMoney);
const encryption = createEncryption(config.ENCRYPTION_KEYS);
let deps: PaymentDependencies;
let reconciliation: ReconciliationDependencies;
const admin: Actor = { role: 'admin', id: randomUUID() };
const payer = '+256772000100';
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
const DAY_3 = '2026-01-07T07:00:00Z';
type Lease = Awaited<ReturnType<typeof bookLease>>;

/** The provider's side gives a token, and to everything else this. */
function answering(status: number, body: object): void {
  server.reply = ({ path }) =>
    path.includes('token') ? { status: 200, body: { access_token: 'token', expires_in: 3_600 } } : { status, body };
}

/** What a customer pays by himself, as it was announced. */
async function announced(account: string, amount: number, named: { provider?: 'mtn' | 'airtel' } = {}) {
  const { provider = 'mtn' } = named;
  const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
  const payerOf = { payerMasked: '+2567*****100', payerEncrypted: encryption.encrypt(payer) };
  const paid = { provider, market: 'UG', receipt, account, amount, currency: 'UGX', paidAt: new Date() } as const;
  const said = { ...paid, ...payerOf, payerHash: encryption.hash('phone', payer) };
  await database.db.insert(inbound).values({ id, ...said, status: 'announced' });
  return { id, ...paid };
}

/** The statement of the day has it, as paid by himself, and hides who did. */
function stated({ receipt, account, amount, currency, paidAt }: Awaited<ReturnType<typeof announced>>): void {
  const line = { receipt, originalReceipt: null, reference: null, account, payer: null, currency };
  lists([{ ...line, type: 'payBill', amount: String(amount), at: paidAt.toISOString() }]);
}

function lists(data: readonly object[]): void {
  const date = localDateAt(Date.now(), 'UG');
  server.reply = ({ path }) => {
    if (path.includes('token')) return { status: 200, body: { access_token: 'token', expires_in: 3_600 } };
    const asked = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0] ?? date;
    return { status: 200, body: { date: asked, data: asked === date ? data : [] } };
  };
}

const itemOf = async (id: string) => {
  const [item] = await database.db.select().from(inbound).where(eq(inbound.id, id));
  if (item === undefined) throw new Error('no such money');
  return item;
};

const suspended = async (lease: Lease, amount: number) => {
  const { id } = await announced(lease.reference, amount);
  await putIntoSuspense(deps, { inboundId: id, at: new Date(DAY_2) });
  return id;
};

/** @returns the payment that it becomes */
async function resolved(lease: Lease, inboundId: string, paymentId: string = randomUUID()): Promise<string> {
  await lease.at(DAY_2, async (context) => {
    const by = { ...context, actor: admin };
    const taken = await takeFromSuspense(by, { inboundId, leaseId: lease.id, paymentId });
    await receiveMoney(by, config, { leaseId: lease.id, money: taken });
  });
  return paymentId;
}

const reverse = (lease: Lease, attemptId: string, to?: ReversedTo) =>
  lease.at(DAY_3, (context) =>
    reversePayment({ ...context, actor: admin }, { leaseId: lease.id, attemptId, reason: 'test', to }),
  );

describe('what a statement lists as paid by the customer himself', () => {
  it('is no charge of the same sum that has no receipt, or whose receipt another payment had', async () => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 9_000, { receipt: null });
    const one = await announced(lease.reference, 9_000);
    await database.db.update(inbound).set({ payerHash: null }).where(eq(inbound.id, one.id));
    stated(one);
    expect(await confirmInbound(deps, one.id, new Date())).toBe(true);
    expect(await itemOf(one.id)).toMatchObject({ status: 'announced', paymentId: null });
  });

  it('was paid by nobody whom an announcement alone names', async () => {
    const one = await announced('NOBODY', 9_000, { provider: 'airtel' });
    stated(one);
    expect(await confirmInbound(deps, one.id, new Date())).toBe(true);
    expect(await itemOf(one.id)).toMatchObject({ payerEncrypted: null, payerHash: null });
  });
});

describe('a receipt of what a customer paid by himself, read out for a prompt that nobody answered', () => {
  const decide = (lease: Lease, attemptId: string, receipt: string) =>
    transact(database.db, admin, new Date(), async (context) => {
      const decision = { leaseId: lease.id, attemptId, outcome: 'succeeded', reason: 'he has the receipt' } as const;
      await decideUnknown(context, { ...decision, providerReference: receipt });
      await postPayment(context, { leaseId: lease.id, attemptId });
    });
  /** A lease whose deposit of 20,000 was prompted for, and nobody knows whether it was paid. */
  async function unanswered() {
    const lease = await bookLease(database, config);
    const prompt = randomUUID();
    const order = { leaseId: lease.id, attemptId: prompt, kind: 'deposit', method: 0 } as const;
    await transact(database.db, admin, new Date(), async (context) => {
      await openAttempt(context, deps, order);
      await context.tx
        .update(attempts)
        .set({ status: 'unknown', sent: true, sentAt: context.at })
        .where(eq(attempts.id, prompt));
    });
    return { lease, prompt };
  }
  const casesOf = async (paymentId: string) => {
    const rows = await database.db.select().from(cases).where(eq(cases.paymentId, paymentId));
    return rows.filter(({ kind }) => kind === 'receipt_taken').map(({ status }) => status);
  };
  const said = ({ receipt, account, paidAt }: Awaited<ReturnType<typeof announced>>) => {
    const one = { provider: 'mtn', receipt, account, amount: money(20_000, 'UGX'), paidAt, body: null } as const;
    return announceInbound(deps, one);
  };

  it('is not its receipt while the provider is asked what was announced', async () => {
    const { lease, prompt } = await unanswered();
    const { receipt } = await announced(lease.reference, 20_000);
    await expect(decide(lease, prompt, receipt)).rejects.toMatchObject({ code: 'receipt_conflict' });
  });

  it('keeps the money from no book: it waits, with a case, until the mistake is taken back', async () => {
    const { lease, prompt } = await unanswered();
    const one = { ...(await announced(lease.reference, 20_000)), receipt: randomUUID().toUpperCase() };
    await decide(lease, prompt, one.receipt);
    const inboundId = (await said(one)) ?? '';
    stated(one);
    expect(await confirmInbound(deps, inboundId, new Date())).toBe(true);
    expect(await giveToLease(deps, { inboundId, leaseId: lease.id })).toBe(false);
    await putIntoSuspense(deps, { inboundId, at: new Date() });
    expect(await casesOf(prompt)).toEqual(['open']);
    await reverse(lease, prompt);
    expect(await casesOf(prompt)).toEqual(['closed']);
    await resolved(lease, inboundId);
    expect(await lease.row()).toMatchObject({ depositPaid: 20_000, credit: 0 });
  });

  it('is asked about again where it was taken for that charge before, and its case says nothing else', async () => {
    const { lease, prompt } = await unanswered();
    const one = await announced(lease.reference, 20_000);
    const charge = { status: 'charge', paymentId: prompt, leaseId: lease.id } as const;
    await database.db.update(inbound).set(charge).where(eq(inbound.id, one.id));
    await decide(lease, prompt, one.receipt);
    await reverse(lease, prompt);
    stated(one);
    const date = localDateAt(Date.now(), 'UG');
    const day = { reconciliationId: randomUUID(), at: new Date(), provider: 'mtn', market: 'UG', date } as const;
    const report = { id: day.reconciliationId, ...day, status: 'running', startedAt: day.at } as const;
    await database.db.insert(reconciliations).values(report);
    await reconcileMarket(reconciliation, day);
    expect(await itemOf(one.id)).toMatchObject({ status: 'announced', paymentId: null });
    expect(await confirmInbound(deps, one.id, new Date())).toBe(true);
    expect(await giveToLease(deps, { inboundId: one.id, leaseId: lease.id })).toBe(true);
    expect(await lease.row()).toMatchObject({ depositPaid: 20_000, credit: 0 });
  });
});

it('one line of a statement that cannot be booked keeps no other from it, nor for ever its report from an end', async () => {
  const [bad, good] = [randomUUID().toUpperCase(), randomUUID().toUpperCase()];
  const line = { originalReceipt: null, reference: null, account: 'X', payer: null, currency: 'UGX', type: 'payBill' };
  lists([bad, good].map((receipt) => ({ ...line, receipt, amount: '9000', at: new Date().toISOString() })));
  const day = { provider: 'mtn', market: 'UG', date: localDateAt(Date.now(), 'UG') } as const;
  const reconciliationId = randomUUID();
  const report = { id: reconciliationId, ...day, status: 'running', startedAt: new Date() } as const;
  await database.db.insert(reconciliations).values(report);
  const reconcile = (attempt: number) =>
    reconcileMarket(reconciliation, { ...day, reconciliationId, at: new Date(), attempt });
  await database.sql.unsafe(`alter table payments.inbound add constraint refused check (receipt <> '${bad}')`);
  await expect(reconcile(1)).rejects.toThrow();
  const taken = await database.db.select({ receipt: inbound.receipt }).from(inbound).where(eq(inbound.receipt, good));
  expect(taken).toHaveLength(1);
  await reconcile(4);
  const isOpen = and(sql`${cases.detail} ->> 'receipt' in (${bad}, ${good})`, eq(cases.status, 'open'));
  const open = await database.db.select({ detail: cases.detail }).from(cases).where(isOpen);
  expect(open.map(({ detail }) => detail['receipt'])).toEqual([bad]);
  await database.sql.unsafe('alter table payments.inbound drop constraint refused');
});

describe('much money in suspense that a lease does not owe', () => {
  const agent: Actor = { role: 'agent', id: randomUUID() };
  it.each(['running', 'over'])('is given to one that is %s by an admin, as what goes back is', async (life) => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    if (life === 'over') {
      await lease.isCharged(DAY_1, 100_000);
      await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    }
    const give = (inboundId: string, actor: Actor) =>
      resolveSuspense(deps, actor, { inboundId, leaseId: lease.id }, commandKey(new Date(0), 'test', inboundId));
    const [little, much] = [await suspended(lease, 600_000), await suspended(lease, 2_000_000)];
    if (life === 'running') await give(little, agent);
    await expect(give(much, agent)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await itemOf(much)).toMatchObject({ status: 'suspense', leaseId: null });
    await give(much, admin);
    expect(await itemOf(much)).toMatchObject({ status: 'posted', leaseId: lease.id });
  });
});

describe('money in suspense that is given to a lease', () => {
  it('becomes one payment of what was asked for twice, also at the very same moment, and each is answered', async () => {
    const lease = await bookLease(database, config);
    const inboundId = await suspended(lease, 20_000);
    const key = commandKey(new Date(0), 'test', inboundId);
    const give = () => resolveSuspense(deps, admin, { inboundId, leaseId: lease.id }, key);
    await Promise.all([give(), give(), give()]);
    await give();
    expect(await lease.row()).toMatchObject({ depositPaid: 20_000, credit: 0 });
    const another = commandKey(new Date(0), 'test', randomUUID());
    const again = resolveSuspense(deps, admin, { inboundId, leaseId: lease.id }, another);
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('money that went back to whoever had paid it', () => {
  /** A lease that is over, and money for it that came by suspense and is its credit. */
  async function owesNothing() {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    await lease.isCharged(DAY_1, 100_000);
    await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    const inboundId = await suspended(lease, 15_000);
    return { lease, inboundId, paymentId: await resolved(lease, inboundId) };
  }

  async function ordered(lease: Lease): Promise<string> {
    const [order] = await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
    if (order === undefined) throw new Error('nothing is due');
    const attemptId = randomUUID();
    const refund = { leaseId: lease.id, kind: 'refund', ...order, attemptId } as const;
    await lease.at(DAY_2, (context) => openAttempt(context, deps, refund));
    return attemptId;
  }

  it.each(['suspense', undefined] as const)('waits there no more when it is reversed (to %s)', async (to) => {
    const { lease, inboundId, paymentId } = await owesNothing();
    const attemptId = await ordered(lease);
    await database.db.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
    await expect(reverse(lease, paymentId, to), 'it is on its way').rejects.toMatchObject({ code: 'invalid_state' });
    const final = { state: 'succeeded', receipt: attemptId, amount: money(15_000, 'UGX') } as const;
    await lease.at(DAY_2, (context) => recordOutcome(context, attemptId, final));
    await lease.at(DAY_2, (context) => postPayment(context, { leaseId: lease.id, attemptId }));
    await expect(reverse(lease, paymentId, to), 'it is there').rejects.toMatchObject({ code: 'invalid_state' });
    expect(await itemOf(inboundId)).toMatchObject({ status: 'posted' });
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
  });

  it('is no more than what is left for the lease that it belongs to, once and again', async () => {
    const wrong = await bookLease(database, config);
    await wrong.isCharged(DAY_1, 20_000);
    await wrong.handOver(DAY_1);
    const inboundId = await suspended(wrong, 115_000);
    const paymentId = await resolved(wrong, inboundId);
    await wrong.at(DAY_2, (context) => completeLease(context, { leaseId: wrong.id }));
    const attemptId = await ordered(wrong);
    await database.db.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
    await expect(reverse(wrong, paymentId), 'some is on its way').rejects.toMatchObject({ code: 'invalid_state' });
    const final = { state: 'succeeded', receipt: attemptId, amount: money(15_000, 'UGX') } as const;
    await wrong.at(DAY_2, (context) => recordOutcome(context, attemptId, final));
    await wrong.at(DAY_2, (context) => postPayment(context, { leaseId: wrong.id, attemptId }));

    await reverse(wrong, paymentId);
    await reverse(wrong, paymentId);
    expect(await itemOf(inboundId)).toMatchObject({ status: 'suspense', amount: 100_000, wentBack: 15_000 });
    // What it had paid of the lease that is over is in dispute, and nothing of what it had not.
    expect(await wrong.row()).toMatchObject({ status: 'completed', credit: 0, disputed: 100_000 });
    const held = await wrong.balances();
    expect([held.get('disputed'), held.get('unapplied') ?? 0, held.get('clearing:mtn')]).toEqual([100_000, 0, 20_000]);
    const [taken] = await database.db.select().from(attempts).where(eq(attempts.id, attemptId));
    expect(taken).toMatchObject({ kind: 'refund', status: 'reversed' });
    const [back] = await database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, inboundId));
    expect(back).toMatchObject({
      id: attemptId,
      amount: 15_000,
      status: 'succeeded',
      providerReference: final.receipt.toUpperCase(),
    });

    const right = await bookLease(database, config);
    const again = await resolved(right, inboundId);
    expect(await right.row()).toMatchObject({ depositPaid: 20_000, credit: 80_000 });
    await reverse(right, again);
    expect(await itemOf(inboundId)).toMatchObject({ status: 'suspense', amount: 100_000, wentBack: 15_000 });
    // The statement of the day has the whole, and that a part went back.
    const line = { account: 'X', reference: null, currency: 'UGX', at: new Date().toISOString() };
    const { receipt } = await itemOf(inboundId);
    const data = [
      { ...line, type: 'payBill', receipt, originalReceipt: null, payer: null, amount: '115000' },
      { ...line, type: 'refund', receipt: attemptId, originalReceipt: receipt, payer: null, amount: '15000' },
    ];
    lists(data);
    const day = {
      reconciliationId: randomUUID(),
      at: new Date(),
      provider: 'mtn',
      market: 'UG',
      date: localDateAt(Date.now(), 'UG'),
    } as const;
    await database.db
      .insert(reconciliations)
      .values({ id: day.reconciliationId, ...day, status: 'running', startedAt: day.at });
    await reconcileMarket(reconciliation, day);
    const told = await database.db
      .select()
      .from(cases)
      .where(
        sql`${cases.kind} like 'reconciliation%' and (${cases.detail} ->> 'receipt' in (${receipt}, ${attemptId}) or ${cases.paymentId} in (${attemptId}, ${inboundId}, ${paymentId}))`,
      );
    expect(told).toEqual([]);
  });

  it('waits there where it was not sent, or the provider refused it', async () => {
    for (const refused of [false, true]) {
      const { lease, inboundId, paymentId } = await owesNothing();
      const attemptId = await ordered(lease);
      if (refused) {
        const final = { state: 'failed', reason: 'provider_error', detail: 'no' } as const;
        await lease.at(DAY_2, (context) => recordOutcome(context, attemptId, final));
      }
      await reverse(lease, paymentId);
      expect(await itemOf(inboundId)).toMatchObject({ status: 'suspense', leaseId: null, paymentId: null });
    }
  });

  it('is not taken for never sent within a day, whatever its provider knows of', async () => {
    const lease = await bookLease(database, config);
    const inboundId = await suspended(lease, 9_000);
    await database.db.update(inbound).set({ status: 'returning' }).where(eq(inbound.id, inboundId));
    const giveBackId = randomUUID();
    const given = { id: giveBackId, inboundId, status: 'pending', sent: true, callbackHash: giveBackId } as const;
    await database.db.insert(giveBacks).values({ ...given, reason: 'test', requestedBy: admin.id });
    const asked = async (hoursAgo: number) => {
      const sentAt = new Date(Date.now() - hoursAgo * 3_600_000);
      await database.db.update(giveBacks).set({ sentAt }).where(eq(giveBacks.id, giveBackId));
      return askGiveBack(deps, { giveBackId });
    };
    answering(404, { code: 'RESOURCE_NOT_FOUND' });
    expect(await asked(1)).toBe('pending');
    expect(await asked(23)).toBe('pending');
    expect(await asked(25)).toBe('failed');
    expect(await itemOf(inboundId)).toMatchObject({ status: 'suspense' });
  });
});

describe('money in suspense that was sent back, and that its provider did not know of', () => {
  /** Sent so many hours ago, and failed for that. */
  async function unseen(hoursAgo: number, over: Partial<typeof giveBacks.$inferInsert> = {}) {
    const lease = await bookLease(database, config);
    const inboundId = await suspended(lease, 9_000);
    const id = randomUUID();
    const sentAt = new Date(Date.now() - hoursAgo * 3_600_000);
    const given = { id, inboundId, amount: 9_000, reason: 'test', requestedBy: admin.id, callbackHash: id } as const;
    const failed = { status: 'failed', declined: 'not_sent', sent: true, sentAt, createdAt: sentAt } as const;
    await database.db.insert(giveBacks).values({ ...given, ...failed, ...over });
    const key = () => commandKey(new Date(0), 'test', randomUUID());
    return {
      lease,
      id,
      inboundId,
      sendAgain: () => orderGiveBack(deps, admin, { inboundId, reason: 'again' }, key()),
      resolve: () => resolveSuspense(deps, admin, { inboundId, leaseId: lease.id }, key()),
      givenBack: () => database.db.$count(giveBacks, eq(giveBacks.inboundId, inboundId)),
      /** No worker runs here. */
      ends: (giveBackId = id) => deps.temporal.workflow.getHandle(`give-back-${giveBackId}`).terminate(),
    };
  }
  const successful = {
    amount: '9000',
    currency: 'UGX',
    externalId: 'x',
    payee: { partyIdType: 'MSISDN', partyId: '256772000100' },
    status: 'SUCCESSFUL',
    financialTransactionId: '4711',
  };

  it.each(['sent again', 'given to a lease'])('is not %s where it got there late', async (way) => {
    const { id, inboundId, sendAgain, resolve, givenBack } = await unseen(30);
    answering(200, successful);
    await expect(way === 'sent again' ? sendAgain() : resolve()).rejects.toMatchObject({ code: 'conflict' });
    expect(await itemOf(inboundId)).toMatchObject({ status: 'returned' });
    const [row] = await database.db.select().from(giveBacks).where(eq(giveBacks.id, id));
    expect([row?.status, await givenBack()]).toEqual(['succeeded', 1]);
  });

  it('is in doubt again while it may get there', async () => {
    const { id, inboundId, sendAgain, resolve, givenBack, ends } = await unseen(2);
    answering(404, { code: 'RESOURCE_NOT_FOUND' });
    await expect(sendAgain()).rejects.toMatchObject({ code: 'conflict' });
    await expect(resolve()).rejects.toMatchObject({ code: 'conflict' });
    expect([(await itemOf(inboundId)).status, await givenBack()]).toEqual(['returning', 1]);
    const [row] = await database.db.select().from(giveBacks).where(eq(giveBacks.id, id));
    expect(row).toMatchObject({ status: 'pending', declined: null });
    await ends();
  });

  it('is given to a lease where its provider knows nothing of it after a day', async () => {
    const { lease, resolve } = await unseen(30);
    answering(404, { code: 'RESOURCE_NOT_FOUND' });
    await resolve();
    expect(await lease.row()).toMatchObject({ depositPaid: 9_000 });
  });

  it('is the one that a statement names, not the newest', async () => {
    const { id, inboundId, lease } = await unseen(30);
    const newest = randomUUID();
    const given = { id: newest, inboundId, amount: 9_000, reason: 'again', requestedBy: admin.id } as const;
    await database.db
      .insert(giveBacks)
      .values({ ...given, status: 'pending', sent: true, callbackHash: newest, createdAt: new Date() });
    await database.db.update(inbound).set({ status: 'returning' }).where(eq(inbound.id, inboundId));
    await lease.at(DAY_3, (context) =>
      wentBack(context, { inboundId, movementId: id, amount: 9_000, at: new Date(DAY_3), receipt: 'BACK1' }),
    );
    const rows = await database.db.select().from(giveBacks).where(eq(giveBacks.inboundId, inboundId));
    expect(new Map(rows.map((row) => [row.id, row.status]))).toEqual(
      new Map([
        [id, 'succeeded'],
        [newest, 'pending'],
      ]),
    );
  });
});

describe('a reversal said again', () => {
  /** Money that was credited by its reference, and reversed as gone to its provider. */
  async function reversedAway() {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    const { id } = await announced(lease.reference, 9_000);
    const received = receivedFrom(await itemOf(id), id);
    await lease.at(DAY_2, (context) => receiveMoney(context, config, { leaseId: lease.id, money: received }));
    await reverse(lease, id);
    return { lease, id };
  }
  const inBooks = async () => {
    const sums = await database.sql`select a.name, sum(e.amount)::int as sum from ledger.entries e
      join ledger.accounts a on a.id = e.account_id where a.name in ('suspense:mtn', 'clearing:mtn') group by a.name`;
    return new Map(sums.map(({ name, sum }) => [name, sum]));
  };
  const changes = async (work: () => Promise<unknown>) => {
    const before = await inBooks();
    await work();
    const after = await inBooks();
    const by = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    return { clearing: by('clearing:mtn'), suspense: by('suspense:mtn') };
  };

  it('with another place moves the money there, once', async () => {
    const { lease, id } = await reversedAway();
    expect(await changes(() => reverse(lease, id, 'suspense'))).toEqual({ clearing: 9_000, suspense: -9_000 });
    expect(await changes(() => reverse(lease, id, 'suspense'))).toEqual({ clearing: 0, suspense: 0 });
    expect(await itemOf(id)).toMatchObject({ status: 'suspense', leaseId: null, paymentId: null });
    await resolved(lease, id);
    await expect(reverse(lease, id, 'provider')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('with the provider as its place takes out of suspense what waits there, once', async () => {
    const { lease, id } = await reversedAway();
    await reverse(lease, id, 'suspense');
    expect(await changes(() => reverse(lease, id, 'provider'))).toEqual({ clearing: -9_000, suspense: 9_000 });
    expect(await changes(() => reverse(lease, id, 'provider'))).toEqual({ clearing: 0, suspense: 0 });
    expect(await itemOf(id)).toMatchObject({ status: 'returned' });
    // Who has slipped says so: it waits again, and may go back again.
    expect(await changes(() => reverse(lease, id))).toEqual({ clearing: 0, suspense: 0 });
    expect(await changes(() => reverse(lease, id, 'suspense'))).toEqual({ clearing: 9_000, suspense: -9_000 });
    expect(await changes(() => reverse(lease, id, 'suspense'))).toEqual({ clearing: 0, suspense: 0 });
    expect(await itemOf(id)).toMatchObject({ status: 'suspense', returnedAt: null });
    expect(await changes(() => reverse(lease, id, 'provider'))).toEqual({ clearing: -9_000, suspense: 9_000 });
    expect(await itemOf(id)).toMatchObject({ status: 'returned' });
  });

  it('brings nothing back that the provider has told of', async () => {
    const { lease, id } = await reversedAway();
    await reverse(lease, id, 'suspense');
    await transact(database.db, admin, new Date(), (context) =>
      wentBack(context, {
        inboundId: id,
        movementId: id,
        amount: 9_000,
        at: new Date(),
        receipt: randomUUID().toUpperCase(),
      }),
    );
    await expect(reverse(lease, id, 'suspense')).rejects.toMatchObject({ code: 'conflict' });
    expect(await itemOf(id)).toMatchObject({ status: 'returned' });
  });

  it('is no reason to claim the money for a lease that had it: another request gives it to one', async () => {
    const lease = await bookLease(database, config);
    const inboundId = await suspended(lease, 9_000);
    const paymentId = await resolved(lease, inboundId);
    await reverse(lease, paymentId);
    await expect(resolved(lease, inboundId, paymentId)).rejects.toMatchObject({ code: 'conflict' });
    expect(await itemOf(inboundId)).toMatchObject({ status: 'suspense', leaseId: null });
  });
});
