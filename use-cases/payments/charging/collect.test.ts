import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { and, eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { findAttempt } from '#db/queries/payments';
import { attempts, audit, leases, methods } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { startCollecting } from '#test/collecting';
import { createFleet } from '#test/fleet';
import { bookLease } from '#test/lease-books';
import { transact } from '../../context.ts';
import { endApplication } from '../../leases/end-lease.ts';
import { collect, failUnseen } from './collect.ts';
import { openAttempt } from './open-attempt.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { refundsDue } from '../refunds/refunds.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';

const HOUR = 3_600_000;

const { database, deps, promptsOf, instalment, at, close } = await startCollecting();
afterAll(close);
it('sends a charge once though a try that was given up still works on it: M-Pesa would charge twice', async () => {
  // 023 stays pending, so that nothing but the tries themselves can settle it.
  const payers = Array.from({ length: 10 }, (_, i) => ({
    provider: 'mpesa' as const,
    market: 'KE' as const,
    phone: `+254711${100 + i}023`,
  }));
  const fleet = await createFleet(database.db, deps.config, payers);
  const prompted = fleet.map(async ({ phone, state }) => {
    const { leaseId } = state.application;
    const order = { attemptId: randomUUID(), leaseId, kind: 'instalment', method: 0, at: at(10) } as const;
    await Promise.allSettled([1, 2, 3].map((attempt) => collect(deps, { attempt }, order)));
    return (await promptsOf(phone)).map((reference) => reference === order.attemptId);
  });
  expect(await Promise.all(prompted), 'prompts of each payer').toEqual(payers.map(() => [true]));
});

it.each(['paused', 'completed', 'written_off'] as const)(
  'a charge that was not sent while the lease was active is not sent once it is %s, nor another begun',
  async (status) => {
    const { leaseId, order, open, prompted } = await instalment();
    await open();
    await database.db.update(leases).set({ status }).where(eq(leases.id, leaseId));
    const { attemptId } = order;
    expect(await collect(deps, { attempt: 2 }, order)).toEqual({ status: 'failed', attemptId, reason: 'not_due' });
    const another = { ...order, attemptId: randomUUID() };
    expect(await collect(deps, { attempt: 1 }, another)).toMatchObject({ status: 'nothing_due' });
    expect(await prompted()).toBe(0);
  },
);

it.each([
  ['at night', 23, 0, false],
  ['by day, and held up by an outage into the night', 20, 2, false],
  ['by day by the customer, and held up into the night', 20, 2, true],
])('a prompt that is ordered %s is not sent', async (_, hour, heldUp, asked) => {
  const { order, open, prompted } = await instalment(hour);
  await open();
  const createdAt = new Date(Date.now() - heldUp * HOUR);
  await database.db.update(attempts).set({ createdAt }).where(eq(attempts.id, order.attemptId));
  const { attemptId } = order;
  const held = { ...order, asked, polling: { seconds: 600, tries: 100 } };
  expect(await collect(deps, { attempt: 2 }, held)).toEqual({ status: 'failed', attemptId, reason: 'not_sent' });
  expect(await prompted()).toBe(0);
});

it('a charge that busy workers come to within a minute is sent, however short polling is; after that it has failed', async () => {
  const { order, open, prompted } = await instalment();
  await open();
  const { attemptId } = order;
  const waited = (seconds: number) => {
    const createdAt = new Date(Date.now() - seconds * 1000);
    return database.db.update(attempts).set({ createdAt, sent: false }).where(eq(attempts.id, attemptId));
  };
  const held = { ...order, polling: { seconds: 0.5, tries: 6 } };
  await waited(30);
  await expect(collect(deps, { attempt: 1 }, held)).rejects.toBeInstanceOf(CompleteAsyncError);
  expect(await prompted()).toBe(1);
  await waited(90);
  expect(await collect(deps, { attempt: 1 }, held)).toEqual({ status: 'failed', attemptId, reason: 'not_sent' });
  expect(await prompted()).toBe(1);
});

it('a prompt that the customer asks for at night is sent', async () => {
  const { order, prompted } = await instalment(23);
  await expect(collect(deps, { attempt: 1 }, { ...order, asked: true })).rejects.toBeInstanceOf(CompleteAsyncError);
  expect(await prompted()).toBe(1);
});

it('a charge that a reset run does not know of is taken over by its next order', async () => {
  const { order } = await instalment();
  await expect(collect(deps, { attempt: 1 }, order)).rejects.toBeInstanceOf(CompleteAsyncError);
  const another = { ...order, attemptId: randomUUID(), known: [] };
  await expect(collect(deps, { attempt: 1 }, another), 'it is waited for').rejects.toBeInstanceOf(CompleteAsyncError);
  const over = { ...another, polling: { seconds: 0, tries: 0 } };
  expect(await collect(deps, { attempt: 2 }, over)).toEqual({ status: 'unknown', attemptId: order.attemptId });
  const knowing = { ...over, known: [order.attemptId] };
  expect(await collect(deps, { attempt: 1 }, knowing)).toMatchObject({ status: 'nothing_due' });
});

it('a charge that was sent a moment ago has not failed because the provider does not know it yet', async () => {
  const { order, open } = await instalment();
  const row = await open();
  if (row === null) throw new Error('nothing is due');
  const sent = (sentAt: Date) =>
    database.db
      .update(attempts)
      .set({ sent: true, sentAt, createdAt: new Date(0) })
      .where(eq(attempts.id, row.id));
  const polling = { seconds: 10, tries: 30 };
  await sent(new Date());
  expect(await failUnseen(deps, row, polling)).toBeNull();
  expect(await findAttempt(database.db, order.attemptId)).toMatchObject({ status: 'pending' });
  await sent(new Date(Date.now() - 301_000));
  expect(await failUnseen(deps, row, polling)).toMatchObject({ status: 'failed', reason: 'not_sent' });
});

it('a charge that its provider never saw is sent again for half of its polling, and has failed at the end of that', async () => {
  const { order, open, prompted } = await instalment(10, 'mtn');
  await open();
  const { attemptId } = order;
  const held = { ...order, polling: { seconds: 20, tries: 30 } };
  const asked = async (createdMinutesAgo: number, sentMinutesAgo: number) => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const times = { createdAt: ago(createdMinutesAgo), sentAt: ago(sentMinutesAgo) };
    await database.db
      .update(attempts)
      .set({ sent: true, ...times })
      .where(eq(attempts.id, attemptId));
    return collect(deps, { attempt: 9 }, held);
  };
  await expect(asked(6, 4.9)).rejects.toBeInstanceOf(CompleteAsyncError);
  await expect(asked(10.1, 4.9), 'it may still ring').rejects.toBeInstanceOf(CompleteAsyncError);
  expect(await prompted()).toBe(0);
  expect(await asked(10.1, 5.1)).toEqual({ status: 'failed', attemptId, reason: 'not_sent' });
  const other = await instalment(10, 'mtn');
  await other.open();
  const createdAt = new Date(Date.now() - 4 * 60_000);
  await database.db
    .update(attempts)
    .set({ sent: true, sentAt: createdAt, createdAt })
    .where(eq(attempts.id, other.order.attemptId));
  const again = collect(deps, { attempt: 9 }, { ...other.order, polling: held.polling });
  await expect(again).rejects.toBeInstanceOf(CompleteAsyncError);
  expect(await other.prompted()).toBe(1);
});

