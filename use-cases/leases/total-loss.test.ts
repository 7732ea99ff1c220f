import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, leases, vehicles } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { money } from '#domain/money';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, agrees, config, day, deps, FEE, LINE, runningLease, type LateLease } from '#test/late-money';
import { decideInsurance } from '../payments/deciding/decide-insurance.ts';
import { receiveMoney } from '../payments/cash/receive-money.ts';
import { refundsDue } from '../payments/refunds/refunds.ts';
import { returnCredit } from '../payments/refunds/return-credit.ts';
import { tellUndecidedInsurance } from '../payments/deciding/tell-undecided-insurance.ts';
import { updateVehicle } from '../vehicles/update-vehicle.ts';
import { creditShares } from './credit-shares.ts';
import { lockLease } from './lease-record.ts';
import { returnVehicle } from './return-vehicle.ts';
import { quoteSettlement } from './settle-early.ts';
import { totalLoss } from './total-loss.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const lose = (lease: LateLease, number: number, amount?: number) =>
  lease.act(
    day(number),
    (context) =>
      totalLoss(context, {
        leaseId: lease.id,
        reason: 'burnt out',
        ...(amount === undefined ? {} : { insurance: { amount, reference: 'C 1' } }),
      }),
    admin,
  );

/** Three of ten lines are paid, two of them ahead, the markup of the plan is 25 percent: nine of ten lines are to come, and cost less by 162,000 each. */
async function lost(gap?: 'house') {
  const lease = await runningLease(database);
  await lease.cash(5, 3 * LINE);
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  if (row === undefined) throw new Error('the lease is gone');
  const plan = { ...row.plan, markupPercent: 25, ...(gap === undefined ? {} : { totalLossGap: gap }) };
  await database.db.update(leases).set({ plan }).where(eq(leases.id, lease.id));
  return { lease, vehicleId: row.vehicleId };
}
const OWED = 4_212_000;

it('is paid by an insurer first, and what is more goes back to the customer the way it came', async () => {
  const { lease, vehicleId } = await lost();
  const standing = await lose(lease, 6, OWED + 1_000_000);
  expect(standing).toMatchObject({ status: 'total_loss', outstanding: 0, feesDue: 0, credit: 1_000_000 });
  await agrees(database, lease, 6);
  expect(await lease.balance('insurance')).toBe(OWED + 1_000_000);
  const [vehicle] = await database.db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
  expect(vehicle?.status).toBe('retired');
  const { row } = await lease.act(day(6), ({ tx }) => lockLease(tx, lease.id));
  const { shares } = await lease.act(day(6), (context) => creditShares(context, row));
  expect(shares.reduce((sum, { left }) => sum + left, 0)).toBe(1_000_000);
  expect(await lease.timeline('lease.insurance_paid')).toMatchObject([
    { surplus: { amount: 1_000_000 }, gap: { amount: 0 }, reference: 'C 1' },
  ]);
});

it('leaves its gap to the customer, who pays it later as recovery', async () => {
  const { lease } = await lost();
  const before = await lease.balance('recovery');
  const standing = await lose(lease, 6, OWED - 500_000);
  expect(standing).toMatchObject({ status: 'total_loss', outstanding: 500_000, credit: 0 });
  await lease.cash(7, 500_000);
  expect(await lease.books(7)).toMatchObject({ status: 'total_loss', outstanding: 0, credit: 0 });
  expect(before - (await lease.balance('recovery'))).toBe(500_000);
});

it('leaves nothing to the customer where the house bears the gap by the plan', async () => {
  const { lease } = await lost('house');
  const given = await lease.balance('write_off');
  expect(await lose(lease, 6, OWED - 500_000)).toMatchObject({ status: 'total_loss', outstanding: 0, credit: 0 });
  await agrees(database, lease, 6);
  expect(await lease.balance('write_off')).toBe(given);
});

it('without an insurer is given up for what settling costs, and an insurer pays no more than the loss', async () => {
  const { lease } = await lost();
  await expect(lose(lease, 6, OWED + 3 * LINE + 20_001)).rejects.toMatchObject({
    code: 'unprocessable',
    errors: [{ path: 'insurance.amount.amount' }],
  });
  expect(await lose(lease, 6)).toMatchObject({ status: 'total_loss', outstanding: OWED });
});

