import { randomUUID } from 'node:crypto';
import { asc, eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presentPayment } from '#api/payments/view';
import { listPayments } from '#db/queries/payments';
import { attempts, cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { callbackSecret } from '#platform/callback-secret';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, confirmedPayments } from '#test/lease-books';
import { day, LINE, runningLease } from '#test/late-money';
import { transact } from '../../context.ts';
import { lockLease } from '../../leases/lease-record.ts';
import { closeCase } from '../../cases/close-case.ts';
import { completeLease } from '../../leases/end-lease.ts';
import { ask } from './ask-provider.ts';
import { decideUnknown } from '../deciding/decide-unknown.ts';
import { attemptWithReceipt } from '../inbound/own-charge.ts';
import { openCase } from '../../cases/open-case.ts';
import { openAttempt } from '../charging/open-attempt.ts';
import { refundsDue } from '../refunds/refunds.ts';
import { postPayment } from '../post-payment.ts';
import { keepCallback } from './receive-callback.ts';
import { tellLateMoney } from './tell-outcome.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { bookConfirmed, recordOutcome } from './record-outcome.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const at = new Date('2026-02-10T09:00:00Z');
const actor = system('test');

it('two payments that a provider confirms by one receipt both count, and are a case', async () => {
  const { db } = database;
  const { id: leaseId } = await bookLease(database, testConfig());
  const { paymentMethodId } = (await db.transaction((tx) => lockLease(tx, leaseId))).row;
  const ids = [randomUUID(), randomUUID()] as const;
  await confirmedPayments(
    db,
    ids.map((attemptId) => ({ leaseId, paymentMethodId, attemptId })),
    5_000,
    at,
  );
  await db
    .update(attempts)
    .set({ status: 'pending', providerReference: null })
    .where(inArray(attempts.id, [...ids]));

  const receipt = randomUUID();
  const final = { state: 'succeeded', receipt, amount: money(5_000, 'UGX') } as const;
  for (const id of [...ids, ...ids]) await transact(db, actor, at, (context) => recordOutcome(context, id, final));

  const settled = await db
    .select({ status: attempts.status, receipt: attempts.providerReference })
    .from(attempts)
    .where(inArray(attempts.id, [...ids]))
    .orderBy(asc(attempts.providerReference));
  expect(settled).toEqual([
    { status: 'succeeded', receipt },
    { status: 'succeeded', receipt: null },
  ]);
  expect(await db.select({ kind: cases.kind }).from(cases).where(eq(cases.leaseId, leaseId))).toEqual([
    { kind: 'receipt_taken' },
  ]);
});

it.each([
  ['the deposit', 20_000, 'awaiting_handover'],
  ['the last payment', 100_000, 'completed'],
] as const)('%s is shown as succeeded once its lease is where it has brought it', async (what, amount, status) => {
  const { db } = database;
  const lease = await bookLease(database, testConfig());
  if (what !== 'the deposit') {
    await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
    await lease.handOver('2026-01-05T07:00:00Z');
  }
  const attemptId = randomUUID();
  const { id: leaseId, methodId: paymentMethodId } = lease;
  await confirmedPayments(db, [{ leaseId, paymentMethodId, attemptId }], amount, at);
  const shownAs = async (asked: 'pending' | 'succeeded') => {
    const rows = await listPayments(db, { leaseId, status: asked }, { limit: 10 });
    return rows.filter(({ id }) => id === attemptId).map(presentPayment);
  };
  expect(await shownAs('succeeded')).toEqual([]);
  expect(await shownAs('pending')).toMatchObject([{ status: 'pending', settledAt: null, valueOn: null }]);

  const log = createLogger('test', 'silent');
  const known = await bookConfirmed({ db, log }, { status: 'succeeded', attemptId });
  expect(known).toMatchObject({ standing: { status } });
  expect(await shownAs('pending')).toEqual([]);
  const [{ allocation, valueOn } = {}] = await shownAs('succeeded');
  expect({ allocated: allocation?.length, valueOn }).toEqual({
    allocated: expect.any(Number) as number,
    valueOn: '2026-02-10',
  });
  expect(await lease.row()).toMatchObject({ status });
});

it('late money closes its case when it is booked, and has none when it was booked before anybody told of it', async () => {
  const { db } = database;
  const { id: leaseId } = await bookLease(database, testConfig());
  const { paymentMethodId } = (await db.transaction((tx) => lockLease(tx, leaseId))).row;
  const attemptId = randomUUID();
  await confirmedPayments(db, [{ leaseId, paymentMethodId, attemptId }], 5_000, at);
  const tell = () => transact(db, actor, at, (context) => tellLateMoney(context, attemptId));
  const found = () => db.select().from(cases).where(eq(cases.leaseId, leaseId));
  await tell();
  expect(await found()).toMatchObject([
    { kind: 'late_money', status: 'open', detail: { amount: money(5_000, 'UGX') } },
  ]);
  await transact(db, actor, at, (context) => postPayment(context, { leaseId, attemptId }));
  const closed = [{ kind: 'late_money', status: 'closed', paymentId: attemptId, closedBy: null }];
  expect(await found()).toMatchObject(closed);
  await tell();
  expect(await found()).toMatchObject(closed);
});

