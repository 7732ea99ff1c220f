import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { localDate } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { books } from '#domain/ledger/ledger';
import { logDecisions } from '#platform/decisions';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { record, transact, type Context } from './context.ts';
import { postTransfer } from './ledger/post-transfer.ts';

/** What the log is told of decisions about money. */
let database: TestDatabase;
let told: unknown[];
const [leaseId, paymentId] = [randomUUID(), randomUUID()];
const at = new Date('2026-11-29T08:00:00Z');
const run = (work: (context: Context) => Promise<unknown>) => transact(database.db, system('test'), at, work);

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  told = [];
  logDecisions({ info: (line: unknown) => void told.push(line) });
});
afterEach(() => logDecisions(null));

const transfer = (key: string) => (context: Context) =>
  postTransfer(context, {
    key,
    kind: 'receipt',
    leaseId: null,
    book: books.provider('mtn'),
    currency: 'UGX',
    businessDate: localDate('2026-11-29'),
    description: 'a receipt',
    cause: { paymentId },
    entries: [
      { account: 'clearing:mtn:UGX', amount: 500 },
      { account: 'suspense:mtn:UGX', amount: -500 },
    ],
  });

test('a decision is told with its ids, amounts and words, and nothing that somebody wrote', async () => {
  const detail = { reason: 'no_funds', note: 'her sister pays', amount: { amount: 500, currency: 'UGX' } };
  await run((context) => record(context, { type: 'payment.failed', subject: 'p1', leaseId, detail }));
  await run((context) => record(context, { type: 'user.updated', subject: 'u1' }));
  expect(told).toEqual([
    {
      decision: 'payment.failed',
      subject: 'p1',
      leaseId,
      role: 'system',
      reason: 'no_funds',
      amount: { amount: 500, currency: 'UGX' },
    },
  ]);
});

test.each(['256772458119', 'Nakato'])('one word that a person typed as a reason is not told: %s', async (reason) => {
  const detail = { reason, reference: reason, receipt: reason, agentId: leaseId };
  await run((context) => record(context, { type: 'float.lost', subject: leaseId, detail }));
  expect(told).toEqual([{ decision: 'float.lost', subject: leaseId, leaseId: null, role: 'system', agentId: leaseId }]);
});

test('what moves is told once, and not again when it is posted again', async () => {
  await run(transfer('receipt:p1'));
  await run(transfer('receipt:p1'));
  expect(told).toMatchObject([{ decision: 'ledger.receipt', paymentId, amount: { amount: 500, currency: 'UGX' } }]);
});

test('what is rolled back is not told', async () => {
  const failing = run(async (context) => {
    await transfer('receipt:p2')(context);
    throw new Error('it does not come to this');
  });
  await expect(failing).rejects.toThrow('does not come');
  expect(told).toEqual([]);
});
