import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cases, inbound, leases, methods, outbox, users } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { changeCustomer } from '../../leases/change-customer.ts';
import { chargeLateFees } from '../../leases/charge-late-fees.ts';
import { completeLease } from '../../leases/end-lease.ts';
import { lockLease, positionAt } from '../../leases/lease-record.ts';
import { pauseLease } from '../../leases/pause-lease.ts';
import { returnVehicle } from '../../leases/return-vehicle.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { returnCredit } from '../refunds/return-credit.ts';
import { takeFromSuspense } from '../suspense/take-from-suspense.ts';
import { bookAgain } from './book-again.ts';
import { giveUpDispute } from './give-up-dispute.ts';
import { reversePayment } from './reverse-payment.ts';

/** What whoever had a lease before loses of what he had paid: he owes it, and nobody who has the lease after him. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({});
const admin = { role: 'admin', id: randomUUID() } as const;
const HANDOVER = '2026-01-05T07:00:00Z';
const PAID = '2026-01-06T07:00:00Z';
const MADE_OVER = '2026-01-07T07:00:00Z';
const LATER = '2026-01-08T07:00:00Z';
/** The first lines, of 10,000, are due every Monday from the 12th on. */
const THIRD_WEEK = '2026-01-28T07:00:00Z';

/** Made over with a deposit of 20,000 and 50,000 of ten lines of 10,000 paid: 50,000 are signed for. */
async function madeOver() {
  const lease = await bookLease(database, config, { plan: weeklyPlan });
  const deposit = await lease.isCharged(HANDOVER, 20_000);
  await lease.handOver(HANDOVER);
  const payment = await lease.isCharged(PAID, 50_000);
  await toAnother(lease, MADE_OVER);
  return { lease, deposit, payment };
}
type Lease = Awaited<ReturnType<typeof bookLease>>;

async function toAnother(lease: Lease, on: string): Promise<string> {
  const [customerId, paymentMethodId] = [uuidv7(), uuidv7()];
  const person = { role: 'customer', name: 'Okello', market: 'UG', phoneHash: customerId } as const;
  await database.db.insert(users).values({ id: customerId, ...person });
  const account = { provider: 'mtn', phoneEncrypted: 'x', phoneHash: paymentMethodId, masked: '+256*' } as const;
  await database.db.insert(methods).values({ id: paymentMethodId, userId: customerId, ...account });
  const signed = { customerId, paymentMethodId, signedName: 'Okello', signedAt: new Date(on) };
  await lease.at(on, async (context) => changeCustomer(context, await lockLease(context.tx, lease.id), signed));
  return customerId;
}

const reverse = (lease: Lease, attemptId: string, more: { amount?: number; reversalId?: string } = {}, on = LATER) =>
  lease.at(on, (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'charge-back', ...more }));
const position = (lease: Lease, on = LATER) =>
  lease.at(on, async ({ tx, at }) => positionAt(await lockLease(tx, lease.id), at));
const openCases = async (lease: Lease) => {
  const isIts = and(eq(cases.leaseId, lease.id), eq(cases.status, 'open'));
  return (await database.db.select().from(cases).where(isIts)).map(({ kind, detail }) => ({ kind, detail }));
};
const toldOf = async (lease: Lease) => {
  const isTold = and(eq(outbox.leaseId, lease.id), eq(outbox.type, 'lease.account_changed'));
  return (await database.db.select().from(outbox).where(isTold).orderBy(outbox.number)).map(({ data }) => data);
};
const owedBefore = async (lease: Lease) => (await lease.balances()).get('former') ?? 0;
const giveUp = (lease: Lease) =>
  lease.at(LATER, (context) =>
    giveUpDispute({ ...context, actor: admin }, { leaseId: lease.id, decisionId: randomUUID(), reason: 'he is gone' }),
  );

