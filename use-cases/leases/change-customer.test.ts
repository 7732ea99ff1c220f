import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, leases } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { day, deps, LINE, on, runningLease } from '#test/late-money';
import { madeOver } from '#test/another-customer';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { requestPayment } from '../payments/charging/request-payment.ts';
import { changeDueDay } from './change-due-day.ts';
import { decideHardship, requestHardship } from './grant-hardship.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { checkPromise, promisePayment } from './promise-payment.ts';
import { recoverTheft, reportTheft } from './report-theft.ts';
import { restructureLease } from './restructure-lease.ts';
import { quoteSettlement } from './settle-early.ts';
import { undoRestructure } from './undo-restructure.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

describe('of who had a lease before', () => {
  it('nothing is collected: not by his settlement, nor by any number of his', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    const [row] = await database.db.select().from(leases).where(eq(leases.id, leaseId));
    const paymentMethodId = row?.paymentMethodId ?? '';
    const quote = await lease.act(day(2), (context) => quoteSettlement(context, { leaseId }), lease.customer);
    const { heir, methodId } = await madeOver(database, lease, 3);
    const prompts = (method: string, quoteId: string) => {
      const settlement = { kind: 'settlement', leaseId, attemptId: randomUUID(), quoteId } as const;
      return lease.act(day(3), (context) => openAttempt(context, deps, { ...settlement, paymentMethodId: method }));
    };
    // What he has begun is not gone on with, and no good to anybody else.
    expect(await prompts(paymentMethodId, quote.id)).toBeNull();
    expect(await prompts(methodId, quote.id)).toBeNull();
    const his = { kind: 'settlement', leaseId, attemptId: randomUUID(), quoteId: quote.id } as const;
    const settles = lease.act(
      day(3),
      (context) => requestPayment(context, deps, { ...his, paymentMethodId: methodId }),
      heir,
    );
    await expect(settles).rejects.toMatchObject({ code: 'quote_expired' });
    // Of a quote of the new customer his own phone is asked, and nobody else's.
    const own = await lease.act(day(3), (context) => quoteSettlement(context, { leaseId }), heir);
    expect(await prompts(paymentMethodId, own.id)).toBeNull();
    expect(await prompts(methodId, own.id)).toMatchObject({ paymentMethodId: methodId });
  });

  it('no money that whoever has it now pays is by his quote', async () => {
    const lease = await runningLease(database, { markupPercent: 20 });
    const { id: leaseId } = lease;
    const quote = await lease.act(day(2), (context) => quoteSettlement(context, { leaseId }), lease.customer);
    expect(quote.saved).toBeGreaterThan(0);
    await madeOver(database, lease, 2);
    await lease.pays(2, quote.amount);
    expect(await lease.books(2)).toMatchObject({ status: 'active', outstanding: 10 * LINE - quote.amount });
  });
});

