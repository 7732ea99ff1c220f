import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accounts, attempts, entries, leases, methods, transfers, users, vehicles } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { system, type Actor } from '#domain/identity/roles';
import { positionOn } from '#domain/leases/position';
import { isRunning } from '#domain/leases/status';
import { money } from '#domain/money';
import type { Plan } from '#domain/vehicles/plan';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { transact, type Context } from '../context.ts';
import { changeStatus } from '../leases/change-status.ts';
import { handOver } from '../leases/hand-over.ts';
import { chargeLateFees, waiveFees } from '../leases/late-fees.ts';
import { lockLease } from '../leases/lease-record.ts';
import { once } from '../leases/once.ts';
import { pauseLease, resumeLease } from '../leases/pause-lease.ts';
import { restructureLease } from '../leases/restructure-lease.ts';
import { quoteSettlement } from '../leases/settle-early.ts';
import { decideUnknown } from './decide-unknown.ts';
import { markUnknown } from './mark-unknown.ts';
import { openAttempt, type AttemptOrder } from './open-attempt.ts';
import { postPayment } from './post-payment.ts';
import { receiveMoney } from './receive-money.ts';
import { reversePayment } from './reverse-payment.ts';
import { settleAttempt } from './settle-attempt.ts';

/**
 * The books of a lease under any sequence of what networks, people and crashes do to it. Each step is what
 * the lease's workflow would have an activity do; a crash rolls a step back after its work was done, and the
 * step is done again, as Temporal does; what was acknowledged may be done again too.
 * `PROPERTY_RUNS=20000 npx vitest run activities/payments/books.property.test.ts` tries more.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const config = testConfig({
  MTN_BASE_URL: 'http://localhost:1',
  MTN_API_USER: randomUUID(),
  MTN_API_KEY: 'key',
  MTN_SUBSCRIPTION_KEY: 'key',
});
const deps = { encryption: createEncryption(config.ENCRYPTION_KEYS), mobileMoney: createMobileMoney(config) };
const agent: Actor = { role: 'agent', id: randomUUID() };
const plan: Plan = {
  id: randomUUID(),
  name: 'weekly',
  market: 'UG',
  vehicleTypes: ['motorcycle'],
  frequency: 'weekly',
  instalments: 4,
  depositPercent: 10,
  markupPercent: 30,
  graceDays: 2,
  lateFee: { amount: 70, cap: 200 },
  immobiliseAfterDaysPastDue: 7,
  immobiliseNoticeHours: 24,
  offerHours: 72,
  signHours: 48,
  depositHours: 72,
  components: { vehicle: 81, insurance: 14, tracker: 5 },
};

type Claim = 'paid' | 'failed' | 'less';
type Step = { readonly crashes: number; readonly again: boolean } & (
  | { readonly do: 'charge'; readonly amount: number | null; readonly claims: readonly Claim[] }
  | { readonly do: 'cash'; readonly amount: number; readonly daysAgo: number }
  | { readonly do: 'inbound'; readonly amount: number; readonly fromSuspense: boolean }
  | { readonly do: 'reverse'; readonly which: number }
  | { readonly do: 'decide'; readonly outcome: 'succeeded' | 'failed' }
  | { readonly do: 'pause' | 'wait'; readonly days: number }
  | { readonly do: 'restructure'; readonly instalments: number }
  | { readonly do: 'handover' | 'resume' | 'fees' | 'settle' }
  | { readonly do: 'forgive'; readonly amount: number }
);

const amount = fc.integer({ min: 1, max: 2_500 });
const days = fc.integer({ min: 1, max: 14 });
const claims = fc.array(fc.constantFrom<Claim>('paid', 'failed', 'less'), { maxLength: 4 });
const deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('charge' as const), amount: fc.option(amount), claims }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cash' as const), amount, daysAgo: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('inbound' as const), amount, fromSuspense: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reverse' as const), which: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      outcome: fc.constantFrom('succeeded' as const, 'failed' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'wait' as const, 'wait' as const), days }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('restructure' as const), instalments: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('handover' as const, 'resume' as const, 'fees' as const, 'fees' as const, 'settle' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('forgive' as const), amount: fc.integer({ min: 1, max: 90 }) }),
  },
);
const step: fc.Arbitrary<Step> = fc
  .tuple(deed, fc.constantFrom(0, 0, 0, 1, 2), fc.constantFrom(false, false, true))
  .map(([what, crashes, again]) => ({ ...what, crashes, again }));

/** Four of five leases are handed over at once; the others perhaps later, or never. */
const life = fc.record({
  begins: fc.constantFrom('handover' as const, 'handover' as const, 'handover' as const, 'handover' as const, null),
  steps: fc.array(step, { minLength: 1, maxLength: 14 }),
});
/** Lives that are lived side by side: the database has several sessions, as in production. */
const AT_ONCE = 5;

