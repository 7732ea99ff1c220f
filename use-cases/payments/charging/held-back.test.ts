import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { eq } from 'drizzle-orm';
import { afterAll, describe, expect, it } from 'vitest';
import { findAttempt } from '#db/queries/payments';
import type { AttemptRow } from '#db/queries/payments';
import { attempts, leases, methods } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { startCollecting } from '#test/collecting';
import { transact } from '../../context.ts';
import { quoteSettlement } from '../../leases/settle-early.ts';
import { collect, failUnseen } from './collect.ts';
import { refuseBeside, requestPayment } from './request-payment.ts';

/** Prompts that their provider did not know of while it was asked, and that may have got through late. */
const { database, deps, world, instalment, close } = await startCollecting();
afterAll(close);

const polling = { seconds: 10, tries: 30 };

/** A lease whose payer answers as `digits` say, and what becomes of its prompts. */
async function leaseOf(digits: string) {
  const made = await instalment(10, 'mtn', digits);
  const { order, open, phone } = made;
  /** Opened, sent so many seconds ago by the wall, never seen, and failed. */
  const isLost = async (secondsAgo: number, wanted: Parameters<typeof open>[0] = order) => {
    await open(wanted);
    const createdAt = new Date(Date.now() - secondsAgo * 1000);
    const [row] = await database.db
      .update(attempts)
      .set({ sent: true, sentAt: createdAt, createdAt })
      .where(eq(attempts.id, wanted.attemptId))
      .returning();
    if (row === undefined) throw new Error('nothing is due');
    expect(await failUnseen(deps, row, polling)).toMatchObject({ status: 'failed', reason: 'not_sent' });
    return row;
  };
  const mtn = deps.mobileMoney.get('mtn');
  const getsThrough = ({ id: attemptId, amount, currency }: AttemptRow) =>
    mtn.charge({
      attemptId,
      payer: phone,
      amount: { amount, currency },
      market: 'UG',
      reference: 'LATE',
      callbackUrl: 'http://localhost:1/x',
    });
  /** It gets through, and the customer pays it. */
  const isPaid = async (row: AttemptRow) => {
    const { id: attemptId, amount, currency } = row;
    await getsThrough(row);
    const asked = {
      attemptId,
      providerRequestId: null,
      market: 'UG',
      amount: { amount, currency },
      claim: null,
    } as const;
    await expect.poll(async () => (await mtn.status(asked)).state, { timeout: 20_000 }).toBe('succeeded');
  };
  /** The same is ordered again, so many minutes after the first. */
  const again = (minutes: number, over: { method?: number } = {}) => {
    const at = new Date(Date.parse(order.at) + minutes * 60_000).toISOString();
    return { ...order, at, attemptId: randomUUID(), known: [], ...over };
  };
  const collects = (minutes: number, over?: { method?: number }) => collect(deps, { attempt: 1 }, again(minutes, over));
  return { ...made, isLost, getsThrough, isPaid, again, collects };
}