describe('whoever has taken a lease over', () => {
  const agent: Actor = { role: 'agent', id: randomUUID() };

  it('keeps the schedule that he has signed: a restructure of before is not undone', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    await lease.arrears(40);
    const over = { leaseId, instalments: 12, reason: 'a new start' };
    await lease.act(day(60), (context) => restructureLease(context, over), agent);
    await madeOver(database, lease, 61);
    const undo = (number: number) =>
      lease.act(day(number), (context) => undoRestructure(context, { leaseId, reason: 'a slip' }), agent);
    await expect(undo(62)).rejects.toMatchObject({ code: 'schedule_change_refused' });
    expect(await lease.books(62)).toMatchObject({ daysPastDue: 0, status: 'active' });
    // One of his own time is.
    await lease.act(day(63), (context) => restructureLease(context, over), { role: 'admin', id: randomUUID() });
    expect(await undo(64)).toMatchObject({ status: 'active' });
  });

  it('may promise, whatever the one before has broken', async () => {
    const lease = await runningLease(database);
    const promises = (number: number, actor: Actor) => {
      const promise = { leaseId: lease.id, on: on(number + 1), amount: LINE };
      return lease.act(day(number), (context) => promisePayment(context, promise), actor);
    };
    for (const number of [6, 9]) {
      await promises(number, lease.customer);
      await lease.act(day(number + 2), (context) => checkPromise(context, { leaseId: lease.id }));
    }
    await lease.pays(11, 2 * LINE);
    const { heir } = await madeOver(database, lease, 11);
    expect(await promises(20, heir)).toMatchObject({ promisedOn: on(21) });
  });

  it('may pause, whatever the one before has taken', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    const pause = (number: number, actor: Actor, days: number) =>
      lease.act(day(number), (context) => pauseLease(context, { leaseId, kind: 'holiday', days }), actor);
    await lease.pays(2, 5 * LINE);
    for (const number of [2, 16]) {
      await pause(number, lease.customer, 14);
      await lease.act(day(number + 14), (context) => resumeLease(context, { leaseId }));
    }
    const { heir } = await madeOver(database, lease, 31);
    expect(await pause(32, heir, 7)).toMatchObject({ status: 'paused' });
  });

  it('has the days of a theft, and those of relief', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    await lease.pays(2, 5 * LINE);
    await lease.act(day(2), (context) => reportTheft(context, { leaseId }), lease.customer);
    await lease.act(day(33), (context) => recoverTheft(context, { leaseId }), agent);
    const relieves = async (number: number, actor: Actor) => {
      await lease.act(day(number), (context) => requestHardship(context, { leaseId, why: 'illness' }), actor);
      const granted = { leaseId, decision: 'granted', days: 60, note: 'yes' } as const;
      const standing = await lease.act(day(number), (context) => decideHardship(context, granted), agent);
      await lease.act(day(number + 60), (context) => resumeLease(context, { leaseId }));
      return standing;
    };
    await relieves(34, lease.customer);
    const { heir } = await madeOver(database, lease, 95);
    expect(await relieves(96, heir)).toMatchObject({ status: 'paused' });
    const stolen = await lease.act(day(157), (context) => reportTheft(context, { leaseId }), heir);
    expect(stolen.pausedUntil).toBe(on(187));
  });

  it('may ask for relief, whatever was declined to the one before', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    await lease.pays(2, 5 * LINE);
    const asks = (number: number, actor: Actor) =>
      lease.act(day(number), (context) => requestHardship(context, { leaseId, why: 'illness' }), actor);
    for (const number of [2, 3, 4]) {
      await asks(number, lease.customer);
      const declined = { leaseId, decision: 'declined', note: 'no' } as const;
      await lease.act(day(number), (context) => decideHardship(context, declined), agent);
    }
    const { heir } = await madeOver(database, lease, 6);
    expect(await asks(7, heir)).toMatchObject({ status: 'active' });
  });

  it('may choose his own days, however often the one before has', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    const moves = (number: number, actor: Actor, weekday: 'tuesday' | 'wednesday' | 'thursday') =>
      lease.act(day(number), (context) => changeDueDay(context, { leaseId, weekday }), actor);
    await moves(2, lease.customer, 'tuesday');
    await moves(2, lease.customer, 'wednesday');
    const { heir } = await madeOver(database, lease, 2);
    expect(await moves(2, heir, 'thursday')).toMatchObject({ status: 'active' });
  });

  it('pays and asks as often as everybody, however often the one before has today', async () => {
    const lease = await runningLease(database);
    const { id: leaseId } = lease;
    for (let times = 0; times < 5; times += 1) {
      await lease.isAsked(3, { attemptId: randomUUID(), amount: LINE });
      await database.db.update(attempts).set({ status: 'failed' }).where(eq(attempts.leaseId, leaseId));
    }
    const quotes = (actor: Actor, hour: number) =>
      lease.act(day(3, hour), (context) => quoteSettlement(context, { leaseId }), actor);
    for (let times = 0; times < 20; times += 1) await quotes(lease.customer, 9);
    const { heir, methodId } = await madeOver(database, lease, 3);
    const pay = { kind: 'pay', leaseId, attemptId: randomUUID(), paymentMethodId: methodId, amount: LINE } as const;
    await lease.act(day(3, 13), (context) => requestPayment(context, deps, pay), heir);
    await expect(quotes(heir, 13)).resolves.toMatchObject({ validUntil: day(4, 13).toISOString() });
  });
});