it('a charge that was not sent is not sent for what was paid meanwhile, in whole or in part', async () => {
  const { leaseId, order, open, prompted } = await instalment();
  const row = await open();
  if (row === null) throw new Error('nothing is due');
  const paymentId = randomUUID();
  const cash = { kind: 'cash', paymentId, amount: 100, agentId: randomUUID(), receiptNumber: paymentId } as const;
  await transact(database.db, system('test'), new Date(order.at), (context) =>
    receiveMoney(context, deps.config, { leaseId, money: cash }),
  );
  const { attemptId } = order;
  expect(await collect(deps, { attempt: 2 }, order)).toEqual({ status: 'failed', attemptId, reason: 'not_due' });
  const another = { ...order, attemptId: randomUUID() };
  await expect(collect(deps, { attempt: 1 }, another)).rejects.toBeInstanceOf(CompleteAsyncError);
  expect(await findAttempt(database.db, another.attemptId)).toMatchObject({ sent: true, amount: row.amount - 100 });
  expect(await prompted()).toBe(1);
});

it.each(['before it was sent', 'while it was sent, and not taken'])(
  'a refund is not sent once its charge is taken back %s: its credit pays what is in dispute',
  async (when) => {
    const lease = await bookLease(database, deps.config, { market: 'KE' });
    await database.db.update(methods).set({ phoneEncrypted: '' }).where(eq(methods.id, lease.methodId));
    const day = '2026-01-05T07:00:00Z';
    const refundOf = await lease.isCharged(day, 20_000, { provider: 'mpesa' });
    await lease.at(day, (context) => endApplication(context, { leaseId: lease.id, as: 'withdrawn', reason: 'x' }));
    const attemptId = randomUUID();
    const order = { attemptId, leaseId: lease.id, kind: 'refund', refundOf, amount: 20_000, at: day } as const;
    await lease.at(day, (context) => openAttempt(context, deps, order));
    const isSent = (sent: boolean) => database.db.update(attempts).set({ sent }).where(eq(attempts.id, attemptId));
    if (when !== 'before it was sent') await isSent(true);
    await lease.at(day, (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId: refundOf, reason: 'charge-back' }),
    );
    if (when !== 'before it was sent') await isSent(false);
    expect(await collect(deps, { attempt: 2 }, order)).toEqual({ status: 'failed', attemptId, reason: 'not_due' });
    expect(await findAttempt(database.db, attemptId)).toMatchObject({ sent: false, status: 'failed' });
    expect(await lease.at(day, (context) => refundsDue(context, deps, { leaseId: lease.id }))).toEqual([]);
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
    const isIts = and(eq(audit.leaseId, lease.id), eq(audit.type, 'lease.credit_applied'));
    // What was not sent yet was never in dispute.
    expect(await database.db.$count(audit, isIts)).toBe(when === 'before it was sent' ? 0 : 1);
    const balances = await lease.balances();
    expect([balances.get('unapplied'), balances.get('disputed') ?? 0]).toEqual([0, 0]);
  },
);

it('keeps when a lease meant to ask, before what it waited for its turn and for a worker; by the wall also when it has travelled', async () => {
  const { order } = await instalment();
  const planned = new Date(Date.parse(order.at) - 20_000).toISOString();
  const now = Date.now();
  // Ordered 70 s ago, and this try, 40 s ago, waited for a worker.
  const info = { attempt: 2, scheduledTimestampMs: now - 70_000, currentAttemptScheduledTimestampMs: now - 40_000 };
  await collect(deps, info, { ...order, planned }).catch(() => {});
  const row = await findAttempt(database.db, order.attemptId);
  const late = (row?.createdAt.getTime() ?? 0) - (row?.plannedAt?.getTime() ?? 0);
  expect(Math.round(late / 10_000) * 10).toBe(90);
});
