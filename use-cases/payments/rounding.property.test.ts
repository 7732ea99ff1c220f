import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accounts, attempts, cases, entries, methods } from '#db/schema/index';
import { system, type Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import { unpaid } from '#domain/leases/position';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { transact, type Context } from '../context.ts';
import { completeLease, endApplication } from '../leases/end-lease.ts';
import { chargeLateFees } from '../leases/charge-late-fees.ts';
import { lockLease, positionAt } from '../leases/lease-record.ts';
import { restructureLease } from '../leases/restructure-lease.ts';
import { writeOffLease } from '../leases/write-off.ts';
import { openAttempt } from './charging/open-attempt.ts';
import { postPayment } from './post-payment.ts';
import { refundsDue } from './refunds/refunds.ts';
import { recordOutcome } from './outcomes/record-outcome.ts';
import { reversePayment } from './reversal/reverse-payment.ts';

/** Shillings with cents, whose providers take and pay whole shillings: whatever is paid, a lease can be paid off. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 60);
const UNIT = 100;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({
  MPESA_BASE_URL: 'http://localhost:1',
  MPESA_CONSUMER_KEY: 'key',
  MPESA_CONSUMER_SECRET: 'secret',
  MPESA_SHORTCODE: '174379',
  MPESA_PASSKEY: 'key',
  MPESA_INITIATOR: 'initiator',
  MPESA_SECURITY_CREDENTIAL: 'credential',
  MPESA_B2C_SHORTCODE: '600000',
  MPESA_B2C_INITIATOR: 'payer',
  MPESA_B2C_SECURITY_CREDENTIAL: 'credential',
});
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
const agent: Actor = { role: 'agent', id: randomUUID() };
const plan = { ...weeklyPlan, market: 'KE', instalments: 4, lateFee: { amount: 150_50, cap: 400_75 } } as const;

/** Deposit 200.00, four weekly lines of 100.00, in Nairobi. */
async function kenyanLease() {
  const lease = await bookLease(database, config, { market: 'KE', plan, deposit: 200_00, instalment: 100_00 });
  await database.db.update(methods).set({ provider: 'mpesa' }).where(eq(methods.userId, lease.customerId));
  let at = Date.parse('2026-01-05T06:00:00Z');
  const act = <T>(work: (context: Context) => Promise<T>) => transact(database.db, system('test'), new Date(at), work);
  const leaseId = lease.id;
  const read = () => act(({ tx }) => lockLease(tx, leaseId));
  const charge = async (kind: 'deposit' | 'instalment', confirmed: (asked: number) => number) => {
    const attemptId = randomUUID();
    const row = await act((context) => openAttempt(context, deps, { attemptId, leaseId, kind, method: 0 }));
    if (row === null) return null;
    expect(row.amount % UNIT, 'a prompt is for whole shillings').toBe(0);
    const amount = { amount: Math.max(1, confirmed(row.amount)), currency: 'KES' } as const;
    await act((context) => recordOutcome(context, attemptId, { state: 'succeeded', receipt: attemptId, amount }));
    await act((context) => postPayment(context, { leaseId, attemptId }));
    return row.amount;
  };
  return {
    id: leaseId,
    act,
    read,
    charge,
    pays: (amount: number) => lease.pays(new Date(at).toISOString(), amount),
    handOver: () => lease.handOver(new Date(at).toISOString()),
    wait: (days: number) => {
      at += days * 86_400_000;
    },
    fees: () => act((context) => chargeLateFees(context, { leaseId })),
    restructure: (instalments: number) =>
      transact(database.db, agent, new Date(at), (context) =>
        restructureLease(context, { leaseId, instalments, reason: 'test' }),
      ),
    async paymentOf(amount: number) {
      const isIt = and(eq(attempts.leaseId, leaseId), eq(attempts.amount, amount));
      const [payment] = await database.db.select({ id: attempts.id }).from(attempts).where(isIt);
      return payment?.id ?? '';
    },
    position: async () => positionAt(await read(), new Date(at)),
    /** Gives back what can be given back, as the workflow does, in whole shillings. */
    async givesBack() {
      for (;;) {
        const [next] = await act((context) => refundsDue(context, deps, { leaseId }));
        if (next === undefined) return;
        expect(next.amount % UNIT, 'a refund is of whole shillings').toBe(0);
        const attemptId = randomUUID();
        await act((context) => openAttempt(context, deps, { attemptId, leaseId, kind: 'refund', ...next }));
        const amount = { amount: next.amount, currency: 'KES' } as const;
        await act((context) => recordOutcome(context, attemptId, { state: 'succeeded', receipt: attemptId, amount }));
        await act((context) => postPayment(context, { leaseId, attemptId }));
      }
    },
    async balance(name: string) {
      const [row] = await database.db
        .select({ sum: sql<string>`coalesce(sum(${entries.amount}), 0)` })
        .from(entries)
        .innerJoin(accounts, eq(accounts.id, entries.accountId))
        .where(eq(accounts.name, name));
      return Number(row?.sum);
    },
  };
}

describe('a rest of less than a shilling', () => {
  it('of a line is forgiven, at the cost of the account for rounding', async () => {
    const lease = await kenyanLease();
    await lease.pays(200_00);
    await lease.handOver();
    const before = await lease.balance('rounding');
    await lease.pays(99_50);
    const { row, lines } = await lease.read();
    expect(lines[0]).toMatchObject({ paid: 99_50, waived: 50 });
    expect(row.totalPrice).toBe(200_00 + 400_00 - 50);
    expect(await lease.position()).toMatchObject({ outstanding: 300_00, instalmentsPaid: 1 });
    expect(await lease.balance(`lease:${lease.id}:receivable`)).toBe(300_00);
    expect((await lease.balance('rounding')) - before).toBe(50);
  });

  it('of the deposit makes the deposit less', async () => {
    const lease = await kenyanLease();
    await lease.pays(199_01);
    expect((await lease.read()).row).toMatchObject({ deposit: 199_01, depositPaid: 199_01, totalPrice: 599_01 });
  });

  it('is asked for by no prompt, and is credit in whole shillings for who pays more than is owed', async () => {
    const lease = await kenyanLease();
    await lease.pays(200_00);
    await lease.handOver();
    await lease.pays(50_50);
    lease.wait(7);
    expect(await lease.charge('instalment', (asked) => asked)).toBe(49_00);
    expect(await lease.position()).toMatchObject({ outstanding: 300_00, overdue: 0 });
    await lease.pays(250_25);
    await lease.pays(50_00);
    // 49.75 were owed; the rest is credit that can be paid back.
    expect(await lease.position()).toMatchObject({ outstanding: 0, credit: 1_00 });
    expect(await lease.balance(`lease:${lease.id}:unapplied`)).toBe(-1_00);
  });

  it('of late fees is not charged', async () => {
    const lease = await kenyanLease();
    await lease.pays(200_00);
    await lease.handOver();
    lease.wait(28);
    await lease.fees();
    // 150.50 each up to 400.75, in whole shillings.
    expect((await lease.read()).row.feesCharged).toBe(150_00 + 150_00 + 100_00);
  });

  it('goes nowhere when a schedule is spread anew: lines are whole shillings', async () => {
    const lease = await kenyanLease();
    await lease.pays(200_00);
    await lease.handOver();
    await lease.pays(30_01);
    await lease.restructure(7);
    const { row, lines } = await lease.read();
    expect(lines.filter((line) => unpaid(line) > 0).every(({ amount }) => amount % UNIT === 0)).toBe(true);
    expect(await lease.position()).toMatchObject({ outstanding: 369_00 });
    expect(row.totalPrice).toBe(200_00 + 400_00 - 99);
    expect(await lease.balance(`lease:${lease.id}:receivable`)).toBe(369_00);
  });

  it('of what is in dispute is forgiven, whatever pays it', async () => {
    const lease = await kenyanLease();
    await lease.pays(200_00);
    await lease.handOver();
    await lease.pays(349_50);
    const last = await lease.pays(50_50).then(() => lease.paymentOf(50_50));
    await lease.act((context) => completeLease(context, { leaseId: lease.id }));
    await lease.act((context) => reversePayment(context, { leaseId: lease.id, attemptId: last, reason: 'test' }));
    expect((await lease.read()).row).toMatchObject({ disputed: 50_50, credit: 0 });
    const before = await lease.balance('rounding');
    await lease.pays(50_00);
    expect((await lease.read()).row).toMatchObject({ disputed: 0, credit: 0 });
    expect(await lease.balance(`lease:${lease.id}:disputed`)).toBe(0);
    expect((await lease.balance('rounding')) - before).toBe(50);
  });

  it('that is all that a provider took is in no dispute, and no case', async () => {
    const lease = await kenyanLease();
    await lease.pays(200_00);
    await lease.handOver();
    await lease.pays(400_00);
    const attemptId = await lease.paymentOf(400_00);
    await lease.act((context) => completeLease(context, { leaseId: lease.id }));
    const part = { leaseId: lease.id, attemptId, to: 'provider', reason: 'test' } as const;
    for (const amount of [50, 49, 51_00])
      await lease.act((context) => reversePayment(context, { ...part, amount, reversalId: randomUUID() }));
    expect((await lease.read()).row).toMatchObject({ disputed: 51_00, credit: 0 });
    const isTold = and(eq(cases.leaseId, lease.id), eq(cases.kind, 'chargeback'), eq(cases.status, 'open'));
    expect(await database.db.$count(cases, isTold)).toBe(1);
  });

  it('that nobody can pay back after the end stays with the house', async () => {
    const lease = await kenyanLease();
    await lease.pays(120_75);
    const before = await lease.balance('rounding');
    await lease.act((context) => endApplication(context, { leaseId: lease.id, as: 'withdrawn', reason: 'test' }));
    expect((await lease.read()).row.credit).toBe(120_00);
    expect((await lease.balance('rounding')) - before).toBe(-75);
    expect(await lease.balance(`lease:${lease.id}:unapplied`)).toBe(-120_00);
  });

  it('and that the house took goes back with the payment: the customer owes what he has had', async () => {
    const lease = await kenyanLease();
    await lease.charge('deposit', () => 120_75);
    const attemptId = await lease.paymentOf(200_00);
    const before = await lease.balance('rounding');
    await lease.act((context) => endApplication(context, { leaseId: lease.id, as: 'withdrawn', reason: 'test' }));
    await lease.givesBack();
    await lease.act((context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'test' }));
    expect((await lease.read()).row).toMatchObject({ disputed: 120_00, credit: 0 });
    expect(await lease.balance('rounding')).toBe(before);
  });

  it('is none of what was recovered when that is taken back', async () => {
    const lease = await kenyanLease();
    await lease.pays(200_00);
    await lease.handOver();
    await lease.act((context) => writeOffLease(context, { leaseId: lease.id, reason: 'test' }));
    const [rounded, recovered] = [await lease.balance('rounding'), await lease.balance('recovery')];
    await lease.pays(450_75);
    expect((await lease.balance('rounding')) - rounded).toBe(-75);
    const attemptId = await lease.paymentOf(450_75);
    await lease.act((context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'test' }));
    expect((await lease.read()).row).toMatchObject({ recovered: 0, disputed: 0, credit: 0 });
    expect(await lease.balance('recovery')).toBe(recovered);
    expect(await lease.balance('rounding')).toBe(rounded);
  });
});