it('what happens again after its case was closed has a new case', async () => {
  const { db } = database;
  const leaseId = randomUUID();
  const opens = () =>
    transact(db, actor, at, (context) =>
      openCase(context, { kind: 'refund_failed', leaseId, paymentId: null, detail: {} }),
    );
  // More often than a connection plans a statement anew for each value.
  for (let i = 0; i < 80; i += 1) await opens();
  const all = () => db.select().from(cases).where(eq(cases.leaseId, leaseId)).orderBy(asc(cases.status));
  await opens();
  await opens();
  const [first] = await all();
  expect(await all()).toHaveLength(1);
  await transact(db, actor, at, (context) => closeCase(context, { id: first?.id ?? '', resolution: 'seen' }));
  await opens();
  expect((await all()).map(({ status }) => status)).toEqual(['closed', 'open']);
});

describe('the receipt of an unknown charge that somebody decides', () => {
  let serial = 300;
  /** A receipt that no other test has, nor another try of the same one. */
  const ownReceipt = () => `R${(serial += 1)}`;
  const paidBy = (receipt: string) =>
    ({
      kind: 'inbound',
      paymentId: randomUUID(),
      amount: LINE,
      provider: 'mtn',
      receipt,
      payerMasked: '+256*',
    }) as const;
  const decides = async (outcome: 'succeeded' | 'failed', providerReference: string) => {
    const lease = await runningLease(database);
    const attemptId = await lease.unknown(5);
    const decision = { leaseId: lease.id, attemptId, outcome, providerReference, reason: 'read out' };
    const decide = () => lease.act(day(6), (context) => decideUnknown(context, decision));
    return { lease, attemptId, decide };
  };
  const bearer = (receipt: string) => attemptWithReceipt(database.db, { provider: 'mtn', currency: 'UGX', receipt });

  it('is one however it is written: nothing beside it is booked by it, and it can be announced', async () => {
    const own = ownReceipt();
    const { lease, attemptId, decide } = await decides('succeeded', ` sgl4 ab${own}`);
    await decide();
    await lease.act(day(6), (context) => postPayment(context, { leaseId: lease.id, attemptId }));
    expect(await bearer(`SGL4AB${own}`)).toMatchObject({ id: attemptId, providerReference: `SGL4AB${own}` });
    const again = lease.receive(day(6), { ...paidBy(`sgl4ab${own.toLowerCase()}`), fromSuspense: false });
    await expect(again).rejects.toMatchObject({ code: 'receipt_conflict' });
    expect((await lease.books(6)).paid.slice(0, 2)).toEqual([LINE, 0]);
  });

  it('is refused where it is of other money, or of none', async () => {
    const receipt = ownReceipt();
    const first = await decides('succeeded', receipt);
    await first.lease.receive(day(5), { ...paidBy(receipt.toLowerCase()), fromSuspense: false });
    await expect(first.decide()).rejects.toMatchObject({ code: 'receipt_conflict' });
    const failed = await decides('failed', ownReceipt());
    await expect(failed.decide()).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ path: 'providerReference', message: expect.stringContaining('left out') }],
    });
  });

  it('is said again with another one, or another day, in vain: it is known already', async () => {
    const receipt = ownReceipt();
    const { lease, attemptId, decide } = await decides('succeeded', receipt);
    await decide();
    expect(await decide()).toEqual({ status: 'succeeded', attemptId });
    const said = { leaseId: lease.id, attemptId, outcome: 'succeeded', reason: 'read out' } as const;
    for (const other of [{ providerReference: ownReceipt() }, { providerReference: receipt, paidOn: '2026-02-28' }])
      await expect(lease.act(day(6), (context) => decideUnknown(context, { ...said, ...other }))).rejects.toMatchObject(
        { code: 'invalid_state' },
      );
    expect(await bearer(receipt)).toMatchObject({ id: attemptId });
  });

  it('is free again once the payment is taken back', async () => {
    const receipt = ownReceipt();
    const { lease, attemptId, decide } = await decides('succeeded', receipt);
    await decide();
    await lease.act(day(6), (context) => postPayment(context, { leaseId: lease.id, attemptId }));
    const wrong = { leaseId: lease.id, attemptId, reason: 'mistyped' };
    await lease.act(day(6), (context) => reversePayment(context, wrong));
    expect(await bearer(receipt)).toBeUndefined();
    await lease.receive(day(6), { ...paidBy(receipt), fromSuspense: false });
    expect((await lease.books(6)).paid[0]).toBe(LINE);
  });

  it('that the provider writes in small letters is shown so, and found by its normal form', async () => {
    const { lease, attemptId } = await decides('succeeded', '');
    const receipt = `mp26.${randomUUID().slice(0, 6)}`;
    const final = { state: 'succeeded', receipt, amount: money(LINE, 'UGX') } as const;
    await lease.act(day(6), (context) => recordOutcome(context, attemptId, final));
    expect(await bearer(receipt.toUpperCase())).toMatchObject({ id: attemptId, providerReference: receipt });
  });
});

