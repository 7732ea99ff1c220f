import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, collateralSteps, leases, users } from '#db/schema/index';
import { titleWaits } from '#db/queries/said-gone';
import { localDate } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import { money } from '#domain/money';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { LINE, admin, agent, config, day, deps, on, runningLease } from '#test/late-money';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { closeCase } from '../../cases/close-case.ts';
import { completeStep } from '../../collateral/close-step.ts';
import { openSteps } from '../../collateral/open-steps.ts';
import { transact } from '../../context.ts';
import { advanceLease } from '../../leases/advance-lease.ts';
import { quoteSettlement } from '../../leases/settle-early.ts';
import { returnCredit } from '../refunds/return-credit.ts';
import { reversePayment } from '../reversal/reverse-payment.ts';
import { loseCash } from './lose-cash.ts';
import { declareRemittance, decideRemittance } from './remittances.ts';

/** Cash that ends a lease by one agent’s word alone. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const staff = { id: agent.id, name: 'Agent', market: 'UG', phoneHash: agent.id } as const;
  await database.db.insert(users).values({ ...staff, role: 'agent' });
});
afterAll(() => database.close());

const other: Actor = { role: 'agent', id: randomUUID() };
const SLIP = 10 * LINE;

/** A lease of which two lines are left, and what its agent books then. */
async function ended(amount: number) {
  const lease = await runningLease(database);
  await lease.pays(5, 8 * LINE);
  const paymentId = await lease.claims(61, amount);
  await lease.act(day(61), (context) => advanceLease(context, { leaseId: lease.id, to: 'completed' }));
  const isIts = and(eq(cases.paymentId, paymentId), eq(cases.kind, 'cash_to_confirm'));
  const found = async () => (await database.db.select().from(cases).where(isIts))[0];
  const close = async (actor: Actor) => {
    const { id = '' } = (await found()) ?? {};
    await transact(database.db, actor, day(62), (context) => closeCase(context, { id, resolution: 'it was counted' }));
  };
  /** What an agent does at the register. */
  const madeOver = () =>
    lease.act(
      day(63),
      async (context) => {
        const [row] = await context.tx.select().from(leases).where(eq(leases.id, lease.id));
        if (row === undefined) throw new Error('gone');
        await openSteps(context, row, { kinds: ['title'], cause: uuidv7() });
        const [step] = await context.tx.select().from(collateralSteps).where(eq(collateralSteps.leaseId, lease.id));
        return completeStep(context, { stepId: step?.id ?? '', on: localDate(on(63)), reference: 'T 1' });
      },
      admin,
    );
  return { lease, paymentId, found, close, madeOver };
}

