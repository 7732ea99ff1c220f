import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, inbound, leases } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { FEE, LINE, admin, agrees, day, decideCash, deps, on, runningLease, type LateLease } from '#test/late-money';
import { markUnknown } from '../payments/outcomes/mark-unknown.ts';
import { openAttempt } from '../payments/charging/open-attempt.ts';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { completeLease } from './end-lease.ts';
import { writeOffLease } from './write-off.ts';
import { waiveFees } from './waive-fees.ts';
import { quoteSettlement } from './settle-early.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const quote = (lease: Pick<LateLease, 'id' | 'act'>, at: Date) =>
  lease.act(at, (context) => quoteSettlement(context, { leaseId: lease.id }), admin);
const reverse = (lease: LateLease, at: Date, attemptId: string) =>
  lease.act(at, (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'a mistake' }), admin);
const complete = (lease: LateLease, at: Date) =>
  lease.act(at, (context) => completeLease(context, { leaseId: lease.id }));
/** Refused or not: what counts is where the lease stands in the end. */
const writeOff = (lease: LateLease, at: Date) =>
  lease.act(at, (c) => writeOffLease(c, { leaseId: lease.id, reason: 'gone' }), admin).catch(() => {});
const waive = (lease: LateLease, at: Date, amount: number) =>
  lease.act(at, (context) => waiveFees(context, { leaseId: lease.id, amount, reason: 'goodwill' }), admin);
const rowOf = async (id: string) => {
  const [row] = await database.db.select().from(leases).where(eq(leases.id, id));
  if (row === undefined) throw new Error('no lease');
  return row;
};

/** Pay-bill money that waits in suspense since an instant. @returns gives it to the lease. */
async function suspense(lease: LateLease, paidAt: Date, amount: number, typed: 'reference' | 'mistyped') {
  const account = typed === 'reference' ? (await rowOf(lease.id)).reference : 'mistyped';
  const id = uuidv7();
  const facts = { provider: 'mtn', receipt: id, payerMasked: '+2567*****001', amount } as const;
  const known = { market: 'UG', account, currency: 'UGX', status: 'suspense' } as const;
  await database.db.insert(inbound).values({ id, ...facts, ...known, paidAt });
  return async (at: Date) => {
    await database.db.update(inbound).set({ leaseId: lease.id }).where(eq(inbound.id, id));
    await lease.receive(at, { kind: 'inbound', paymentId: id, ...facts, fromSuspense: true });
  };
}

/** The prompt of a settlement of which nobody hears, asked for in time. */
async function unknownSettlement(lease: LateLease, number: number, quoteId: string) {
  const attemptId = randomUUID();
  const { paymentMethodId } = await rowOf(lease.id);
  const order = { attemptId, leaseId: lease.id, kind: 'settlement', quoteId, paymentMethodId } as const;
  await lease.act(day(number, 10), (context) => openAttempt(context, deps, order), admin);
  await database.db.update(attempts).set({ sent: true }).where(eq(attempts.id, attemptId));
  await lease.act(day(number, 11), (context) => markUnknown(context, { leaseId: lease.id, attemptId }));
  return attemptId;
}
/** The lease prompts for nothing meanwhile, and the customer pays a line by himself. */
async function paysByHimself(lease: LateLease, number: number) {
  expect(await lease.isAsked(number)).toBe(0);
  await lease.pays(number, LINE);
}

describe('a quote that was paid in time, as becomes known late, leaves all that came after it as credit', () => {
  it.each([8, 9])('in suspense, %s lines paid meanwhile', async (count) => {
    const lease = await runningLease(database);
    const { amount } = await quote(lease, day(6, 9));
    const known = await suspense(lease, day(6), amount, 'mistyped');
    await lease.pays(20, count * LINE);
    await known(day(21));
    await agrees(database, lease, 21);
    expect(await lease.books(21)).toMatchObject({ status: 'settled_early', credit: count * LINE });
  });
  it('by a settlement whose prompt is unknown, while he pays what comes due by himself', async () => {
    const lease = await runningLease(database);
    await lease.pays(4, 4 * LINE);
    const settlement = await unknownSettlement(lease, 6, (await quote(lease, day(6, 9))).id);
    for (const number of [33, 40, 47, 54, 61]) await paysByHimself(lease, number);
    await lease.pays(66, LINE / 2);
    await lease.decide(67, settlement, 'succeeded');
    expect(await lease.books(67)).toMatchObject({ status: 'settled_early', credit: 5.5 * LINE });
  });
  it('the same, and the last line as well: the lease does not complete at the full price', async () => {
    const lease = await runningLease(database);
    await lease.pays(4, 4 * LINE);
    const settlement = await unknownSettlement(lease, 6, (await quote(lease, day(6, 9))).id);
    for (const number of [33, 40, 47, 54, 61, 68]) await paysByHimself(lease, number);
    await complete(lease, day(68));
    await lease.decide(69, settlement, 'succeeded');
    expect((await lease.books(69)).credit).toBe(6 * LINE);
  });
});

