import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attempts, cases, methods } from '#db/schema/index';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type Asked, type Reply, type TestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { completeLease } from '../../leases/end-lease.ts';
import { askOutcome } from '../charging/ask-outcome.ts';
import { collect } from '../charging/collect.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { markUnknown } from '../outcomes/mark-unknown.ts';
import { receiveCallback } from '../outcomes/receive-callback.ts';
import { postPayment } from '../post-payment.ts';
import { refundsDue } from './refunds.ts';
import { returnCredit } from './return-credit.ts';

/** Daraja as it documents itself: it reverses whole payments, and pays any sum out to a customer. */
let database: TestDatabase;
let server: TestServer;
let wholeOnly: PaymentDependencies;
let withPayout: PaymentDependencies;
let close: () => Promise<unknown>;
const base = testConfig({ ...unreachedMobileMoney });
const DAY = '2026-01-05T07:00:00Z';
const polling = { seconds: 10, tries: 30 };

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const mpesa = {
    ...unreachedMobileMoney,
    MPESA_BASE_URL: server.url,
    MPESA_CONSUMER_KEY: 'k',
    MPESA_CONSUMER_SECRET: 's',
    MPESA_SHORTCODE: '174379',
    MPESA_PASSKEY: 'p',
    MPESA_INITIATOR: 'i',
    MPESA_SECURITY_CREDENTIAL: 'c',
  };
  const b2c = { MPESA_B2C_SHORTCODE: '600000', MPESA_B2C_INITIATOR: 'b', MPESA_B2C_SECURITY_CREDENTIAL: 'd' };
  const temporal = await connectTemporal(base);
  close = async () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close());
  const depsOf = (variables: Record<string, string>): PaymentDependencies => {
    const config = testConfig(variables);
    return {
      db: database.db,
      config,
      encryption: createEncryption(config.ENCRYPTION_KEYS),
      mobileMoney: createMobileMoney(config),
      temporal,
      log: createLogger('test', 'silent'),
    };
  };
  wholeOnly = depsOf(mpesa);
  withPayout = depsOf({ ...mpesa, ...b2c });
});
afterAll(() => close());
beforeEach(() => {
  server.asked.length = 0;
  server.reply = documented();
});

const accepted = { ConversationID: 'AG_1', ResponseCode: '0' };
const documented =
  (given: Reply = { status: 200, body: accepted }) =>
  ({ path, method }: Asked): Reply => {
    if (path.includes('oauth')) return { status: 200, body: { access_token: 't', expires_in: '3599' } };
    if (method === 'POST' && /(reversal\/v1\/request|b2c\/v3\/paymentrequest)$/.test(path)) return given;
    if (path.includes('transactionstatus')) return { status: 200, body: { ...accepted, ConversationID: 'AG_2' } };
    return { status: 404, body: { requestId: '1', errorCode: '404.001.01', errorMessage: 'Resource not found' } };
  };

/** Of the last charge, 1,030.00 shillings, of a lease that is over so much is more than was owed. */
async function over(deps: PaymentDependencies, credit: number) {
  const plan = { ...weeklyPlan, market: 'KE' as const };
  const lease = await bookLease(database, base, { market: 'KE', plan, deposit: 200_000, instalment: 100_000 });
  const phoneEncrypted = deps.encryption.encrypt('+254711000100');
  await database.db.update(methods).set({ provider: 'mpesa', phoneEncrypted }).where(eq(methods.id, lease.methodId));
  const charged = (amount: number) =>
    lease.isCharged(DAY, amount, { provider: 'mpesa', receipt: `TL${randomUUID().slice(0, 8).toUpperCase()}` });
  await charged(200_000);
  await lease.handOver(DAY);
  await charged(1_000_000 + credit - 103_000);
  const refundOf = await charged(103_000);
  await lease.at(DAY, (context) => completeLease(context, { leaseId: lease.id }));
  const due = () => lease.at(DAY, (context) => refundsDue(context, deps, { leaseId: lease.id }));
  const order = { leaseId: lease.id, kind: 'refund', refundOf, amount: credit, at: DAY, known: [], polling } as const;
  const give = async (attemptId: string) => {
    await expect(collect(deps, { attempt: 1 }, { ...order, attemptId })).rejects.toThrow(CompleteAsyncError);
  };
  const row = async (id: string) => (await database.db.select().from(attempts).where(eq(attempts.id, id)))[0];
  const open = async () =>
    (await database.db.select().from(cases).where(eq(cases.leaseId, lease.id))).map(({ kind }) => kind);
  return { lease, refundOf, due, give, row, open };
}

const sentTo = (path: string) => server.asked.filter((asked) => asked.path.includes(path)).map(({ body }) => body);
const orderShape = z.looseObject({ ResultURL: z.string() });
const lastTo = (path: string) => orderShape.parse(JSON.parse(sentTo(path).at(-1) ?? ''));

/** Daraja posts a result to a URL that it was given. */
async function tells(deps: PaymentDependencies, url: string, result: object, parameters: Record<string, unknown>) {
  const parts = new URL(url).pathname.split('/');
  const isStatus = parts.at(-1) === 'status';
  const body = JSON.stringify({
    Result: {
      ResultType: 0,
      ResultCode: 0,
      ConversationID: 'AG_1',
      ...result,
      ResultParameters: { ResultParameter: Object.entries(parameters).map(([Key, Value]) => ({ Key, Value })) },
    },
  });
  const secret = parts.at(isStatus ? -2 : -1) ?? '';
  const callback = { provider: 'mpesa', secret, body, headers: new Headers(), isTimeOut: false, isStatus } as const;
  await (
    await receiveCallback(deps, callback)
  )();
}