describe('a whole refund by Airtel whose answer was lost', () => {
  it.each([
    ['failed', 'TF', false],
    ['in progress', 'TIP', false],
    ['made, with a signature that does not fit', 'TS', true],
  ])('is not made for a callback that says that it is %s', async (_, code, isSigned) => {
    const hash = isSigned ? { AIRTEL_HASH_KEY: 'hash-key' } : {};
    const config = testConfig({ ...unreachedMobileMoney, ...hash });
    const encryption = createEncryption(config.ENCRYPTION_KEYS);
    const temporal = await connectTemporal(config);
    const { db } = database;
    const log = createLogger('test', 'silent');
    const deps = { db, config, encryption, mobileMoney: createMobileMoney(config), temporal, log };
    const lease = await bookLease(database, config);
    await lease.isCharged('2026-01-05T07:00:00Z', 20_000);
    await lease.handOver('2026-01-05T07:00:00Z');
    await lease.isCharged('2026-01-05T07:00:00Z', 100_000);
    const later = <T>(work: Parameters<typeof lease.at<T>>[1]) => lease.at('2026-01-06T07:00:00Z', work);
    await later((context) => completeLease(context, { leaseId: lease.id }));
    await lease.isCharged('2026-01-06T07:00:00Z', 9_000, { provider: 'airtel', receipt: randomUUID() });
    const [order] = await later((context) => refundsDue(context, deps, { leaseId: lease.id }));
    if (order === undefined) throw new Error('nothing is due');
    const attemptId = randomUUID();
    const refund = { leaseId: lease.id, kind: 'refund', ...order, attemptId } as const;
    await later((context) => openAttempt(context, deps, refund));
    await db.update(attempts).set({ sent: true, sentAt: new Date() }).where(eq(attempts.id, attemptId));
    const transaction = { id: 'X1', message: 'x', status_code: code, airtel_money_id: 'AIR1' };
    const body = JSON.stringify({ transaction, ...(isSigned && { hash: 'bm90IHRoZSBoYXNo' }) });
    const secret = callbackSecret(encryption, attemptId);
    const callback = { provider: 'airtel', secret, body, headers: new Headers(), isTimeOut: false } as const;
    const heard = await keepCallback(deps, callback);
    if (heard === null) throw new Error('nobody has the secret');
    expect(heard.attempt).toMatchObject({ providerRequestId: null });
    expect(await ask(deps, heard.attempt, heard.claim)).toEqual({ state: 'cannot_tell' });
    await temporal.connection.close();
  });
});

it('a refund that came back, and that suspense has not taken over, stays as it is, whatever is heard of it', async () => {
  const { db } = database;
  const lease = await bookLease(database, testConfig());
  const refundOf = await lease.isCharged(at.toISOString(), 20_000);
  const { paymentMethodId } = (await db.transaction((tx) => lockLease(tx, lease.id))).row;
  const attemptId = randomUUID();
  await confirmedPayments(db, [{ leaseId: lease.id, paymentMethodId, attemptId }], 5_000, at);
  const cameBack = { kind: 'refund', refundOf, due: `refund-${refundOf}`, status: 'reversed' } as const;
  await db
    .update(attempts)
    .set({ ...cameBack, providerReference: null })
    .where(eq(attempts.id, attemptId));
  const receipt = randomUUID();
  const heard = [
    { state: 'failed', reason: 'declined', detail: 'heard late' },
    { state: 'succeeded', receipt, amount: money(5_000, 'UGX') },
  ] as const;
  for (const final of heard)
    expect(await transact(db, actor, at, (context) => recordOutcome(context, attemptId, final))).toEqual({
      status: 'succeeded',
      attemptId,
    });
  const [row] = await db.select().from(attempts).where(eq(attempts.id, attemptId));
  expect(row).toMatchObject({ status: 'reversed', providerReference: receipt });
});
