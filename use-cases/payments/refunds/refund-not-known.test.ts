import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, methods } from '#db/schema/index';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type Reply, type TestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { completeLease } from '../../leases/end-lease.ts';
import { askOutcome } from '../charging/ask-outcome.ts';
import { collect } from '../charging/collect.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { giveUpAttempt } from '../charging/give-up-attempt.ts';
import { refundsDue } from './refunds.ts';

/** A refund was asked for, and its provider says that it does not know it: nothing is booked, and nothing else goes back. */
let database: TestDatabase;
let server: TestServer;
let deps: PaymentDependencies;
let close: () => Promise<unknown>;

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const config = testConfig({
  ...unreachedMobileMoney,
  AIRTEL_DISBURSEMENT_PIN: '4321',
  AIRTEL_DISBURSEMENT_PUBLIC_KEY: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
});
const DAY = '2026-01-05T07:00:00Z';
const HOUR = 3_600_000;
const polling = { seconds: 10, tries: 30 };

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  close = () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close());
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url, AIRTEL_BASE_URL: server.url });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  deps = { db: database.db, config, encryption, mobileMoney, temporal, log: createLogger('test', 'silent') };
});
afterAll(() => close());

const token = { status: 200, body: { access_token: 'token', expires_in: '3600' } };
const isTaken = {
  mtn: { status: 202, body: {} },
  airtel: { status: 200, body: { status: { response_code: 'DP00900001001' }, data: { transaction: { id: 'x' } } } },
};
const notKnown = {
  mtn: { status: 404, body: { code: 'RESOURCE_NOT_FOUND', message: 'Requested resource was not found.' } },
  airtel: { status: 404, body: { status: { response_code: 'DP00900001015', code: '404', success: false } } },
};
/** What a gateway says that has lost its way says nothing of the refund. */
const strange: readonly (readonly [string, Reply])[] = [
  ['that is empty', { status: 404 }],
  ['of a proxy', { status: 404, text: '<html>404 Not Found</html>' }],
  ['with a code of its own', { status: 404, body: { code: 'NOT_FOUND', status: { response_code: 'X404' } } }],
];

type Provider = keyof typeof isTaken;
const isOrder = ({ method, path }: { method: string; path: string }) =>
  method === 'POST' && /\/(refund|transfer|disbursements\/)$/.test(path);

/** A lease that is over, of whose last charge 9,000 are to go back; its provider answers a question about that so. */
async function owing(provider: Provider, answer: Reply) {
  const lease = await bookLease(database, config);
  const payer = provider === 'mtn' ? '+256772123456' : '+256701000555';
  const sealed = { provider, phoneEncrypted: deps.encryption.encrypt(payer) };
  await database.db.update(methods).set(sealed).where(eq(methods.id, lease.methodId));
  await lease.isCharged(DAY, 20_000, { provider });
  await lease.handOver(DAY);
  const refundOf = await lease.isCharged(DAY, 109_000, { provider });
  await lease.at(DAY, (context) => completeLease(context, { leaseId: lease.id }));

  const sent: string[] = [];
  server.reply = (asked) => {
    if (/token/.test(asked.path)) return token;
    if (!isOrder(asked)) return answer;
    const inBody = /"id":"([\da-f-]{36})"/.exec(asked.body)?.[1];
    sent.push(provider === 'mtn' ? String(asked.headers['x-reference-id']) : (inBody ?? ''));
    return isTaken[provider];
  };
  const attemptId = randomUUID();
  const order = {
    attemptId,
    leaseId: lease.id,
    kind: 'refund' as const,
    refundOf,
    amount: 9_000,
    at: DAY,
    known: [],
    polling,
  };
  return {
    lease,
    attemptId,
    sent,
    collects: (attempt = 1, as = attemptId) => collect(deps, { attempt }, { ...order, attemptId: as }),
    asks: () => askOutcome(deps, { attemptId, polling }),
    wasSent: (hoursAgo: number) => {
      const sentAt = new Date(Date.now() - hoursAgo * HOUR);
      return database.db.update(attempts).set({ sentAt, createdAt: sentAt }).where(eq(attempts.id, attemptId));
    },
    givesUp: () => lease.at(DAY, (context) => giveUpAttempt(context, deps, { leaseId: lease.id, attemptId })),
    due: async () => {
      const due = await lease.at(DAY, (context) => refundsDue(context, deps, { leaseId: lease.id }));
      return due.map(({ amount }) => amount);
    },
    books: async () => {
      const { credit, disputed } = await lease.row();
      const [row] = await database.db.select().from(attempts).where(eq(attempts.id, attemptId));
      const isDoubt = and(eq(cases.paymentId, attemptId), eq(cases.kind, 'unknown_outcome'), eq(cases.status, 'open'));
      const doubts = await database.db.$count(cases, isDoubt);
      const held = (await lease.balances()).get(`clearing:${provider}`);
      return { credit, disputed, held, status: row?.status, isBooked: row?.transferId !== null, doubts };
    },
  };
}
const untouched = { credit: 9_000, disputed: 0, held: 129_000, isBooked: false };

describe.each(['mtn', 'airtel'] as const)('a refund that %s does not know', (provider) => {
  it('is sent again under its own id, is in doubt for a day, and only then another may go', async () => {
    const { attemptId, sent, collects, wasSent, givesUp, asks, due, books } = await owing(provider, notKnown[provider]);
    await expect(collects()).rejects.toThrow(CompleteAsyncError);
    expect(await books()).toEqual({ ...untouched, status: 'pending', doubts: 0 });
    await expect(collects(2)).rejects.toThrow(CompleteAsyncError);
    expect(sent).toEqual([attemptId, attemptId]);

    await wasSent(1);
    expect(await collects(31)).toEqual({ status: 'unknown', attemptId });
    await givesUp();
    expect(await asks(), 'it may be on its way').toBeNull();
    expect([await due(), await books()]).toEqual([[], { ...untouched, status: 'unknown', doubts: 1 }]);
    expect(sent).toHaveLength(2);

    await wasSent(25);
    expect(await asks()).toMatchObject({ status: 'failed', reason: 'not_sent' });
    expect([await due(), await books()]).toEqual([[9_000], { ...untouched, status: 'failed', doubts: 0 }]);
    const next = randomUUID();
    await expect(collects(1, next)).rejects.toThrow(CompleteAsyncError);
    expect(sent).toEqual([attemptId, attemptId, next]);
  });

  it.each(strange)('is not one that answers a 404 %s: it is in doubt until somebody knows', async (_what, answer) => {
    const { attemptId, sent, collects, wasSent, givesUp, asks, due, books } = await owing(provider, answer);
    await expect(collects()).rejects.toThrow(CompleteAsyncError);
    await wasSent(25);
    expect(await collects(31)).toEqual({ status: 'unknown', attemptId });
    await givesUp();
    expect(await asks()).toBeNull();
    expect([await due(), await books()]).toEqual([[], { ...untouched, status: 'unknown', doubts: 1 }]);
    expect(sent).toEqual([attemptId]);
  });
});