it('gives back the deposit as well where the insurer pays for all of it', async () => {
  const { lease } = await lost();
  const all = 3 * LINE + 20_000;
  expect(await lose(lease, 6, OWED + all)).toMatchObject({ status: 'total_loss', outstanding: 0, credit: all });
  await agrees(database, lease, 6);
});

it('does not take a vehicle that is paid for, for a late fee', async () => {
  const lease = await runningLease(database);
  await lease.fees(12);
  await lease.cash(12, 10 * LINE, '2026-01-11');
  expect(await lease.books(12)).toMatchObject({ status: 'active', outstanding: 0, feesDue: FEE });
  await expect(lose(lease, 13)).rejects.toMatchObject({ code: 'invalid_state' });
  const returned = lease.act(
    day(13),
    (context) => returnVehicle(context, { leaseId: lease.id, reason: 'leaves' }),
    admin,
  );
  await expect(returned).rejects.toMatchObject({ code: 'invalid_state' });
});

it('waits for a settlement that is being paid by a good quote', async () => {
  const { lease } = await lost();
  const quote = await lease.act(day(6, 8), (context) => quoteSettlement(context, { leaseId: lease.id }));
  await lease.isAsked(6, { attemptId: randomUUID(), amount: quote.amount });
  await expect(lose(lease, 6)).rejects.toMatchObject({ code: 'invalid_state' });
});

const newAdmin = (): Actor => ({ role: 'admin', id: randomUUID() });

async function claimOf(lease: LateLease) {
  const isIts = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'insurance_to_confirm'));
  const [claim] = await database.db.select().from(cases).where(isIts);
  if (claim === undefined) throw new Error('there is no claim');
  return claim;
}

/** Another admin has seen what came: all of it, less, or 0, which is a refusal. */
async function decides(lease: LateLease, came?: number, actor = newAdmin()) {
  const { id: caseId } = await claimOf(lease);
  const amount = came === undefined || came === 0 ? {} : { amount: money(came, 'UGX') };
  const decision = came === 0 ? ('rejected' as const) : ('confirmed' as const);
  const said = { caseId, leaseId: lease.id, decision, ...amount, resolution: 'on the statement' };
  return lease.act(day(7), (context) => decideInsurance(context, said), actor);
}

describe('an insurer who pays less than was said', () => {
  const ALL = OWED + 3 * LINE + 20_000;
  it.each([
    ['customer', ALL, ALL - 100_000],
    ['customer', ALL, OWED],
    ['customer', ALL, OWED - 500_000],
    ['customer', OWED - 500_000, 1_000_000],
    ['customer', OWED + 1_000_000, 0],
    ['house', ALL, OWED - 500_000],
    ['house', OWED - 500_000, 1_000_000],
    ['house', OWED + 1_000_000, 0],
  ] as const)('leaves it as if that had been said at once: %s, %i, %i', async (gap, said, came) => {
    const by = gap === 'house' ? gap : undefined;
    const [{ lease }, { lease: honest }] = [await lost(by), await lost(by)];
    const insured = await lease.balance('insurance');
    await lose(lease, 6, said);
    await decides(lease, came);
    expect((await lease.balance('insurance')) - insured).toBe(came);
    await lose(honest, 6, came === 0 ? undefined : came);
    const [after, wanted] = [await lease.books(7), await honest.books(7)];
    expect([after.credit, after.outstanding]).toEqual([wanted.credit, wanted.outstanding]);
    for (const account of ['receivable', 'unapplied', 'disputed'])
      expect(await lease.balance(`lease:${lease.id}:${account}`)).toBe(
        await honest.balance(`lease:${honest.id}:${account}`),
      );
    await expect(decides(lease)).rejects.toMatchObject({ code: 'invalid_state' });
    if (gap === 'house') return;
    await lease.cash(8, after.outstanding + 1_000);
    expect(await lease.books(8)).toMatchObject({ outstanding: 0, credit: after.credit + 1_000 });
  });

  it('pays no more than was said, and holds back no credit that he has not made', async () => {
    const { lease } = await lost();
    await lose(lease, 6, OWED + 50_000);
    await expect(decides(lease, OWED + 50_001)).rejects.toMatchObject({ errors: [{ path: 'amount.amount' }] });
    await lease.cash(7, 70_000);
    const { row } = await lease.act(day(7), ({ tx }) => lockLease(tx, lease.id));
    const out = (amount: number) => {
      const given = { paymentId: uuidv7(), leaseId: lease.id, amount, receiptNumber: uuidv7() };
      return lease.act(day(7), (context) => returnCredit(context, deps, given), newAdmin());
    };
    expect(row.credit).toBe(120_000);
    await expect(out(70_001)).rejects.toMatchObject({ code: 'invalid_state' });
    // His own is not held: only that whoever pays it out has no cash.
    await expect(out(70_000)).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('is asked about when nobody has decided for a month, and the vehicle is not sold meanwhile', async () => {
    const { lease, vehicleId } = await lost();
    await lose(lease, 6, OWED);
    const found = () =>
      lease.act(
        day(8),
        (context) => updateVehicle(context, vehicleId, { status: 'available', reason: 'found' }),
        newAdmin(),
      );
    await expect(found()).rejects.toMatchObject({ code: 'invalid_state' });
    const isTold = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'insurance_overdue'), eq(cases.status, 'open'));
    for (const days of [29, 31, 31]) {
      const openedAt = new Date(Date.now() - days * 86_400_000);
      await database.db
        .update(cases)
        .set({ openedAt })
        .where(eq(cases.id, (await claimOf(lease)).id));
      await tellUndecidedInsurance(database.db, () => {});
      expect(await database.db.$count(cases, isTold)).toBe(days > 30 ? 1 : 0);
    }
    await decides(lease, 0);
    expect(await database.db.$count(cases, isTold)).toBe(0);
    expect(await found()).toMatchObject({ status: 'available' });
  });
});

