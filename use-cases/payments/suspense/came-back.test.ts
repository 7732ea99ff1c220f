import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { attempts } from '#db/schema/index';
import { money } from '#domain/money';
import { noonOf, stateBooks, today } from '#test/stated-books';
import { admin, DAY_2, DAY_3, key, other, startSuspenseWorld } from '#test/suspense-world';
import { openAttempt } from '../charging/open-attempt.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import { postPayment } from '../post-payment.ts';
import { refundsDue } from '../refunds/refunds.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { resolveSuspense } from './resolve-suspense.ts';

/** A refund that got there and that its provider sent back is settled: nothing of its money is taken for gone. */
const { deps, through, close, ...world } = await startSuspenseWorld();
const books = await stateBooks();
afterAll(() => Promise.all([close(), books.close()]));

const SUM = 15_000;
const newReceipt = () => randomUUID().slice(0, 8).toUpperCase();

/** What was sent first as a give-back, or as a refund of the lease, got there late, is booked there, and came back. */
async function cameBack(first: 'give-back' | 'refund') {
  const lease = await world.over();
  const inboundId = await world.waiting(SUM);
  const early = first === 'give-back' ? await world.givenBackUnseen(inboundId, SUM, 30) : null;
  const paymentId = await world.gives(inboundId, lease.id);
  const id = early ?? (await world.refundUnseen(lease, 30));
  through.set(id, SUM);
  const final = { state: 'succeeded', receipt: newReceipt(), amount: money(SUM, 'UGX') } as const;
  await lease.at(DAY_2, (context) => recordOutcome(context, id, final));
  await lease.at(DAY_2, (context) => postPayment(context, { leaseId: lease.id, attemptId: id }));
  expect((await lease.row()).credit).toBe(0);
  const said = { leaseId: lease.id, attemptId: id, reason: 'dormant', receipt: newReceipt() };
  await lease.at(DAY_3, (context) => reversePayment({ ...context, actor: admin }, said));
  expect((await lease.row()).credit).toBe(SUM);
  return { lease, inboundId, paymentId, id, final };
}

it.each(['give-back', 'refund'] as const)(
  'what was a %s first and came back is there for the next lease',
  async (first) => {
    const { lease, inboundId, paymentId } = await cameBack(first);
    await lease.reverses(paymentId, { to: 'suspense' });
    const right = await world.running();
    await resolveSuspense(deps, other, { inboundId, leaseId: right.id }, key());
    expect(await world.itemOf(inboundId)).toMatchObject({ status: 'posted', amount: SUM, leaseId: right.id });
  },
);

it('a late word of its provider about a refund that came back changes nothing', async () => {
  const { lease, id, final } = await cameBack('refund');
  const failed = { state: 'failed', reason: 'provider_error', detail: 'reversed' } as const;
  for (const said of [final, failed])
    expect(await lease.at(DAY_3, (context) => recordOutcome(context, id, said))).toMatchObject({ status: 'succeeded' });
  expect((await lease.row()).credit).toBe(SUM);
});

it.each([
  ['all of it', 100_000, 10_000],
  ['a part of it', 95_000, 5_000],
])(
  'a pay-bill of which a refund came back (%s) is the next lease’s, whatever the statement says of that',
  async (...of) => {
    const [, charged, amount] = of;
    const at = noonOf(today).toISOString();
    const lease = await books.running();
    await books.charged(lease, charged);
    const { id, line } = await books.paid(lease);
    await books.completes(lease);
    const { id: leaseId } = lease;
    const [order] = await lease.at(at, (context) => refundsDue(context, books.deps, { leaseId }));
    expect(order).toMatchObject({ refundOf: id, amount });
    const [attemptId, sent, came] = [randomUUID(), newReceipt(), newReceipt()];
    const refund = { leaseId, kind: 'refund', refundOf: id, amount, attemptId } as const;
    const ours = { mobileMoney: books.deps.mobileMoney, encryption: deps.encryption };
    await lease.at(at, (context) => openAttempt(context, ours, refund));
    await books.database.db.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
    const final = { state: 'succeeded', receipt: sent, amount: money(amount, 'UGX') } as const;
    await lease.at(at, (context) => recordOutcome(context, attemptId, final));
    await lease.at(at, (context) => postPayment(context, { leaseId, attemptId }));
    const says = (wish: { attemptId: string; receipt?: string; to?: 'suspense' }) =>
      lease.at(at, (context) => reversePayment({ ...context, actor: admin }, { leaseId, reason: 'so', ...wish }));
    await says({ attemptId, receipt: came });
    await says({ attemptId: id, to: 'suspense' });
    expect(await books.itemOf(id)).toMatchObject({ status: 'suspense', amount: 10_000 });
    books.states([
      line,
      { on: today, type: 'refund', receipt: sent, originalReceipt: line.receipt, amount },
      { on: today, type: 'payBill', receipt: came, amount },
    ]);
    await books.resolve(id);
    expect(await books.itemOf(id)).toMatchObject({ status: 'posted', amount: 10_000 });
  },
);
