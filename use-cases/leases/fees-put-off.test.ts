import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, inbound, leases } from '#db/schema/index';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { FEE, LINE, admin, agent, agrees, day, on, runningLease, type LateLease } from '#test/late-money';
import { reversePayment } from '../payments/reversal/reverse-payment.ts';
import { completeLease } from './end-lease.ts';
import { pauseLease, resumeLease } from './pause-lease.ts';
import { reAgeLease, restructureLease } from './restructure-lease.ts';
import { quoteSettlement } from './settle-early.ts';
import { undoRestructure } from './undo-restructure.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const reverse = (lease: LateLease, at: Date, attemptId: string) =>
  lease.act(at, (context) => reversePayment(context, { leaseId: lease.id, attemptId, reason: 'a mistake' }), admin);
const quote = (lease: LateLease, at: Date) =>
  lease.act(at, (context) => quoteSettlement(context, { leaseId: lease.id }), admin);
const restructure = (lease: LateLease, at: Date) =>
  lease.act(at, (context) => restructureLease(context, { leaseId: lease.id, instalments: 9, reason: 'ill' }), agent);
const complete = (lease: LateLease, at: Date) =>
  lease.act(at, (context) => completeLease(context, { leaseId: lease.id }));
const charged = async (lease: LateLease, number: number) => {
  await lease.fees(number);
  return (await lease.books(number)).feesCharged;
};

/** A line's sum that waits in suspense with the lease's reference, paid on a day. */
async function suspense(lease: LateLease, number: number) {
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  const id = uuidv7();
  const facts = { provider: 'mtn', receipt: id, payerMasked: '+2567*****001', amount: LINE } as const;
  const known = { market: 'UG', account: row?.reference ?? '', currency: 'UGX', status: 'suspense' } as const;
  await database.db.insert(inbound).values({ id, ...facts, ...known, paidAt: day(number) });
  return {
    /** Somebody gives it to a lease. */
    async goesTo(other: LateLease, at: Date) {
      await database.db.update(inbound).set({ leaseId: other.id }).where(eq(inbound.id, id));
      await other.receive(at, { kind: 'inbound', paymentId: id, ...facts, fromSuspense: true });
    },
  };
}

describe('a late fee that money in doubt puts off', () => {
  it('is owed when the money turns out not to be paid, also where a pause has moved its line before', async () => {
    const lease = await runningLease(database);
    const prompt = await lease.unknown(5);
    await lease.act(day(6), (context) => pauseLease(context, { leaseId: lease.id, kind: 'repair', days: 10 }), agent);
    await lease.act(day(16, 8), (context) => resumeLease(context, { leaseId: lease.id }));
    expect(await charged(lease, 19)).toBe(0);
    await lease.pays(20, LINE);
    await lease.decide(21, prompt, 'failed');
    expect(await charged(lease, 21)).toBe(FEE);
  });

  it('is owed also where a restructure has spread its line anew meanwhile', async () => {
    const lease = await runningLease(database);
    const prompt = await lease.unknown(5);
    await lease.fees(9);
    await restructure(lease, day(11));
    await lease.decide(12, prompt, 'failed');
    expect(await charged(lease, 13)).toBe(FEE);
    expect(await charged(lease, 14)).toBe(FEE);
  });

  it('is not owed where the money counts from a day within the grace', async () => {
    const lease = await runningLease(database);
    const prompt = await lease.unknown(5);
    await lease.fees(9);
    await restructure(lease, day(11));
    await lease.decide(12, prompt, 'succeeded');
    expect(await charged(lease, 13)).toBe(0);
  });

  it('is owed where suspense of its reference was for another lease', async () => {
    const lease = await runningLease(database);
    const waits = await suspense(lease, 5);
    expect(await charged(lease, 9)).toBe(0);
    await lease.pays(10, LINE);
    await waits.goesTo(await runningLease(database), day(11));
    expect(await charged(lease, 11)).toBe(FEE);
  });

  it('waits while other money may have paid its line in time', async () => {
    const lease = await runningLease(database);
    const prompt = await lease.unknown(5);
    const waits = await suspense(lease, 7);
    await lease.fees(9);
    await lease.pays(10, LINE);
    await lease.decide(11, prompt, 'failed');
    expect(await charged(lease, 12)).toBe(0);
    await waits.goesTo(await runningLease(database), day(13));
    expect(await charged(lease, 13)).toBe(FEE);
  });

  it('is not charged to a lease that ends in the doubt', async () => {
    const lease = await runningLease(database);
    const prompt = await lease.unknown(5);
    const waits = await suspense(lease, 7);
    await lease.fees(9);
    await lease.pays(10, 10 * LINE);
    await lease.decide(11, prompt, 'failed');
    await complete(lease, day(11));
    await waits.goesTo(lease, day(12));
    expect(await lease.books(12)).toMatchObject({ status: 'completed', feesCharged: 0, credit: LINE });
  });

  it('is put off only by money that would have paid the line', async () => {
    const lease = await runningLease(database);
    const attemptId = randomUUID();
    await lease.isAsked(8, { attemptId, amount: 1_000 });
    await database.db.update(attempts).set({ sent: true, status: 'unknown' }).where(eq(attempts.id, attemptId));
    await lease.pays(9, LINE);
    await lease.decide(9, attemptId, 'failed');
    expect(await charged(lease, 10)).toBe(0);
  });
});

