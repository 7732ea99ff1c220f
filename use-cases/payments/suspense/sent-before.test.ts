import { randomUUID } from 'node:crypto';
import { desc, eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { attempts, giveBacks } from '#db/schema/index';
import { money } from '#domain/money';
import { admin, DAY_2, DAY_3, key, other, startSuspenseWorld } from '#test/suspense-world';
import { collect } from '../charging/collect.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { postPayment } from '../post-payment.ts';
import { refundsDue } from '../refunds/refunds.ts';
import { orderGiveBack } from './give-back/order-give-back.ts';
import { sendGiveBack } from './give-back/send-give-back.ts';
import { resolveSuspense } from './resolve-suspense.ts';

/** What was sent of money that a customer paid by himself, and was not seen, while a lease had it or while it waited in suspense. */
const { database, deps, sent, through, silence, close, ...world } = await startSuspenseWorld();
afterAll(close);
const { db } = database;

const SUM = 15_000;

/** A lease that is over has got a pay-bill by mistake, and a refund of it that MTN did not know of; the money waits again. */
async function backAgain(hours = 30) {
  const lease = await world.over();
  const inboundId = await world.waiting(SUM);
  const paymentId = await world.gives(inboundId, lease.id);
  const refundId = await world.refundUnseen(lease, hours);
  await lease.reverses(paymentId, { to: 'suspense' });
  expect(await world.itemOf(inboundId)).toMatchObject({ status: 'suspense', amount: SUM });
  return { lease, inboundId, refundId };
}
const conflict = (error: unknown) => expect(error).toMatchObject({ code: 'conflict' });

it('what a refund of the lease had sent late is not sent back once more out of suspense', async () => {
  const { inboundId, refundId } = await backAgain();
  through.set(refundId, SUM);
  sent.length = 0;
  await orderGiveBack(deps, other, { inboundId, reason: 'nobody’s' }, key()).catch(conflict);
  const rows = await db.select({ id: giveBacks.id }).from(giveBacks).where(eq(giveBacks.inboundId, inboundId));
  for (const { id } of rows) await sendGiveBack(deps, { giveBackId: id });
  expect(sent).toEqual([]);
  expect(rows).toEqual([{ id: refundId }]);
  expect(await world.itemOf(inboundId)).toMatchObject({ status: 'returned', amount: SUM });
});

it('what a refund of the lease had sent late is given to no other lease', async () => {
  const { inboundId, refundId } = await backAgain();
  through.set(refundId, SUM);
  const right = await world.running();
  const before = await world.balance('suspense:mtn');
  await resolveSuspense(deps, other, { inboundId, leaseId: right.id }, key()).catch(conflict);
  expect((await right.row()).credit + (await right.row()).depositPaid).toBe(20_000);
  expect((await world.itemOf(inboundId)).status).toBe('returned');
  expect((await world.balance('suspense:mtn')) - before).toBe(SUM);
});

it('what may have got there is in doubt, and waits for nobody meanwhile', async () => {
  const { inboundId, refundId } = await backAgain(2);
  await resolveSuspense(deps, other, { inboundId, leaseId: (await world.running()).id }, key()).catch(conflict);
  expect((await world.itemOf(inboundId)).status).toBe('returning');
  const [row] = await db.select().from(giveBacks).where(eq(giveBacks.inboundId, inboundId));
  expect(row).toMatchObject({ id: refundId, status: 'pending', amount: SUM });
  await deps.temporal.workflow.getHandle(`give-back-${refundId}`).terminate();
});

it('where the late success is told, the lease that had the money by mistake owes nothing of it', async () => {
  const { lease, inboundId, refundId: attemptId } = await backAgain();
  const final = { state: 'succeeded', receipt: attemptId, amount: money(SUM, 'UGX') } as const;
  await lease.at(DAY_3, (context) => recordOutcome(context, attemptId, final));
  await lease.at(DAY_3, (context) => postPayment(context, { leaseId: lease.id, attemptId }));
  expect((await lease.row()).disputed).toBe(0);
  expect((await world.itemOf(inboundId)).status).toBe('returned');
});

it('what had failed before the money was reversed to its provider by a slip is known when it waits after all', async () => {
  const lease = await world.over();
  const inboundId = await world.waiting(SUM);
  const paymentId = await world.gives(inboundId, lease.id);
  const refundId = await world.refundUnseen(lease, 30);
  await lease.reverses(paymentId, { to: 'provider' });
  await lease.reverses(paymentId, { to: 'suspense' });
  through.set(refundId, SUM);
  await orderGiveBack(deps, other, { inboundId, reason: 'nobody’s' }, key()).catch(conflict);
  expect((await world.itemOf(inboundId)).status).toBe('returned');
});

/** A give-back that an admin took for failed; the money is given to a lease that is over, and is credit there. */
async function givenAfter() {
  const lease = await world.over();
  const inboundId = await world.waiting(SUM);
  const giveBackId = await world.givenBackUnseen(inboundId, SUM, 30, 'not_confirmed');
  const paymentId = await world.gives(inboundId, lease.id);
  const refund = async () => {
    const [order] = await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
    if (order === undefined) return null;
    const wish = { leaseId: lease.id, kind: 'refund', ...order, at: DAY_2, known: [] } as const;
    return collect(deps, { attempt: 1 }, { ...wish, attemptId: randomUUID() });
  };
  return { lease, inboundId, giveBackId, paymentId, refund };
}

it('a give-back that got there after the money was given to a lease is not sent once more by the lease', async () => {
  const { lease, giveBackId, paymentId, refund } = await givenAfter();
  through.set(giveBackId, SUM);
  sent.length = 0;
  expect(await refund()).toMatchObject({ status: 'succeeded', attemptId: giveBackId });
  expect(sent).toEqual([]);
  expect(await refund()).toBeNull();
  expect(await lease.row()).toMatchObject({ credit: 0, disputed: 0 });
  const [row] = await db.select().from(attempts).where(eq(attempts.id, giveBackId));
  expect(row).toMatchObject({ leaseId: lease.id, refundOf: paymentId, status: 'succeeded', amount: SUM });
});

it('and it goes along when the money waits again, and to the next lease', async () => {
  const { lease, inboundId, giveBackId, paymentId } = await givenAfter();
  await lease.reverses(paymentId, { to: 'suspense' });
  const next = await world.over();
  await world.gives(inboundId, next.id);
  const [row] = await db.select().from(attempts).where(eq(attempts.id, giveBackId)).orderBy(desc(attempts.createdAt));
  expect(row).toMatchObject({ leaseId: next.id, status: 'failed', reason: 'not_confirmed' });
  const final = { state: 'succeeded', receipt: 'LATE', amount: money(SUM, 'UGX') } as const;
  await next.at(DAY_3, (context) => recordOutcome(context, giveBackId, final));
  await next.at(DAY_3, (context) => postPayment(context, { leaseId: next.id, attemptId: giveBackId }));
  expect([await lease.row(), await next.row()]).toMatchObject([
    { credit: 0, disputed: 0 },
    { credit: 0, disputed: 0 },
  ]);
  // What has left that lease is a give-back again, where the money turns out to be nobody's.
  const { paymentId: last } = await world.itemOf(inboundId);
  await expect(next.reverses(last ?? '', { to: 'suspense' })).rejects.toMatchObject({ code: 'invalid_state' });
});

it('a provider that does not answer keeps what was not seen in doubt, in whichever hands the money is', async () => {
  const { inboundId, refundId } = await backAgain();
  silence(true);
  try {
    await resolveSuspense(deps, admin, { inboundId, leaseId: (await world.running()).id }, key()).catch(conflict);
  } finally {
    silence(false);
  }
  expect((await world.itemOf(inboundId)).status).toBe('returning');
  await deps.temporal.workflow.getHandle(`give-back-${refundId}`).terminate();
});