describe('a prompt that the provider did not know of while it was asked', () => {
  it('is not sent beside another while it could be answered, nor where it got through late', async () => {
    const { isLost, getsThrough, collects, prompted } = await leaseOf('023');
    const lost = await isLost(301);
    expect(await collects(4)).toEqual({ status: 'paused' });
    await getsThrough(lost);
    expect(await collects(4)).toEqual({ status: 'paused' });
    expect(await prompted()).toBe(1);
  });

  it('is what was paid, where it got through late and was', async () => {
    const { isLost, isPaid, collects, prompted, order } = await leaseOf('100');
    await isPaid(await isLost(301));
    expect(await collects(6)).toMatchObject({ status: 'succeeded', attemptId: order.attemptId });
    expect(await prompted()).toBe(1);
  });

  it('is followed by another when it is over', async () => {
    const { isLost, collects, prompted } = await leaseOf('023');
    await isLost(301);
    await expect(collects(6)).rejects.toBeInstanceOf(CompleteAsyncError);
    expect(await prompted()).toBe(1);
  });

  it('is followed by another that waited for its turn until it was over', async () => {
    const { isLost, again, prompted } = await leaseOf('023');
    await isLost(301);
    const order = again(4);
    expect(await collect(deps, { attempt: 1 }, order)).toEqual({ status: 'paused' });
    const later = { attempt: 2, scheduledTimestampMs: 0, currentAttemptScheduledTimestampMs: 120_000 };
    await expect(collect(deps, later, order)).rejects.toBeInstanceOf(CompleteAsyncError);
    expect(await prompted()).toBe(1);
  });

  it('is asked about also where another was lost after it', async () => {
    const { isLost, getsThrough, collects, prompted, leaseId, paymentMethodId } = await leaseOf('023');
    const first = await isLost(720);
    await isLost(310, { attemptId: randomUUID(), leaseId, kind: 'pay', paymentMethodId, amount: 1_000 });
    await getsThrough(first);
    expect(await collects(13)).toEqual({ status: 'paused' });
    expect(await prompted()).toBe(1);
  });

  it('is asked about also where one after it was declined when it got through late', async () => {
    const { isLost, getsThrough, collects, leaseId, paymentMethodId } = await leaseOf('012');
    const own = { attemptId: randomUUID(), leaseId, kind: 'pay', paymentMethodId, amount: 1_000 } as const;
    const first = await isLost(720);
    const declined = await isLost(310, own);
    await getsThrough(declined);
    const asked = { attemptId: declined.id, providerRequestId: null, market: 'UG', claim: null } as const;
    const amount = { amount: declined.amount, currency: declined.currency };
    const status = () => deps.mobileMoney.get('mtn').status({ ...asked, amount });
    await expect.poll(async () => (await status()).state, { timeout: 20_000 }).toBe('failed');
    await database.db.update(attempts).set({ sentAt: new Date() }).where(eq(attempts.id, first.id));
    expect(await collects(4), 'the first could still be answered').toEqual({ status: 'paused' });
  });

  it('is what was paid also where the same was asked for again since, and lost', async () => {
    const { isLost, isPaid, again, collects, order, prompted } = await leaseOf('100');
    const first = await isLost(2_500);
    await isLost(310, again(0));
    await isPaid(first);
    expect(await collects(45)).toMatchObject({ status: 'succeeded', attemptId: order.attemptId });
    expect(await prompted()).toBe(1);
  });

  it('is what was paid also for the next try, where a worker died after it had written that down', async () => {
    const { isLost, isPaid, again, order } = await leaseOf('100');
    await isPaid(await isLost(310));
    const paid = { status: 'succeeded', attemptId: order.attemptId };
    const next = again(6);
    const first = await collect(deps, { attempt: 1 }, next);
    expect(first).toMatchObject(paid);
    // What the first try has booked is due no more; the lease hears of it by the second, where the first died.
    const { standing } = { standing: undefined, ...first };
    expect(await collect(deps, { attempt: 2 }, next)).toEqual({ status: 'nothing_due', standing });
    expect((await findAttempt(database.db, order.attemptId))?.transferId).not.toBeNull();
  });

  it('holds up the number of another provider for an hour at most, where its own does not answer', async () => {
    const { isLost, collects, leaseId, phone, prompted } = await leaseOf('023');
    await isLost(301);
    const [row] = await database.db.select().from(leases).where(eq(leases.id, leaseId));
    const [method] = await database.db
      .insert(methods)
      .values(airtelOf(row?.customerId ?? '', phone))
      .returning();
    await database.db
      .update(leases)
      .set({ backupMethodIds: [method?.id ?? ''] })
      .where(eq(leases.id, leaseId));
    await world.post('/faults', { body: { down: true, providers: ['mtn'] } });
    try {
      expect(await collects(50, { method: 1 })).toEqual({ status: 'paused' });
      expect(await collects(60)).toEqual({ status: 'paused' });
      await expect(collects(60, { method: 1 })).rejects.toBeInstanceOf(CompleteAsyncError);
    } finally {
      await world.post('/faults');
    }
    expect(await prompted()).toBe(1);
  });
});

const airtelOf = (userId: string, phone: string) => ({
  id: randomUUID(),
  userId,
  provider: 'airtel' as const,
  phoneHash: deps.encryption.hash('phone', phone),
  phoneEncrypted: deps.encryption.encrypt(phone),
  masked: '+2567*****023',
});

describe('a settlement whose prompt the provider did not know of', () => {
  const settlementOf = async (digits: string) => {
    const made = await leaseOf(digits);
    const { leaseId, paymentMethodId, order, isLost } = made;
    const when = new Date(order.at);
    const step = <T>(work: Parameters<typeof transact<T>>[3]) => transact(database.db, system('test'), when, work);
    const quote = await step((context) => quoteSettlement(context, { leaseId }));
    const settlement = { leaseId, kind: 'settlement', quoteId: quote.id, paymentMethodId } as const;
    const lost = await isLost(301, { ...settlement, attemptId: randomUUID() });
    /** What a person asks for, as the worker does it. */
    const asks = async (minutes: number) => {
      const again = { ...settlement, attemptId: randomUUID() };
      await refuseBeside(deps, { ...again, at: new Date(when.getTime() + minutes * 60_000).toISOString() });
      return step((context) => requestPayment(context, deps, again));
    };
    return { ...made, lost, asks, settlement };
  };
  const underWay = { code: 'settlement_under_way' };

  it('is not asked for again while it could be answered, and is when it was asked about once more', async () => {
    const { asks, order, settlement, prompted } = await settlementOf('023');
    await expect(asks(4)).rejects.toMatchObject(underWay);
    const part = { ...settlement, attemptId: randomUUID(), at: order.at };
    expect(await collect(deps, { attempt: 1 }, part), 'nor is its next part').toEqual({ status: 'paused' });
    expect(await prompted()).toBe(0);
    expect(await asks(6)).toHaveProperty('attemptId');
  });

  it('is not asked for again where it got through late', async () => {
    const { asks, getsThrough, lost } = await settlementOf('023');
    await getsThrough(lost);
    await expect(asks(6)).rejects.toMatchObject(underWay);
  });

  it('is not asked for again where it got through late and was paid, also while that is not booked', async () => {
    const { asks, isPaid, lost } = await settlementOf('100');
    await isPaid(lost);
    await expect(asks(6)).rejects.toMatchObject(underWay);
    expect(await findAttempt(database.db, lost.id)).toMatchObject({ status: 'succeeded', transferId: null });
    await expect(asks(6)).rejects.toMatchObject(underWay);
  });
});