describe('credit that the end of a lease has made', () => {
  const newAgent = (): Actor => ({ role: 'agent', id: randomUUID() });

  /** Pays credit out in cash that he has taken of somebody else. */
  async function paysOut(lease: LateLease, actor: Actor, amount: number) {
    const other = await runningLease(database);
    const paymentId = uuidv7();
    const money = { kind: 'cash', agentId: actor.id, paymentId, amount, receiptNumber: paymentId } as const;
    await other.act(day(6), (context) => receiveMoney(context, config, { leaseId: other.id, money }), actor);
    const given = { paymentId: uuidv7(), leaseId: lease.id, amount, receiptNumber: uuidv7() };
    return lease.act(day(6), (context) => returnCredit(context, deps, given), actor);
  }

  it('goes back when another admin has seen the insurer’s money, and not by whoever ended the lease', async () => {
    const { lease } = await lost();
    await lose(lease, 6, OWED + 3 * LINE);
    expect(await claimOf(lease)).toMatchObject({
      status: 'open',
      detail: { reference: 'C 1', amount: { amount: OWED + 3 * LINE } },
    });
    const [other, helper] = [newAdmin(), newAgent()];
    await expect(paysOut(lease, other, 1_000)).rejects.toMatchObject({ code: 'invalid_state' });
    const due = () => lease.act(day(6), (context) => refundsDue(context, deps, { leaseId: lease.id }));
    expect(await due()).toEqual([]);

    for (const one of [admin, helper])
      await expect(decides(lease, undefined, one)).rejects.toMatchObject({ code: 'forbidden' });
    await decides(lease, undefined, other);
    await expect(paysOut(lease, admin, 1_000)).rejects.toMatchObject({ code: 'forbidden' });
    await paysOut(lease, helper, 500_000);
    await expect(paysOut(lease, newAgent(), 1_000)).rejects.toMatchObject({ code: 'forbidden' });
    await paysOut(lease, other, 3 * LINE - 500_000);
    expect(await lease.books(6)).toMatchObject({ credit: 0 });
  });

  it('of a vehicle that an agent took back is paid out by somebody else', async () => {
    const lease = await runningLease(database);
    await lease.cash(5, 3 * LINE);
    const taker = newAgent();
    await lease.act(day(6), (context) => returnVehicle(context, { leaseId: lease.id, reason: 'leaves' }), taker);
    await expect(paysOut(lease, taker, 1_000)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(paysOut(lease, newAgent(), 500_001)).rejects.toMatchObject({ code: 'forbidden' });
    await paysOut(lease, newAgent(), 500_000);
  });
});