describe('nobody gives up what may be paid', () => {
  it('by a settlement whose outcome is unknown', async () => {
    const lease = await runningLease(database);
    // So that one prompt is enough for what is left.
    await lease.pays(4, 3 * LINE);
    const settlement = await unknownSettlement(lease, 14, (await quote(lease, day(14, 9))).id);
    await writeOff(lease, day(16));
    await lease.decide(17, settlement, 'succeeded');
    expect((await lease.books(17)).status).toBe('settled_early');
  });
  it('by money in suspense with its reference that pays a quote', async () => {
    const lease = await runningLease(database);
    const { amount } = await quote(lease, day(6, 9));
    const known = await suspense(lease, day(6), amount, 'reference');
    await writeOff(lease, day(20));
    await known(day(21));
    expect((await lease.books(21)).status).toBe('settled_early');
  });
  it('by the prompt of its last line', async () => {
    const lease = await runningLease(database);
    await lease.pays(4, 9 * LINE);
    const prompt = await lease.unknown(68);
    await writeOff(lease, day(69));
    await lease.decide(70, prompt, 'succeeded');
    expect((await lease.books(70)).status).not.toBe('written_off');
  });
});

describe('a fee that was waived and turns out to be unfounded takes no other one with it', () => {
  it.each([0, FEE])('of which %s was paid', async (paid) => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await waive(lease, day(9), FEE);
    await lease.fees(16);
    if (paid > 0) await lease.pays(16, paid);
    await lease.cash(17, LINE, on(5));
    await agrees(database, lease, 17);
    expect(await lease.books(17)).toMatchObject({ feesDue: FEE - paid, outstanding: 9 * LINE });
  });
});

it('a claim after the end that is rejected has undone no late fee', async () => {
  const lease = await runningLease(database);
  await lease.fees(9);
  const first = await lease.claims(10, LINE + FEE);
  await lease.pays(10, 9 * LINE);
  await complete(lease, day(10));
  await reverse(lease, day(11), first);
  const claim = await lease.claims(12, LINE + FEE, on(5));
  await decideCash(database, claim, day(14), { decision: 'rejected' });
  expect(await lease.books(14)).toMatchObject({ status: 'completed', feesCharged: FEE, credit: 0 });
});

it('a late fee is told also where the first answer of its step was lost', async () => {
  const lease = await runningLease(database);
  expect((await lease.fees(9)).charged).toBe(FEE);
  expect((await lease.fees(9)).charged).toBe(FEE);
});

describe('a late fee', () => {
  it('that a doubt has put off takes nothing of money that came before it was charged', async () => {
    const lease = await runningLease(database);
    const prompt = await lease.unknown(5);
    await lease.fees(9);
    await lease.pays(10, LINE);
    await lease.fees(16);
    await lease.cash(17, LINE, on(12));
    await lease.decide(18, prompt, 'failed');
    await lease.fees(18);
    expect((await lease.books(18)).feesCharged).toBe(FEE);
  });
  it('is the same where the next line was known to be paid at once', async () => {
    const lease = await runningLease(database);
    const prompt = await lease.unknown(5);
    await lease.fees(9);
    await lease.pays(10, LINE);
    await lease.pays(12, LINE);
    await lease.fees(16);
    await lease.decide(18, prompt, 'failed');
    await lease.fees(18);
    expect((await lease.books(18)).feesCharged).toBe(FEE);
  });
});
