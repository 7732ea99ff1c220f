import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, describe, expect, it } from 'vitest';
import { findAttempt } from '#db/queries/payments';
import { attempts, methods } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { money } from '#domain/money';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { startCollecting } from '#test/collecting';
import { bookLease } from '#test/lease-books';
import { openCase } from '../../cases/open-case.ts';
import { endApplication } from '../../leases/end-lease.ts';
import { askOutcome } from '../charging/ask-outcome.ts';
import { collect } from '../charging/collect.ts';
import { giveCreditBack } from './give-credit-back.ts';
import { giveUpAttempt } from '../charging/give-up-attempt.ts';
import { openAttempt } from '../charging/open-attempt.ts';
import { refundsDue } from './refunds.ts';

/** Refunds that their provider did not know of while it was asked, and that may have been carried out late. */
const { database, deps, close } = await startCollecting();
afterAll(close);

const DAY = '2026-01-05T07:00:00Z';
const HOUR = 3_600_000;
const polling = { seconds: 10, tries: 30 };
const sum = money(20_000, 'UGX');
const mtn = deps.mobileMoney.get('mtn');
let serial = 0;

/** A withdrawn application whose deposit of 20,000, which MTN has, is to go back. */
async function withdrawn() {
  serial += 1;
  const payer = `+256772${600 + serial}100`;
  const lease = await bookLease(database, deps.config);
  await database.db
    .update(methods)
    .set({ phoneEncrypted: deps.encryption.encrypt(payer) })
    .where(eq(methods.id, lease.methodId));
  const refundOf = await lease.isCharged(DAY, sum.amount);
  const common = { payer, amount: sum, market: 'UG', callbackUrl: 'http://localhost:1/x' } as const;
  await mtn.charge({ ...common, attemptId: refundOf, reference: 'LATE' });
  const asked = { attemptId: refundOf, providerRequestId: null, market: 'UG', amount: sum } as const;
  await expect.poll(async () => (await mtn.status(asked)).state, { timeout: 20_000 }).toBe('succeeded');
  await lease.at(DAY, (context) => endApplication(context, { leaseId: lease.id, as: 'withdrawn', reason: 'x' }));

  const ordered = () =>
    ({ attemptId: randomUUID(), leaseId: lease.id, kind: 'refund', refundOf, amount: 20_000 }) as const;
  const collects = (order = ordered(), attempt = 1) =>
    collect(deps, { attempt }, { ...order, at: DAY, known: [], polling });
  const wasSent = (attemptId: string, hoursAgo: number, over: Partial<typeof attempts.$inferInsert> = {}) => {
    const sentAt = new Date(Date.now() - hoursAgo * HOUR);
    return database.db
      .update(attempts)
      .set({ sent: true, sentAt, createdAt: sentAt, ...over })
      .where(eq(attempts.id, attemptId));
  };
  /** A refund that was sent so many hours ago, of which MTN knew nothing. */
  const isLost = async (hoursAgo: number, over?: Partial<typeof attempts.$inferInsert>) => {
    const order = ordered();
    await lease.at(DAY, (context) => openAttempt(context, deps, order));
    await wasSent(order.attemptId, hoursAgo, over);
    return order;
  };
  /** MTN carries it out after all, and its callback is lost. */
  const getsThrough = async ({ attemptId: refundId }: { attemptId: string }) => {
    await mtn.refund({ ...common, refundId, attemptId: refundOf, receipt: null, charged: sum });
    const status = () => mtn.refundStatus({ ...asked, attemptId: refundId, charged: sum });
    await expect.poll(async () => (await status()).state, { timeout: 20_000 }).toBe('succeeded');
  };
  const due = () => lease.at(DAY, (context) => refundsDue(context, deps, { leaseId: lease.id }));
  const refunds = () => database.db.$count(attempts, eq(attempts.refundOf, refundOf));
  return { lease, isLost, wasSent, getsThrough, collects, due, refunds };
}

const failed = { status: 'failed', reason: 'not_sent' } as const;

describe('a refund that the provider did not know of while it was asked', () => {
  it('is in doubt for a day, and what was carried out late is what became of the next one', async () => {
    const { lease, isLost, wasSent, getsThrough, collects, due, refunds } = await withdrawn();
    const first = await isLost(1);
    const { attemptId } = first;
    expect(await collects(first, 31)).toEqual({ status: 'unknown', attemptId });
    await lease.at(DAY, (context) => giveUpAttempt(context, deps, { leaseId: lease.id, attemptId }));
    expect(await askOutcome(deps, { attemptId, polling }), 'it may be on its way').toBeNull();
    expect(await due()).toEqual([]);

    await wasSent(attemptId, 25);
    expect(await askOutcome(deps, { attemptId, polling })).toMatchObject(failed);
    expect(await due()).toHaveLength(1);
    await getsThrough(first);
    expect(await collects()).toMatchObject({ status: 'succeeded', attemptId });
    expect([await refunds(), (await lease.row()).credit, await due()]).toEqual([1, 0, []]);
  });

  it('and that counts as failed all the same is in doubt again, before another is sent', async () => {
    const { isLost, collects, due, refunds } = await withdrawn();
    const { attemptId } = await isLost(1, failed);
    expect(await collects()).toEqual({ status: 'unknown', attemptId });
    expect(await findAttempt(database.db, attemptId)).toMatchObject({ status: 'unknown', reason: 'not_confirmed' });
    expect([await refunds(), await due()]).toEqual([1, []]);
  });

  it('is not paid out in cash beside it', async () => {
    const giver: Actor = { role: 'agent', id: randomUUID() };
    const rich = await bookLease(database, deps.config);
    await rich.paysCash(DAY, 20_000, giver.id);
    const { lease, isLost, getsThrough } = await withdrawn();
    const { id: leaseId } = lease;
    const first = await isLost(30, failed);
    await lease.at(DAY, (context) =>
      openCase(context, { kind: 'refund_failed', leaseId, paymentId: null, detail: { credit: sum } }),
    );
    await getsThrough(first);
    const given = { amount: sum, receiptNumber: 'BACK-1', key: randomUUID() };
    await expect(giveCreditBack(deps, giver, leaseId, given)).rejects.toMatchObject({ code: 'unprocessable' });
    expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
    // It was told to the lease, for which no worker runs here.
    await deps.temporal.workflow.getHandle(leaseWorkflowId(leaseId)).terminate();
  });

  it('holds nothing up where a person has decided that it failed, and the provider knows nothing of it', async () => {
    const { isLost, collects, refunds } = await withdrawn();
    await isLost(1, { status: 'failed', reason: 'not_confirmed' });
    await collects().catch(() => null);
    expect(await refunds()).toBe(2);
  });
});
