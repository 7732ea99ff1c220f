import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, leases } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { admin, noonOf, paidOn, stateBooks, today, tomorrow, type Lease } from '#test/stated-books';
import { lockLease, positionAt } from '../../leases/lease-record.ts';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { openCase } from '../../cases/open-case.ts';
import { ownHand, returnCredit } from '../refunds/return-credit.ts';
import { movePayment, movePaymentTo } from './move-payment.ts';
import { reversePayment } from './reverse-payment.ts';

/** What a customer paid from his phone for the wrong one of his two leases. */
let books: Awaited<ReturnType<typeof stateBooks>>;
beforeAll(async () => {
  books = await stateBooks();
});
afterAll(() => books.close());

async function ofOne() {
  const [wrong, right] = [await books.running(), await books.running()];
  const { customerId } = wrong;
  await books.database.db.update(leases).set({ customerId }).where(eq(leases.id, right.id));
  return { wrong, right };
}
const at = noonOf(today).toISOString();
const moves = (from: Lease, to: Lease, attemptId: string, actor: Actor = admin) =>
  from.at(at, (context) =>
    movePayment({ ...context, actor }, { attemptId, fromId: from.id, leaseId: to.id, reason: 'the other motorcycle' }),
  );
const stands = (lease: Lease) =>
  lease.at(at, async ({ tx, at: now }) => {
    const record = await lockLease(tx, lease.id);
    const { paid, outstanding, feesDue } = positionAt(record, now);
    const balances = await lease.balances();
    // The books of a lease agree with its row.
    expect(balances.get('receivable') ?? 0).toBe(outstanding + feesDue);
    expect(0 - (balances.get('unapplied') ?? 0)).toBe(record.row.credit);
    expect(balances.get('disputed') ?? 0).toBe(record.row.disputed);
    return { paid, credit: record.row.credit, disputed: record.row.disputed };
  });
const paymentOf = async (id: string) => (await books.database.db.select().from(attempts).where(eq(attempts.id, id)))[0];
const takenBack = (lease: Lease, attemptId: string) =>
  lease.at(at, (context) =>
    reversePayment({ ...context, actor: admin }, { leaseId: lease.id, attemptId, reason: 'charge-back' }),
  );