const step = fc.oneof(
  fc.record({ do: fc.constant('pays' as const), amount: fc.integer({ min: 1, max: 260_00 }) }),
  fc.record({ do: fc.constant('charge' as const), less: fc.constantFrom(0, 0, 1, 50, 99, 1_234) }),
  fc.record({ do: fc.constant('restructure' as const), instalments: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ do: fc.constant('fees' as const) }),
);

it(
  'after any payments a lease is paid off by whole shillings, and ends without a debt or a credit',
  { timeout: 60_000 + RUNS * 3_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 9 }), fc.integer({ min: 1, max: 250_00 }), async (steps, first) => {
        const lease = await kenyanLease();
        await lease.pays(first);
        while ((await lease.position()).depositDue > 0) await lease.charge('deposit', (asked) => asked);
        await lease.handOver();
        for (const one of steps) {
          if ((await lease.position()).outstanding === 0) break;
          if (one.do === 'pays') await lease.pays(one.amount);
          if (one.do === 'charge') await lease.charge('instalment', (asked) => asked - one.less);
          if (one.do === 'wait') lease.wait(one.days);
          if (one.do === 'fees') await lease.fees();
          if (one.do === 'restructure') await lease.restructure(one.instalments).catch(() => {});
        }
        for (let tries = 0; ; tries += 1) {
          const { outstanding, feesDue } = await lease.position();
          if (outstanding + feesDue === 0) break;
          expect(tries, 'it can be paid off').toBeLessThan(30);
          lease.wait(7);
          await lease.charge('instalment', (asked) => asked);
        }
        await lease.act((context) => completeLease(context, { leaseId: lease.id }));
        await lease.givesBack();
        const { row } = await lease.read();
        expect(hasEnded(row.status)).toBe(true);
        expect(row.credit % UNIT, 'what is left is whole shillings, of pay-bill: an agent gives it back').toBe(0);
        expect(await lease.balance(`lease:${lease.id}:receivable`)).toBe(0);
        expect(await lease.balance(`lease:${lease.id}:unapplied`)).toBe(0 - row.credit);
      }),
      { numRuns: RUNS },
    );
  },
);
