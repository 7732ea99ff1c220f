import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { floatOf } from '#db/queries/remittances';
import { attempts, cases, outbox } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { LATER, madeOverBooks, type Lease } from '#test/made-over';
import { returnVehicle } from '../../leases/return-vehicle.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { returnCredit } from '../refunds/return-credit.ts';
import { takeClaimCash, undoClaimCash } from './claim-cash.ts';

/** What whoever had a lease before pays an agent of what was taken back of him since. */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

const config = testConfig({});
const admin = { role: 'admin', id: randomUUID() } as const;

/** 50,000 are claimed of who had the lease before, which an agent takes. */
async function claimed(of?: { readonly lease: Lease; readonly payment: string }) {
  const agent = { role: 'agent', id: randomUUID() } as const;
  const { lease, payment } = of ?? (await books.charged());
  await books.reverse(lease, payment, of === undefined ? {} : { to: 'provider' });
  const isIts = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'former_chargeback'));
  const all = () => books.database.db.select().from(cases).where(isIts).orderBy(cases.openedAt, cases.id);
  const [{ id: caseId } = { id: '' }] = await all();
  const { currency } = await lease.row();
  const pays = (amount: number, receiptNumber: string, more: { caseId?: string; paymentId?: string } = {}) =>
    lease.at(LATER, (context) =>
      takeClaimCash({ ...context, actor: agent }, config, {
        leaseId: lease.id,
        paymentId: randomUUID(),
        caseId,
        amount: { amount, currency },
        receiptNumber,
        ...more,
      }),
    );
  const undoes = (transferId: string, actor: Actor = admin) =>
    lease.at(LATER, (context) =>
      undoClaimCash({ ...context, actor }, { leaseId: lease.id, transferId, reason: 'it was of somebody else' }),
    );
  const held = () => floatOf(books.database.db, agent.id, 'UGX');
  const statuses = async () => (await all()).map(({ status }) => status);
  return { agent, lease, payment, pays, undoes, held, statuses };
}

it('pays his claim in parts, with an agent’s float, and nothing of the lease, whose case closes with the last', async () => {
  const { lease, pays, held, statuses } = await claimed();
  const [owed, , open] = await books.owes(lease);
  const ofLease = () => books.database.db.select().from(attempts).where(eq(attempts.leaseId, lease.id));
  const payments = await ofLease();
  expect(await pays(20_000, 'R-1')).toMatchObject({ amount: 20_000, left: 30_000 });
  expect(await books.owes(lease)).toEqual([owed, 30_000, open]);
  // The same receipt again is the same cash.
  expect(await pays(20_000, 'R-1')).toMatchObject({ amount: 20_000, left: 30_000 });
  await expect(pays(30_001, 'R-2')).rejects.toMatchObject({
    code: 'unprocessable',
    errors: [{ path: 'amount.amount', message: 'must be at most 30000, what is left of the claim' }],
  });
  expect(await pays(30_000, 'R-2')).toMatchObject({ left: 0 });
  expect([await held(), await books.owes(lease), await statuses()]).toEqual([50_000, [owed, 0, []], ['closed']]);
  expect(await ofLease()).toEqual(payments);
  const isTold = and(eq(outbox.leaseId, lease.id), eq(outbox.type, 'lease.account_changed'));
  const told = await books.database.db.select().from(outbox).where(isTold).orderBy(outbox.number);
  const { customerId } = lease;
  expect(told.map(({ data }) => data).slice(-2)).toMatchObject([
    { customerId, change: 'cash_received', amount: { amount: 20_000 }, left: { amount: 30_000 }, receiptNumber: 'R-1' },
    { customerId, change: 'cash_received', amount: { amount: 30_000 }, left: { amount: 0 }, receiptNumber: 'R-2' },
  ]);
});

it('is taken by a receipt that is good once, for this or for cash of the lease', async () => {
  const { agent, lease, pays } = await claimed();
  const takes = (receiptNumber: string) =>
    lease.at(LATER, (context) => {
      const cash = { kind: 'cash', agentId: agent.id, paymentId: randomUUID(), amount: 1_000, receiptNumber } as const;
      return receiveMoney({ ...context, actor: agent }, config, { leaseId: lease.id, money: cash });
    });
  await pays(1_000, 'R-1');
  await expect(takes('r1')).rejects.toMatchObject({ code: 'receipt_conflict' });
  await takes('R-2');
  await expect(pays(1_000, 'R-2')).rejects.toMatchObject({ code: 'receipt_conflict' });
  await expect(pays(2_000, 'R-1')).rejects.toMatchObject({ code: 'receipt_conflict' });
  const deps = { mobileMoney: createMobileMoney(config) };
  const paysOut = lease.at(LATER, (context) =>
    returnCredit({ ...context, actor: agent }, deps, {
      leaseId: lease.id,
      paymentId: randomUUID(),
      amount: 1_000,
      receiptNumber: 'R-1',
    }),
  );
  await expect(paysOut).rejects.toMatchObject({ code: 'receipt_conflict' });
  await expect(pays(1_000, 'R-3', { caseId: randomUUID() })).rejects.toMatchObject({ code: 'unprocessable' });
});