/** One lease and its clock. */
class World {
  readonly leaseId = randomUUID();
  at = Date.parse('2026-03-02T06:00:00Z');
  readonly #born = this.at;

  /** A local day before now, in the lease's life. */
  daysAgo(days: number): string {
    return localDateAt(Math.max(this.#born, this.at - days * 24 * 3_600_000), 'UG');
  }

  /** Does a piece of work as Temporal would: again after a crash, and sometimes again after it succeeded. */
  async does<T>({ crashes, again }: Pick<Step, 'crashes' | 'again'>, actor: Actor, work: (c: Context) => Promise<T>) {
    const run = () => transact(database.db, actor, new Date(this.at), work);
    for (let left = crashes; left > 0; left -= 1) {
      const crash = transact(database.db, actor, new Date(this.at), async (context) => {
        await work(context);
        throw new Error('the process dies before the commit');
      });
      await expect(crash).rejects.toThrow();
    }
    try {
      const result = await run();
      if (again) await run();
      return result;
    } catch (error) {
      if (error instanceof Problem) return null;
      throw error;
    }
  }
}

async function born(world: World): Promise<void> {
  const [userId, methodId, vehicleId] = [uuidv7(), uuidv7(), uuidv7()];
  await database.db.insert(users).values({ id: userId, role: 'customer', name: 'x', phoneHash: userId });
  const account = { provider: 'mtn' as const, phoneEncrypted: 'x', phoneHash: userId, masked: '+256*' };
  await database.db.insert(methods).values({ id: methodId, userId, ...account });
  const at = new Date(world.at);
  await database.db.insert(vehicles).values({
    id: vehicleId,
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2025,
    market: 'UG',
    price: 5_000,
    currency: 'UGX',
    registration: vehicleId,
    vin: vehicleId,
  });
  await database.db.insert(leases).values({
    id: world.leaseId,
    reference: world.leaseId,
    status: 'awaiting_deposit',
    customerId: userId,
    vehicleId,
    planId: plan.id,
    plan,
    paymentMethodId: methodId,
    market: 'UG',
    currency: 'UGX',
    frequency: 'weekly',
    price: 5_000,
    deposit: 500,
    instalment: 1_463,
    instalmentsTotal: 4,
    totalPrice: 500 + 4 * 1_463,
    createdAt: at,
    updatedAt: at,
  });
}

const collections = system('collections');

async function take(world: World, step: Step): Promise<void> {
  const { leaseId } = world;
  const lease = { leaseId };
  const commandId = randomUUID();
  const command = (work: (context: Context) => ReturnType<typeof handOver>) =>
    world.does(step, agent, (context) => once(context, { leaseId, commandId }, () => work(context)));
  switch (step.do) {
    case 'wait':
      world.at += step.days * 24 * 3_600_000;
      return;
    case 'charge':
      return charge(world, step);
    case 'cash':
    case 'inbound': {
      const paymentId = randomUUID();
      const received =
        step.do === 'cash'
          ? { kind: 'cash' as const, agentId: agent.id, receiptNumber: paymentId, paidOn: world.daysAgo(step.daysAgo) }
          : {
              kind: 'inbound' as const,
              provider: 'mtn' as const,
              receipt: paymentId,
              payerMasked: '+',
              fromSuspense: step.fromSuspense,
            };
      const money = { paymentId, amount: step.amount, ...received };
      await world.does(step, agent, (context) => receiveMoney(context, config, { leaseId, money }));
      return;
    }
    case 'reverse': {
      const all = await database.db.select().from(attempts).where(eq(attempts.leaseId, leaseId));
      const one = all[step.which % Math.max(1, all.length)];
      if (one === undefined) return;
      const wish = { leaseId, attemptId: one.id, reason: 'test' };
      await world.does(step, agent, (context) => reversePayment(context, wish));
      return;
    }
    case 'decide': {
      const [one] = await database.db
        .select()
        .from(attempts)
        .where(sql`${attempts.leaseId} = ${leaseId} and ${attempts.status} = 'unknown'`);
      if (one === undefined) return;
      const decision = { leaseId, attemptId: one.id, providerReference: null, reason: 'test', outcome: step.outcome };
      await world.does(step, agent, (context) => decideUnknown(context, decision));
      if (step.outcome === 'succeeded')
        await world.does(step, collections, (context) => postPayment(context, { leaseId, attemptId: one.id }));
      return;
    }
    case 'handover': {
      const row = await rowOf(leaseId);
      if (row.status !== 'awaiting_deposit' && row.status !== 'awaiting_handover') return;
      await world.does(step, agent, async (context) => {
        if (row.depositPaid === row.deposit) await changeStatus(context, { leaseId, to: 'awaiting_handover' });
        return handOver(context, { leaseId, odometerKm: 1 });
      });
      return;
    }
    case 'pause':
      if (!(await isCollected(leaseId))) return;
      await command((context) => pauseLease(context, { leaseId, kind: 'repair', days: step.days }));
      return;
    case 'resume':
      await world.does(step, agent, (context) => resumeLease(context, lease));
      return;
    case 'restructure':
      if (!(await isCollected(leaseId))) return;
      await command((context) => restructureLease(context, { leaseId, instalments: step.instalments, reason: 'test' }));
      return;
    case 'fees':
      if (await isCollected(leaseId)) await world.does(step, collections, (context) => chargeLateFees(context, lease));
      return;
    case 'forgive':
      if (!isRunning((await rowOf(leaseId)).status)) return;
      await world.does(step, collections, (context) => chargeLateFees(context, lease));
      await command((context) => waiveFees(context, { leaseId, amount: step.amount, reason: 'test' }));
      return;
    case 'settle': {
      if (!isRunning((await rowOf(leaseId)).status)) return;
      const quote = await world.does({ crashes: 0, again: false }, agent, (context) => quoteSettlement(context, lease));
      const method = (await rowOf(leaseId)).paymentMethodId;
      if (quote === null) return;
      const order = { kind: 'settlement', paymentMethodId: method, quoteId: quote.id } as const;
      return send(world, step, { attemptId: randomUUID(), leaseId, ...order }, ['paid']);
    }
  }
}

/** A prompt: a person's own of any amount, or an automatic one; then what the network claims, in any order and number. */
async function charge(world: World, step: Extract<Step, { do: 'charge' }>): Promise<void> {
  const row = await rowOf(world.leaseId);
  const base = { attemptId: randomUUID(), leaseId: world.leaseId };
  const order: AttemptOrder =
    step.amount === null
      ? { ...base, kind: isRunning(row.status) ? 'instalment' : 'deposit', method: 0 }
      : { ...base, kind: 'pay', paymentMethodId: row.paymentMethodId, amount: step.amount };
  await send(world, step, order, step.claims);
}

async function send(world: World, step: Step, order: AttemptOrder, told: readonly Claim[]): Promise<void> {
  const { leaseId, attemptId } = order;
  const opened = await world.does(step, collections, (context) => openAttempt(context, deps, order));
  if (opened === null) return;
  if (told.length === 0) {
    await world.does(step, collections, ({ tx }) =>
      tx.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId)),
    );
    await world.does(step, collections, (context) => markUnknown(context, { leaseId, attemptId }));
    return;
  }
  for (const claim of told) {
    const paid = money(claim === 'less' ? Math.ceil(opened.amount / 2) : opened.amount, 'UGX');
    const final =
      claim === 'failed'
        ? ({ state: 'failed', reason: 'no_funds', detail: '' } as const)
        : ({ state: 'succeeded', receipt: attemptId, amount: paid } as const);
    await world.does(step, collections, (context) => settleAttempt(context, attemptId, final));
    await world.does(step, collections, (context) => postPayment(context, { leaseId, attemptId }));
  }
}