describe('a payment for the wrong lease', () => {
  it('is the other’s, as of the day on which it was paid, once, and back again', async () => {
    const { wrong, right } = await ofOne();
    const { charge } = await books.charged(wrong, 10_000);
    for (const _ of [1, 2]) await moves(wrong, right, charge);
    expect(await stands(wrong)).toMatchObject({ paid: 20_000 });
    expect(await stands(right)).toMatchObject({ paid: 30_000 });
    expect(await paymentOf(charge)).toMatchObject({ leaseId: right.id, status: 'succeeded', valueOn: paidOn });
    for (const _ of [1, 2]) await moves(right, wrong, charge);
    await expect(moves(right, await books.running(), charge)).rejects.toMatchObject({ code: 'conflict' });
    expect(await stands(right)).toMatchObject({ paid: 20_000 });
    expect(await stands(wrong)).toMatchObject({ paid: 30_000 });
    await moves(wrong, right, charge);
    expect(await stands(right)).toMatchObject({ paid: 30_000 });
    const suspense = await Promise.all([wrong, right].map(async (one) => (await one.balances()).get('suspense:mtn')));
    expect(suspense.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(0);
  });

  it('takes what its provider takes back with it, and statements agree', async () => {
    const { wrong, right } = await ofOne();
    const { charge, line, back } = await books.charged(wrong, 10_000);
    await moves(wrong, right, charge);
    const account = wrong.reference;
    books.states([{ ...line, account }]);
    expect(await books.reconcile(paidOn, wrong)).toEqual([]);
    expect(await books.reconcile(paidOn, right)).toEqual([]);
    books.states([{ ...line, account }, back('B', 3_000, today), back('C', 7_000, tomorrow)]);
    expect(await books.reconcile(today, right)).toEqual([['missing_here', 3_000]]);
    await books.takes(right, charge, 3_000, noonOf(today).toISOString());
    expect(await stands(right)).toMatchObject({ paid: 27_000 });
    await takenBack(right, charge);
    expect(await stands(right)).toMatchObject({ paid: 20_000, disputed: 0 });
    expect(await stands(wrong)).toMatchObject({ paid: 20_000, disputed: 0 });
    expect(await books.reconcile(today, right)).toEqual([]);
    expect(await books.reconcile(tomorrow, right)).toEqual([]);
    const [there] = [await right.balances()];
    expect(there.get('clearing:mtn')).toBe(20_000 - 10_000);
  });

  it('gives back what the other does not owe by the charge, once', async () => {
    const { wrong, right } = await ofOne();
    const { charge } = await books.charged(wrong, 110_000);
    expect(await stands(wrong)).toMatchObject({ credit: 10_000 });
    await moves(wrong, right, charge);
    expect(await stands(wrong)).toMatchObject({ paid: 20_000, credit: 0, disputed: 0 });
    expect(await right.row()).toMatchObject({ status: 'completed', credit: 10_000 });
    expect(await books.due(right)).toMatchObject([{ refundOf: charge, amount: 10_000 }]);
    expect(await books.due(wrong)).toEqual([]);
    const share = { payment: await paymentOf(charge), left: 10_000, isPayerKnown: true };
    const byHim = await right.at(at, (context) =>
      ownHand({ ...context, actor: admin }, share.payment === undefined ? [] : [{ ...share, payment: share.payment }]),
    );
    expect([...byHim], 'who moved it carries nothing of it out').toContain(charge);
    await expect(moves(right, wrong, charge)).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

describe('is not moved', () => {
  it('to somebody else’s lease, or to none', async () => {
    const wrong = await books.running();
    const { charge } = await books.charged(wrong, 10_000);
    await expect(moves(wrong, await books.running(), charge)).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ path: 'leaseId' }],
    });
    expect(await stands(wrong)).toMatchObject({ paid: 30_000 });
  });

  it('what is taken back, in part or whole, paid by himself, or in cash', async () => {
    const { wrong, right } = await ofOne();
    const { charge } = await books.charged(wrong, 10_000);
    await books.takes(wrong, charge, 3_000, at);
    await expect(moves(wrong, right, charge)).rejects.toMatchObject({ code: 'invalid_state' });
    await takenBack(wrong, charge);
    await expect(moves(wrong, right, charge)).rejects.toMatchObject({ code: 'invalid_state' });
    const { id } = await books.paid(wrong);
    await expect(moves(wrong, right, id)).rejects.toMatchObject({ code: 'invalid_state' });
    const cash = await wrong.paysCash(at, 5_000, randomUUID());
    await expect(moves(wrong, right, cash)).rejects.toMatchObject({ code: 'invalid_state' });
  });

  it('what was paid while somebody else had one of them', async () => {
    const { wrong, right } = await ofOne();
    const { charge } = await books.charged(wrong, 10_000);
    const transferredAt = noonOf(addDays(today, 0));
    await books.database.db.update(leases).set({ transferredAt }).where(eq(leases.id, right.id));
    await expect(moves(wrong, right, charge)).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

it('what was given back of it in cash, or what a case holds, is not moved', async () => {
  const { wrong, right } = await ofOne();
  const agent: Actor = { role: 'agent', id: randomUUID() };
  await (await books.running()).paysCash(at, 20_000, agent.id);
  const { charge } = await books.charged(wrong, 110_000);
  const opensCase = (kind: 'refund_failed' | 'receipt_taken', paymentId: string | null) =>
    wrong.at(at, (context) => openCase(context, { kind, leaseId: wrong.id, paymentId, detail: {} }));
  await opensCase('receipt_taken', charge);
  await expect(moves(wrong, right, charge)).rejects.toMatchObject({ code: 'invalid_state' });
  await books.database.db.update(cases).set({ status: 'closed' }).where(eq(cases.paymentId, charge));
  await opensCase('refund_failed', null);
  const paidOut = { paymentId: randomUUID(), leaseId: wrong.id, amount: 10_000, receiptNumber: 'R1' };
  await wrong.at(at, (context) => returnCredit({ ...context, actor: agent }, books.deps, paidOut));
  await expect(moves(wrong, right, charge)).rejects.toMatchObject({ code: 'invalid_state' });
});

it('who asks again, since no lease could be told, has both leases told', async () => {
  const { wrong, right } = await ofOne();
  const { charge } = await books.charged(wrong, 10_000);
  const told: string[] = [];
  let isAway = true;
  const { connection } = books.deps.temporal;
  const temporal = new Client({
    connection,
    interceptors: {
      workflow: [
        {
          signal(input, next) {
            if (isAway) throw new Error('it is away');
            told.push(input.workflowExecution.workflowId);
            return next(input);
          },
        },
      ],
    },
  });
  const asks = async () => {
    const fromId = (await paymentOf(charge))?.leaseId ?? '';
    const move = { attemptId: charge, fromId, leaseId: right.id, reason: 'the other motorcycle' };
    await movePaymentTo({ ...books.deps, temporal }, admin, move);
  };
  await expect(asks()).rejects.toThrow('it is away');
  isAway = false;
  await asks();
  expect(new Set(told)).toEqual(new Set([wrong, right].map(({ id }) => leaseWorkflowId(id))));
});
