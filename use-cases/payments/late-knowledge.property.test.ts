import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, inbound, leases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { FEE, LINE, admin, agrees, config, day, on, runningLease, type LateLease } from '#test/late-money';
import { markUnknown } from './outcomes/mark-unknown.ts';
import { bookAgain } from './reversal/book-again.ts';
import { reversePayment } from './reversal/reverse-payment.ts';
import { giveFromSuspense } from './suspense/resolve-suspense.ts';
import { suspendItem } from './suspense/suspend-item.ts';

/**
 * The same money twice: a lease that hears of each payment on its day, and one that hears of it days later, with the
 * late fees and arrears of every day between. What is owed in the end is never more for what was known late.
 * `PROPERTY_RUNS=500 npx vitest run use-cases/payments/late-knowledge.property.test.ts` lives more of them.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 12);
/** The last day of January, and what of February counts on from there, on which anything is heard; fees are charged for a while after it. */
const LAST = 45;
const END = LAST + 6;

interface Slip {
  /** Days after the payment is known on which somebody takes it back by mistake, and how long that stays so. */
  readonly after: number;
  readonly lasts: number;
}

/** Money, of the day on which it was paid or asked for, and how many days later that is known. */
type Fact = { readonly on: number; readonly amount: number; readonly late: number } & (
  | { readonly by: 'cash' }
  /** `isNamed`: its customer typed the lease's reference; otherwise nobody knows whose it is. */
  | { readonly by: 'pay-bill'; readonly isNamed: boolean }
  | { readonly by: 'prompt'; readonly isPaid: boolean; readonly slip: Slip | null }
);

const common = {
  on: fc.integer({ min: 5, max: 21 }),
  amount: fc.constantFrom(LINE, LINE, 2 * LINE, LINE / 2, LINE + FEE, FEE, 100_000),
  late: fc.integer({ min: 0, max: 14 }),
};
const slip = fc.record({ after: fc.integer({ min: 0, max: 3 }), lasts: fc.integer({ min: 1, max: 7 }) });
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ ...common, by: fc.constant('cash') }),
  fc.record({ ...common, by: fc.constant('pay-bill'), isNamed: fc.boolean() }),
  fc.record({
    ...common,
    by: fc.constant('prompt'),
    isPaid: fc.constantFrom(true, true, false),
    slip: fc.option(slip, { nil: null, freq: 2 }),
  }),
);
const facts = fc.array(fact, { minLength: 1, maxLength: 4, size: 'max' });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const other: Actor = { role: 'admin', id: randomUUID() };

/** What happens on a day, in this order. */
interface Event {
  readonly on: number;
  readonly hour: number;
  readonly does: () => Promise<unknown>;
}

/** A customer pays by himself, and it waits in suspense until somebody says whose it is. */
async function payBill(lease: LateLease, { on: paidOn, amount }: Fact, knownOn: number, isNamed: boolean) {
  const id = uuidv7();
  const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
  const account = isNamed ? (row?.reference ?? '') : 'MISTYPED';
  const said = { provider: 'mtn', market: 'UG', currency: 'UGX', payerMasked: '+', payerEncrypted: 'x' } as const;
  const money = {
    id,
    receipt: id.toUpperCase(),
    account,
    amount,
    paidAt: day(paidOn, 9),
    status: 'announced',
  } as const;
  const waits = () =>
    lease.act(day(paidOn, 9), async (context) => {
      const [item] = await context.tx
        .insert(inbound)
        .values({ ...said, ...money })
        .returning();
      if (item !== undefined) await suspendItem(context, item, id);
    });
  const wish = { inboundId: id, leaseId: lease.id, paymentId: randomUUID() };
  const found = () => lease.act(day(knownOn, 13), (context) => giveFromSuspense(context, config, wish), admin);
  return [
    { on: paidOn, hour: 9, does: waits },
    { on: knownOn, hour: 13, does: found },
  ];
}

/** A prompt that the customer asks for, of which nobody hears at first; and the slip by which it is taken back for a while. */
function prompt(lease: LateLease, asked: Fact & { by: 'prompt' }, knownOn: number, slipped: Slip | null): Event[] {
  const { on: askedOn, amount, isPaid } = asked;
  const [leaseId, attemptId] = [lease.id, randomUUID()];
  const ask = async () => {
    if ((await lease.isAsked(askedOn, { attemptId, amount })) !== amount) throw new Problem('unprocessable', 'less');
    const isIt = eq(attempts.id, attemptId);
    await lease.act(day(askedOn, 8), ({ tx }) => tx.update(attempts).set({ sent: true }).where(isIt));
    await lease.act(day(askedOn, 9), (context) => markUnknown(context, { leaseId, attemptId }));
  };
  const known = [
    { on: askedOn, hour: 8, does: ask },
    { on: knownOn, hour: 12, does: () => lease.decide(knownOn, attemptId, isPaid ? 'succeeded' : 'failed') },
  ];
  if (!isPaid || slipped === null) return known;
  const [takenOn, againOn] = [knownOn + slipped.after, knownOn + slipped.after + slipped.lasts];
  const take = { leaseId, attemptId, reason: 'a slip' };
  return [
    ...known,
    {
      on: takenOn,
      hour: 14,
      does: () => lease.act(day(takenOn, 14), (context) => reversePayment(context, take), admin),
    },
    { on: againOn, hour: 15, does: () => lease.act(day(againOn, 15), (context) => bookAgain(context, take), other) },
  ];
}

async function eventsOf(lease: LateLease, one: Fact, isLate: boolean): Promise<Event[]> {
  const knownOn = one.on + (isLate ? one.late : 0);
  if (one.by === 'prompt') return prompt(lease, one, knownOn, isLate ? one.slip : null);
  if (one.by === 'pay-bill') return payBill(lease, one, knownOn, one.isNamed);
  return [{ on: knownOn, hour: 12, does: () => lease.cash(knownOn, one.amount, on(one.on)) }];
}

/** @returns what is owed in the end, less credit, and the fees in it; null where the product has refused a deed */
async function lived(all: readonly Fact[], isLate: boolean) {
  const lease = await runningLease(database);
  const events = (await Promise.all(all.map((one) => eventsOf(lease, one, isLate)))).flat();
  try {
    for (let number = 5; number <= END; number += 1) {
      await lease.fees(number);
      await lease.advance(number);
      const today = events.filter((event) => event.on === number).toSorted((a, b) => a.hour - b.hour);
      for (const { does } of today) await does();
    }
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
  await agrees(database, lease, END);
  const { outstanding, feesDue, feesCharged, credit } = await lease.books(END);
  return { owed: outstanding + feesDue - credit, feesCharged };
}

it('what is owed is never more for what was known late', { timeout: 120_000 + RUNS * 5_000, retry: 0 }, async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(facts, async (all) => {
      const [once, late] = await Promise.all([lived(all, false), lived(all, true)]);
      if (once === null || late === null) return;
      compared += 1;
      expect(late.owed, JSON.stringify({ once, late })).toBeLessThanOrEqual(once.owed);
    }),
    { numRuns: RUNS },
  );
  // Otherwise it says nothing.
  expect(compared).toBeGreaterThan(RUNS / 3);
});