/** The lease's row as it stands, which nobody else changes. */
async function rowOf(leaseId: string) {
  const [row] = await database.db.select().from(leases).where(eq(leases.id, leaseId));
  if (row === undefined) throw new Error('the lease is gone');
  return row;
}

const isCollected = async (leaseId: string) => ['active', 'in_arrears'].includes((await rowOf(leaseId)).status);

function read(leaseId: string) {
  return database.db.transaction((tx) => lockLease(tx, leaseId));
}

async function check(world: World): Promise<void> {
  const { leaseId } = world;
  const { row, lines } = await read(leaseId);
  const all = await database.db.select().from(attempts).where(eq(attempts.leaseId, leaseId));
  const balances = await database.db
    .select({ name: accounts.name, sum: sql<string>`sum(${entries.amount})` })
    .from(entries)
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(eq(transfers.leaseId, leaseId))
    .groupBy(accounts.name);
  const balance = (name: string) => Number(balances.find((one) => one.name === name)?.sum ?? 0);
  const total = (of: readonly { readonly amount: number }[]) => of.reduce((sum, one) => sum + one.amount, 0);
  const running = row.scheduleVersion > 0;

  expect(
    balances.reduce((sum, one) => sum + Number(one.sum), 0),
    'debits equal credits',
  ).toBe(0);
  const posted = all.filter(({ status, transferId }) => status === 'succeeded' && transferId !== null);
  const valueOf = (one: (typeof all)[number]) => (one.settledAmount ?? one.amount) * (one.kind === 'refund' ? -1 : 1);
  for (const one of posted) expect(total(one.allocation), 'allocation sums to the payment').toBe(valueOf(one));
  const came = posted.reduce((sum, one) => sum + valueOf(one), 0);
  expect(
    row.depositPaid + lines.reduce((sum, { paid }) => sum + paid, 0) + row.feesPaid + row.credit - row.disputed,
    'all money is somewhere',
  ).toBe(came);
  const { paid, outstanding, feesDue } = positionOn('2026-01-01' as never, row, lines);
  expect(paid + outstanding, 'paid and outstanding').toBe(row.totalPrice);
  if (running) {
    expect(row.deposit + lines.reduce((sum, line) => sum + line.amount - line.waived, 0), 'total price').toBe(
      row.totalPrice,
    );
    const owed = row.status === 'written_off' ? 0 : outstanding + feesDue;
    expect(balance(`lease:${leaseId}:receivable`), 'receivable').toBe(owed);
  }
  for (const { paid: into, waived, filled } of lines)
    expect(
      Object.values(filled).reduce((sum, part) => sum + part, 0),
      'parts of a line',
    ).toBe(into + waived);
  expect(balance(`lease:${leaseId}:unapplied`), 'credit').toBe(-row.credit || 0);
  expect(balance(`lease:${leaseId}:disputed`), 'in dispute').toBe(row.disputed);
  expect(balance(`lease:${leaseId}:deposit`), 'deposit held').toBe(running ? 0 : -row.depositPaid || 0);
}