describe('what is taken back of whoever had the lease before', () => {
  it('is owed by him, with its case, and asks nothing of who has it now', async () => {
    const { lease, payment } = await madeOver();
    const signedFor = await position(lease);
    const before = await lease.balances();
    await reverse(lease, payment);
    await reverse(lease, payment);
    expect(await position(lease)).toEqual(signedFor);
    expect(await lease.row()).toMatchObject({ disputed: 0, credit: 0, oldestUnpaidOn: '2026-02-16' });
    const after = await lease.balances();
    expect([after.get('former'), after.get('receivable')]).toEqual([50_000, before.get('receivable')]);
    expect(after.get('clearing:mtn')).toBe((before.get('clearing:mtn') ?? 0) - 50_000);
    const { customerId } = lease;
    expect(await openCases(lease)).toEqual([
      {
        kind: 'former_chargeback',
        detail: expect.objectContaining({ amount: { amount: 50_000, currency: 'UGX' }, customerId }) as object,
      },
    ]);
  });

  it('also of the deposit, in parts, and of a lease that somebody else had after him', async () => {
    const { lease, deposit, payment } = await madeOver();
    const next = await toAnother(lease, LATER);
    const signedFor = await position(lease);
    await reverse(lease, deposit);
    await reverse(lease, payment, { amount: 20_000, reversalId: randomUUID() });
    await reverse(lease, payment, { amount: 5_000, reversalId: randomUUID() });
    expect(await position(lease)).toEqual(signedFor);
    expect(await owedBefore(lease)).toBe(45_000);
    expect(await openCases(lease)).toHaveLength(3);
    for (const { detail } of await openCases(lease)) expect(detail).toMatchObject({ customerId: lease.customerId });
    expect((await lease.row()).customerId).toBe(next);
  });

  it('makes nobody late: the days on which it had paid are paid', async () => {
    const { lease, payment } = await madeOver();
    await reverse(lease, payment);
    await lease.at(THIRD_WEEK, (context) => chargeLateFees(context, { leaseId: lease.id }));
    expect(await lease.row()).toMatchObject({ feesCharged: 0 });
    expect(await position(lease, THIRD_WEEK)).toMatchObject({ overdue: 0, daysPastDue: 0 });
  });

  it('ends nothing, and is owed by him still once the lease is over', async () => {
    const { lease, deposit, payment } = await madeOver();
    await reverse(lease, payment);
    await lease.isCharged(LATER, 50_000);
    await lease.at(LATER, (context) => completeLease(context, { leaseId: lease.id }));
    await reverse(lease, deposit);
    expect(await lease.row()).toMatchObject({ status: 'completed', disputed: 0, credit: 0 });
    expect(await owedBefore(lease)).toBe(70_000);
  });

  it('leaves credit of what it had paid ahead with whoever has the lease', async () => {
    const { lease, payment } = await madeOver();
    await reverse(lease, payment);
    await lease.at(LATER, (context) => returnVehicle(context, { leaseId: lease.id, reason: 'enough' }));
    const { credit, disputed } = await lease.row();
    expect([credit, disputed]).toEqual([50_000, 0]);
    const deps = { mobileMoney: createMobileMoney(config) };
    const cash = { leaseId: lease.id, paymentId: randomUUID(), amount: 50_000, receiptNumber: 'R1' };
    const paysOut = (actor: Actor) => lease.at(LATER, (context) => returnCredit({ ...context, actor }, deps, cash));
    await expect(paysOut({ role: 'agent', id: randomUUID() })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(paysOut(admin)).rejects.toMatchObject({ code: 'unprocessable' });
    expect(await owedBefore(lease)).toBe(50_000);
  });

  it('of whoever has it now is owed by himself, as always', async () => {
    const { lease } = await madeOver();
    const own = await lease.isCharged(LATER, 10_000);
    await reverse(lease, own);
    expect(await position(lease)).toMatchObject({ outstanding: 50_000 });
    expect(await owedBefore(lease)).toBe(0);
    expect(await openCases(lease)).toMatchObject([{ kind: 'owed_again' }]);
  });

  it('is the lease’s money again where it was a slip, once', async () => {
    const { lease, payment } = await madeOver();
    const signedFor = await position(lease);
    const part = { amount: 20_000, reversalId: randomUUID() };
    await reverse(lease, payment, part);
    const again = () =>
      lease.at(LATER, (context) =>
        bookAgain({ ...context, actor: admin }, { leaseId: lease.id, attemptId: payment, reason: 'it is there' }),
      );
    await again();
    await again();
    expect(await position(lease)).toEqual(signedFor);
    expect([await owedBefore(lease), (await lease.row()).disputed]).toEqual([0, 0]);
    expect(await openCases(lease)).toEqual([]);
    // Who has it now has paid nothing, and lost nothing; who had it hears that he owes it, and that he does not.
    const { customerId } = lease;
    expect(await toldOf(lease)).toMatchObject([
      { customerId, change: 'claimed', amount: { amount: 20_000 }, left: { amount: 20_000 } },
      { customerId, change: 'claim_ended', amount: { amount: 20_000 }, left: { amount: 0 } },
    ]);
    await reverse(lease, payment);
    expect(await owedBefore(lease)).toBe(50_000);
    expect(await position(lease)).toEqual(signedFor);
  });

  it('leaves the schedule as it was where it was a slip, also in a pause', async () => {
    const { lease, payment } = await madeOver();
    await lease.at(LATER, (context) => pauseLease(context, { leaseId: lease.id, kind: 'holiday', days: 7 }));
    const schedule = () =>
      lease.at(LATER, async ({ tx }) => {
        const { row, lines } = await lockLease(tx, lease.id);
        return { version: row.scheduleVersion, instalment: row.instalment, oldest: row.oldestUnpaidOn, lines };
      });
    const [before, sums] = [await schedule(), await lease.balances()];
    expect(before.lines[0]).toMatchObject({ dueOn: '2026-01-12', paid: 10_000 });
    await reverse(lease, payment, { amount: 20_000, reversalId: randomUUID() });
    await reverse(lease, payment);
    await lease.at(LATER, (context) =>
      bookAgain({ ...context, actor: admin }, { leaseId: lease.id, attemptId: payment, reason: 'it is there' }),
    );
    expect(await schedule()).toEqual(before);
    expect([...(await lease.balances())].filter(([, balance]) => balance !== 0)).toEqual(
      [...sums].filter(([, balance]) => balance !== 0),
    );
    expect(await openCases(lease)).toEqual([]);
  });

  it('is given up by an admin as a loss', async () => {
    const { lease, payment } = await madeOver();
    await reverse(lease, payment);
    await giveUp(lease);
    expect([await owedBefore(lease), (await lease.balances()).get('write_off')]).toEqual([0, 50_000]);
    expect(await openCases(lease)).toEqual([]);
    await expect(giveUp(lease)).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

describe('what was never part of what was signed for', () => {
  async function begun() {
    const lease = await bookLease(database, config, { plan: weeklyPlan });
    await lease.isCharged(HANDOVER, 20_000);
    await lease.handOver(HANDOVER);
    return lease;
  }
  const owes = async (lease: Lease) => [
    (await position(lease)).outstanding,
    await owedBefore(lease),
    await openCases(lease),
  ];
  const putBack = (lease: Lease, attemptId: string) =>
    lease.at(LATER, (context) =>
      reversePayment(context, { leaseId: lease.id, attemptId, reason: 'of another lease', to: 'suspense' }),
    );

  it('was paid before, and given to the lease by mistake only after it was made over', async () => {
    const lease = await begun();
    const inboundId = await waitsInSuspense(50_000, PAID);
    await toAnother(lease, MADE_OVER);
    const paymentId = await givenTo(lease, inboundId, LATER);
    await putBack(lease, paymentId);
    expect(await owes(lease)).toEqual([100_000, 0, []]);
  });

  it('was put back into suspense by mistake, and counts once when it is given to the lease again', async () => {
    const lease = await begun();
    const inboundId = await waitsInSuspense(50_000, PAID);
    const paymentId = await givenTo(lease, inboundId, PAID);
    await toAnother(lease, MADE_OVER);
    await putBack(lease, paymentId);
    await givenTo(lease, inboundId, LATER);
    expect(await owes(lease)).toEqual([50_000, 0, []]);
  });

  it('had been taken back before, and was booked again after', async () => {
    const lease = await begun();
    const payment = await lease.isCharged(PAID, 50_000);
    await reverse(lease, payment, {}, PAID);
    await toAnother(lease, MADE_OVER);
    const wish = { leaseId: lease.id, attemptId: payment, reason: 'it is there' };
    await lease.at(LATER, (context) => bookAgain({ ...context, actor: admin }, wish));
    await reverse(lease, payment);
    expect(await owes(lease)).toEqual([100_000, 0, [expect.objectContaining({ kind: 'owed_again' })]]);
  });

  it('is booked again although what the former customer owed was given up since', async () => {
    const { lease, payment } = await madeOver();
    const own = await lease.isCharged(LATER, 10_000);
    await reverse(lease, payment);
    await reverse(lease, own);
    await giveUp(lease);
    const again = (attemptId: string) =>
      lease.at(LATER, (context) =>
        bookAgain({ ...context, actor: admin }, { leaseId: lease.id, attemptId, reason: 'it is there' }),
      );
    await again(own);
    expect(await owes(lease)).toEqual([40_000, 0, []]);
    await expect(again(payment)).rejects.toMatchObject({ code: 'invalid_state' });
  });
});

/** A pay-bill that waits for whom it belongs to. */
async function waitsInSuspense(amount: number, paidAt: string): Promise<string> {
  const id = uuidv7();
  const money = { amount, currency: 'UGX', receipt: id.toUpperCase(), account: 'MISTYPED' } as const;
  const from = { provider: 'mtn', market: 'UG', payerMasked: '+2567*****100', paidAt: new Date(paidAt) } as const;
  await database.db.insert(inbound).values({ id, ...money, ...from, status: 'announced' });
  await database.db.update(inbound).set({ status: 'suspense' }).where(eq(inbound.id, id));
  return id;
}

async function givenTo(lease: Lease, inboundId: string, on: string): Promise<string> {
  const paymentId = randomUUID();
  await lease.at(on, async (context) => {
    const by = { ...context, actor: admin };
    const taken = await takeFromSuspense(by, { inboundId, leaseId: lease.id, paymentId });
    await receiveMoney(by, config, { leaseId: lease.id, money: taken });
  });
  return paymentId;
}

it('a lease that nobody had before is asked for what was taken back, as always', async () => {
  const lease = await bookLease(database, config);
  await lease.isCharged(HANDOVER, 20_000);
  await lease.handOver(HANDOVER);
  const payment = await lease.isCharged(PAID, 50_000);
  await reverse(lease, payment);
  expect(await position(lease)).toMatchObject({ outstanding: 100_000 });
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  expect(row?.transferredAt).toBeNull();
});