describe('cash that ends a lease', () => {
  for (const [said, amount] of [
    ['as its last lines', 2 * LINE],
    ['and a little more', 3 * LINE],
  ] as const)
    it(`${said} is nobody’s case`, async () => {
      const { lease, found, madeOver } = await ended(amount);
      expect(await lease.books(61)).toMatchObject({ status: 'completed', outstanding: 0 });
      expect(await found()).toBeUndefined();
      expect(await madeOver()).toMatchObject({ status: 'done' });
    });

  it('with a zero too many counts at once; the title waits for somebody else than the agent', async () => {
    const { lease, paymentId, found, close, madeOver } = await ended(SLIP);
    expect(await lease.books(61)).toMatchObject({ status: 'completed', outstanding: 0, credit: SLIP - 2 * LINE });
    const detail = { agentId: agent.id, receiptNumber: paymentId, amount: money(SLIP, 'UGX') };
    expect(await found()).toMatchObject({ status: 'open', leaseId: lease.id, detail });
    await expect(madeOver()).rejects.toMatchObject({ code: 'invalid_state' });
    const payOut = () => {
      const out = { leaseId: lease.id, paymentId: randomUUID(), amount: LINE, receiptNumber: randomUUID() };
      return lease.act(day(62), (context) => returnCredit(context, deps, out), other);
    };
    await expect(payOut()).rejects.toMatchObject({ code: 'invalid_state' });
    await expect(close(agent)).rejects.toMatchObject({ code: 'same_person' });
    await close(other);
    expect(await madeOver()).toMatchObject({ status: 'done' });
    // The other one holds no cash that he could pay it out of.
    await expect(payOut()).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('early, by a quote, is looked at as well', async () => {
    const lease = await runningLease(database);
    const { amount } = await lease.act(day(8), (context) => quoteSettlement(context, { leaseId: lease.id }));
    await lease.claims(8, amount);
    expect(await lease.books(8)).toMatchObject({ status: 'settled_early' });
    expect(await titleWaits(database.db, lease.id)).toBe('cash_to_confirm');
  });

  it('and is taken back was never paid: the case closes, and the title waits for what is in dispute', async () => {
    const { lease, paymentId, found, madeOver } = await ended(SLIP);
    await lease.act(
      day(62),
      (context) => reversePayment(context, { leaseId: lease.id, attemptId: paymentId, reason: 'a zero too many' }),
      admin,
    );
    expect(await found()).toMatchObject({ status: 'closed', resolution: 'the payment was taken back' });
    await expect(madeOver()).rejects.toMatchObject({ code: 'invalid_state' });
    expect(await lease.balance(`lease:${lease.id}:disputed`)).toBe(2 * LINE);
    const isOpen = and(eq(cases.leaseId, lease.id), eq(cases.status, 'open'));
    expect(await database.db.select().from(cases).where(isOpen)).toMatchObject([{ kind: 'chargeback' }]);
  });

  it('is confirmed by the remittance after which nothing is left with the agent', async () => {
    const { lease, found } = await ended(SLIP);
    const handOver = async (amount: number) => {
      const id = uuidv7();
      const wish = { id, agentId: agent.id, amount: money(amount, 'UGX'), reference: null };
      await transact(database.db, agent, day(62), (context) => declareRemittance(context, wish));
      const decision = { agentId: agent.id, remittanceId: id, decision: 'confirmed' } as const;
      await transact(database.db, admin, day(62), (context) => decideRemittance(context, decision));
      return titleWaits(database.db, lease.id);
    };
    // What is there of a zero too many is a tenth.
    expect(await handOver(SLIP / 10)).toBe('cash_to_confirm');
    expect(await handOver(await lease.balance(`float:${agent.id}`))).toBeNull();
    expect(await found()).toMatchObject({ status: 'closed' });
  });

  it('is not confirmed by a remittance where the rest of it was booked as lost', async () => {
    const { lease, found } = await ended(SLIP);
    const amount = money((await lease.balance(`float:${agent.id}`)) - LINE, 'UGX');
    const lost = { lossId: randomUUID(), agentId: agent.id, amount, reason: 'short at the count' };
    await transact(database.db, admin, day(62), (context) => loseCash(context, lost));
    const wish = { id: uuidv7(), agentId: agent.id, amount: money(LINE, 'UGX'), reference: null };
    await transact(database.db, agent, day(62), (context) => declareRemittance(context, wish));
    const decision = { agentId: agent.id, remittanceId: wish.id, decision: 'confirmed' } as const;
    await transact(database.db, admin, day(62), (context) => decideRemittance(context, decision));
    expect(await lease.balance(`float:${agent.id}`)).toBe(0);
    expect(await found()).toMatchObject({ status: 'open' });
  });

  it('in two receipts of one agent on one day is looked at as in one', async () => {
    const lease = await runningLease(database);
    await lease.pays(5, 4 * LINE);
    await lease.claims(36, 3 * LINE);
    expect(await titleWaits(database.db, lease.id)).toBeNull();
    await lease.claims(36, 3 * LINE);
    expect(await titleWaits(database.db, lease.id)).toBe('cash_to_confirm');
  });

  it('as he has always paid is nobody’s case: each week the days of a daily plan', async () => {
    const plan = { ...weeklyPlan, frequency: 'daily', lateFee: null, instalments: 21 } as const;
    const lease = await bookLease(database, config, { plan });
    const { instalment } = await lease.row();
    await lease.pays('2026-01-05T07:00:00Z', 20_000);
    await lease.handOver('2026-01-05T07:00:00Z');
    for (const on of ['06', '13', '20']) await lease.paysCash(`2026-01-${on}T07:00:00Z`, 7 * instalment, agent.id);
    expect(await titleWaits(database.db, lease.id)).toBeNull();
  });
});