it('is taken out again by another than who took it, and before what he owed is the lease’s money again', async () => {
  const { agent, lease, payment, pays, undoes, held, statuses } = await claimed();
  const { id } = await pays(50_000, 'R-1');
  await expect(books.again(lease, payment)).rejects.toMatchObject({ code: 'invalid_state' });
  await expect(undoes(id, { ...agent, role: 'admin' })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(undoes(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  for (let times = 0; times < 2; times += 1) expect(await undoes(id)).toMatchObject({ amount: 50_000, left: 50_000 });
  expect([await held(), (await books.owes(lease))[1], await statuses()]).toEqual([0, 50_000, ['closed', 'open']]);
  await books.again(lease, payment);
  expect([(await books.owes(lease))[1], await statuses()]).toEqual([0, ['closed', 'closed']]);
  await expect(pays(1_000, 'R-2')).rejects.toMatchObject({ code: 'unprocessable' });
});

it('an undone receipt is good again, for this or for cash of a lease, and then once', async () => {
  const { agent, lease, pays, undoes, held, statuses } = await claimed();
  const takes = (receiptNumber: string) =>
    lease.at(LATER, (context) => {
      const cash = { kind: 'cash', agentId: agent.id, paymentId: randomUUID(), amount: 1_000, receiptNumber } as const;
      return receiveMoney({ ...context, actor: agent }, config, { leaseId: lease.id, money: cash });
    });
  const ofFirst = randomUUID();
  const first = await pays(5_000, 'R-1', { paymentId: ofFirst });
  await undoes(first.id);
  // The request whose cash was undone, said again after a lost answer, books nothing anew.
  expect(await pays(5_000, 'R-1', { paymentId: ofFirst })).toMatchObject({ id: first.id, left: 50_000 });
  const second = await pays(50_000, 'R-1');
  expect([second.id === first.id, second.left, await held()]).toEqual([false, 0, 50_000]);
  expect(await pays(50_000, 'r 1')).toMatchObject({ id: second.id });
  await expect(takes('R1')).rejects.toMatchObject({ code: 'receipt_conflict' });
  for (let times = 0; times < 2; times += 1) expect(await undoes(first.id)).toMatchObject({ id: first.id, left: 0 });
  expect([await held(), await statuses()]).toEqual([50_000, ['closed']]);
  await undoes(second.id);
  await takes('R-1');
  await expect(pays(1_000, 'R-1')).rejects.toMatchObject({ code: 'receipt_conflict' });
  expect(await held()).toBe(1_000);
});

it('cents that nobody can pay are forgiven with the last whole shilling, and owed again with it', async () => {
  const { lease, payment, pays, undoes, statuses } = await claimed(await books.inCents(5_075));
  const rounded = async () => (await lease.balances()).get('rounding') ?? 0;
  expect([(await books.owes(lease))[1], await rounded()]).toEqual([5_075, 0]);
  await expect(pays(5_100, 'C-1')).rejects.toMatchObject({ errors: [{ message: expect.stringContaining('5000') }] });
  const { id } = await pays(2_000, 'C-1');
  expect(await pays(3_000, 'C-2')).toMatchObject({ left: 0 });
  expect([(await books.owes(lease))[1], await rounded(), await statuses()]).toEqual([0, 75, ['closed']]);
  expect(await undoes(id)).toMatchObject({ left: 2_075 });
  expect([(await books.owes(lease))[1], await rounded(), await statuses()]).toEqual([2_075, 0, ['closed', 'open']]);
  await pays(2_000, 'C-3');
  expect([(await books.owes(lease))[1], await rounded(), await statuses()]).toEqual([0, 75, ['closed', 'closed']]);
  // It waits in suspense after all: what was paid goes back to him first.
  const moved = books.reverse(lease, payment, { to: 'suspense' });
  await expect(moved).rejects.toMatchObject({ code: 'invalid_state', message: expect.stringContaining('50.00 KES') });
});

it('a claim of less than a shilling is owed by nobody, and goes with what it is of', async () => {
  const { lease, payment, statuses } = await claimed(await books.inCents(75));
  const rounded = async () => (await lease.balances()).get('rounding') ?? 0;
  expect([(await books.owes(lease))[1], await rounded(), await statuses()]).toEqual([0, 75, []]);
  await books.reverse(lease, payment, { to: 'suspense' });
  expect([(await books.owes(lease))[1], await rounded()]).toEqual([0, 0]);
});

it('what a claim that is paid made credit another agent pays out than who has taken it', async () => {
  const { agent, lease, pays } = await claimed();
  const other = { role: 'agent', id: randomUUID() } as const;
  await lease.at(LATER, (context) => returnVehicle(context, { leaseId: lease.id, reason: 'enough' }));
  expect((await lease.row()).credit).toBe(50_000);
  const deps = { mobileMoney: createMobileMoney(testConfig(unreachedMobileMoney)) };
  const paysOut = (actor: Actor & { id: string }, receiptNumber: string) =>
    lease.at(LATER, async (context) => {
      const out = { leaseId: lease.id, paymentId: randomUUID(), amount: 10_000, receiptNumber };
      await returnCredit({ ...context, actor }, deps, out);
    });
  const elsewhere = await books.begun();
  await elsewhere.paysCash(LATER, 20_000, other.id);
  await pays(20_000, 'P-1');
  // No money is there for all of it yet.
  await expect(paysOut(other, 'O-1')).rejects.toMatchObject({ code: 'forbidden' });
  await pays(30_000, 'P-2');
  await expect(paysOut(agent, 'O-2')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(paysOut({ ...agent, role: 'admin' }, 'O-3')).rejects.toMatchObject({ code: 'forbidden' });
  await paysOut(other, 'O-4');
  expect((await lease.row()).credit).toBe(40_000);
});

it('tells by its open case what is left, also after an undo, and closes that one with the last of it', async () => {
  const { lease, pays, undoes, statuses } = await claimed();
  const isIts = and(eq(cases.leaseId, lease.id), eq(cases.status, 'open'));
  const left = async () =>
    (await books.database.db.select().from(cases).where(isIts)).map(({ detail }) => detail['left']);
  const { id } = await pays(20_000, 'R-1');
  expect(await left()).toEqual([{ amount: 30_000, currency: 'UGX' }]);
  await pays(30_000, 'R-2');
  await undoes(id);
  expect(await left()).toEqual([{ amount: 20_000, currency: 'UGX' }]);
  await pays(20_000, 'R-3');
  expect(await statuses()).toEqual(['closed', 'closed']);
});

it('a slip of one claim is taken out also where another one of the lease was given up since', async () => {
  const { lease, payment } = await books.charged();
  const part = { amount: 20_000, reversalId: randomUUID() };
  await books.reverse(lease, payment, part);
  const agent = { role: 'agent', id: randomUUID() } as const;
  const isIts = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'former_chargeback'));
  const [{ id: caseId } = { id: '' }] = await books.database.db.select().from(cases).where(isIts);
  const cash = {
    leaseId: lease.id,
    paymentId: randomUUID(),
    caseId,
    amount: { amount: 20_000, currency: 'UGX' },
    receiptNumber: 'R-1',
  } as const;
  const { id: transferId } = await lease.at(LATER, (context) =>
    takeClaimCash({ ...context, actor: agent }, config, cash),
  );
  await books.reverse(lease, payment, { amount: 30_000, reversalId: randomUUID() });
  await books.giveUp(lease);
  const undone = lease.at(LATER, (context) =>
    undoClaimCash({ ...context, actor: admin }, { leaseId: lease.id, transferId, reason: 'a slip' }),
  );
  expect(await undone).toMatchObject({ left: 20_000 });
  expect((await books.owes(lease))[1]).toBe(20_000);
});

it('what is left of it may be given up, and what was paid stays paid then', async () => {
  const { lease, pays, undoes } = await claimed();
  const { id } = await pays(20_000, 'R-1');
  await books.giveUp(lease);
  expect((await books.owes(lease))[1]).toBe(0);
  await expect(undoes(id)).rejects.toMatchObject({ code: 'invalid_state' });
  await expect(pays(1_000, 'R-2')).rejects.toMatchObject({ code: 'unprocessable' });
});