async function liveThrough({ begins, steps }: { readonly begins: 'handover' | null; readonly steps: readonly Step[] }) {
  const world = new World();
  await born(world);
  await take(world, { do: 'charge', amount: null, claims: ['paid'], crashes: 0, again: false });
  if (begins !== null) await take(world, { do: begins, crashes: 0, again: false });
  for (const one of steps) await take(world, one);
  await check(world);
}

/** Statuses of leases and payments, and kinds of transfers, that so many lives cannot miss. */
const common = 'active paused settled_early reversed unknown failed handover receipt reversal late_fee fee_waiver'
  .split(' ')
  .concat('settlement_saving', 'credit_applied');

it(`keeps the books over ${RUNS} random lives of a lease`, { timeout: RUNS * 1_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(...Array.from({ length: AT_ONCE }, () => life)), (lives) =>
      Promise.all(lives.map(liveThrough)).then(() => {}),
    ),
    { numRuns: Math.ceil(RUNS / AT_ONCE) },
  );
  const gaps = await database.db.execute(
    sql`select book from ledger.transfers group by book having max(sequence) <> count(*) or min(sequence) <> 1`,
  );
  expect([...gaps], 'journals with gaps').toEqual([]);
  // The lives were not too short to meet what they are to meet.
  const seen = await database.db.execute<{ what: string }>(sql`
    select distinct status as what from leases.leases union select distinct status from payments.attempts
    union select distinct kind from ledger.transfers`);
  expect(seen.map(({ what }) => what)).toEqual(expect.arrayContaining(common));
});