describe('a part of a charge', () => {
  it('is ordered of nobody where M-Pesa pays nothing out: it is credit to be paid out in cash at once', async () => {
    expect(await (await over(wholeOnly, 30_000)).due()).toEqual([]);
  });

  it('is paid out to its payer, and booked by its result', async () => {
    const { lease, refundOf, due, give, row } = await over(withPayout, 30_000);
    expect(await due()).toMatchObject([{ refundOf, amount: 30_000 }]);
    const id = randomUUID();
    await give(id);
    expect(sentTo('/reversal/')).toEqual([]);
    expect(lastTo('/b2c/')).toMatchObject({ OriginatorConversationID: id, Amount: 300, PartyB: '254711000100' });
    await tells(withPayout, lastTo('/b2c/').ResultURL, { TransactionID: 'TLC1' }, { TransactionAmount: 300 });
    expect(await row(id)).toMatchObject({ status: 'succeeded', providerReference: 'TLC1', settledAmount: null });
    expect((await lease.row()).credit).toBe(0);
  });

  it('whose answer and result were lost is asked about by our id, and never sent again', async () => {
    const { lease, due, give, row } = await over(withPayout, 30_000);
    server.reply = documented({ status: 504, body: {} });
    const id = randomUUID();
    await give(id);
    await give(id);
    const asked = () => lastTo('/transactionstatus/');
    expect(asked()).toMatchObject({ OriginalConversationID: id });
    // The question itself failing says nothing of the payment.
    await tells(withPayout, asked().ResultURL, { ResultCode: 2032, ConversationID: 'AG_9' }, {});
    await tells(withPayout, asked().ResultURL, { ConversationID: 'AG_9' }, { TransactionStatus: 'Pending' });
    expect(await row(id)).toMatchObject({ status: 'pending', sent: true, providerRequestId: null });
    expect(await due()).toMatchObject([{ attemptId: id }]);
    const said = { TransactionStatus: 'Completed', ReceiptNo: 'TLC2', Amount: 300, ConversationID: 'AG_1' };
    await tells(withPayout, asked().ResultURL, { ConversationID: 'AG_9' }, said);
    await tells(withPayout, asked().ResultURL, { ConversationID: 'AG_9' }, said);
    expect(await row(id)).toMatchObject({ status: 'succeeded', providerReference: 'TLC2' });
    expect(sentTo('/b2c/')).toHaveLength(1);
    expect([(await lease.row()).credit, await due()]).toEqual([0, []]);
    expect((await lease.balances()).get('clearing:mpesa')).toBe(1_200_000);
  });
});

it.each([
  [1, 'no_funds'],
  [8006, 'wrong_pin'],
])(
  'a refusal for what is ours (%s) is one case of the provider at once, until money goes back',
  async (code, reason) => {
    const isWallet = and(eq(cases.key, 'wallet_refuses:mpesa:KES'), eq(cases.status, 'open'));
    const told = async () => (await database.db.select().from(cases).where(isWallet)).map(({ detail }) => detail);
    for (const credit of [103_000, 30_000]) {
      const { give } = await over(withPayout, credit);
      await give(randomUUID());
      const { ResultURL: url } = lastTo(credit === 30_000 ? '/b2c/' : '/reversal/');
      await tells(withPayout, url, { ResultCode: code }, {});
      expect(await told()).toMatchObject([{ provider: 'mpesa', reason, amount: { amount: 103_000 } }]);
    }
    const { give } = await over(withPayout, 103_000);
    await give(randomUUID());
    await tells(withPayout, lastTo('/reversal/').ResultURL, { TransactionID: `TL${code}` }, { Amount: 1_030 });
    expect(await told()).toEqual([]);
  },
);

it('a payment that was reversed already is in doubt, with a case, and nothing of it is paid out in cash', async () => {
  const { lease, due, give, row, open } = await over(withPayout, 103_000);
  const id = randomUUID();
  await give(id);
  await tells(withPayout, lastTo('/reversal/').ResultURL, { ResultCode: 'R000001' }, {});
  expect(await row(id)).toMatchObject({ status: 'pending', sent: true });
  await askOutcome(withPayout, { attemptId: id, polling });
  await lease.at(DAY, (context) => markUnknown(context, { leaseId: lease.id, attemptId: id }));
  expect([(await row(id))?.status, await open()]).toEqual(['unknown', ['unknown_outcome']]);
  expect(await due()).toEqual([]);
  const agent = { role: 'agent', id: randomUUID() } as const;
  const cash = { paymentId: randomUUID(), leaseId: lease.id, amount: 103_000, receiptNumber: 'C 1' };
  await expect(
    lease.at(DAY, (context) => returnCredit({ ...context, actor: agent }, withPayout, cash)),
  ).rejects.toMatchObject({
    code: 'unprocessable',
  });
});

it('what a reversal gave back beyond what was asked is in the books, with a case', async () => {
  const { lease, give, row, open } = await over(withPayout, 103_000);
  const id = randomUUID();
  await give(id);
  expect(sentTo('/b2c/')).toEqual([]);
  expect(lastTo('/reversal/')).toMatchObject({ Amount: 1_030 });
  await tells(withPayout, lastTo('/reversal/').ResultURL, { TransactionID: 'TLC3' }, { Amount: 2_030 });
  await askOutcome(withPayout, { attemptId: id, polling });
  await lease.at(DAY, (context) => postPayment(context, { leaseId: lease.id, attemptId: id }));
  expect(await row(id)).toMatchObject({ status: 'succeeded', settledAmount: 203_000 });
  const { credit, disputed } = await lease.row();
  expect([credit, disputed]).toEqual([0, 100_000]);
  expect((await lease.balances()).get('clearing:mpesa')).toBe(1_100_000);
  expect(new Set(await open())).toEqual(new Set(['differing_amount', 'refund_beyond_credit']));
});