describe('a late fee that was undone', () => {
  it('is not due again after a reversal while other money may have paid its line in time', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.pays(10, LINE + FEE);
    const first = await lease.cash(12, LINE, on(5));
    expect((await lease.books(12)).feesCharged).toBe(0);
    await suspense(lease, 7);
    await reverse(lease, day(13), first);
    expect(await charged(lease, 13)).toBe(0);
  });

  it('is undone after the end as well, and becomes credit', async () => {
    const lease = await runningLease(database);
    await lease.fees(9);
    await lease.pays(10, 10 * LINE + FEE);
    await complete(lease, day(10));
    await (await suspense(lease, 5)).goesTo(lease, day(12));
    expect(await lease.books(12)).toMatchObject({ status: 'completed', feesCharged: 0, credit: LINE + FEE });
    await agrees(database, lease, 12);
  });
});

it('one line that was late is one late fee, also where a chargeback gives its money to the line before', async () => {
  const lease = await runningLease(database);
  const first = await lease.cash(2, LINE);
  await lease.cash(12, LINE);
  await reverse(lease, day(13), first);
  for (const number of [14, 15]) expect(await charged(lease, number)).toBe(0);
  expect(await charged(lease, 16)).toBe(FEE);
});

it('a restructure over a gap makes nothing due that is not', async () => {
  const quotes = [];
  for (const withGap of [false, true]) {
    const lease = await runningLease(database);
    const first = await lease.cash(2, LINE);
    if (withGap) {
      await lease.cash(3, LINE);
      await reverse(lease, day(3), first);
    }
    await restructure(lease, day(6));
    quotes.push((await quote(lease, day(7))).amount);
  }
  expect(quotes[1]).toBe(quotes[0]);
});

it.each(['restructure', 're-age'] as const)(
  'no late fee is owed that a schedule had put off which was undone (%s)',
  async (how) => {
    const lease = await runningLease(database);
    await lease.cash(5, LINE);
    if (how === 'restructure') await restructure(lease, day(20));
    else await lease.act(day(20), (context) => reAgeLease(context, { leaseId: lease.id, reason: 'ill' }), agent);
    const attempt = await lease.unknown(28);
    await lease.fees(31);
    await lease.act(day(32), (context) => undoRestructure(context, { leaseId: lease.id, reason: 'a mistake' }), agent);
    await lease.decide(32, attempt, 'failed');
    // Lines of the 12th, the 19th and the 26th.
    expect(await charged(lease, 33)).toBe(3 * FEE);
  },
);

it('nothing is asked for or late where the credit of a paid quote that waits covers it', async () => {
  const lease = await runningLease(database);
  await lease.fees(9);
  const { amount } = await quote(lease, day(14));
  await lease.claims(14, LINE, on(5));
  const rest = amount - LINE - FEE;
  const twice = await lease.claims(14, rest);
  await lease.claims(14, rest);
  await reverse(lease, day(14), twice);
  await agrees(database, lease, 14);
  await lease.fees(16);
  await lease.fees(23);
  await lease.advance(23);
  expect(await lease.isAsked(19)).toBe(0);
  expect(await lease.books(16)).toMatchObject({ feesDue: 0, status: 'active' });
});
