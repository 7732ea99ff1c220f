import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, marketRuleRows } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { admin, keptVehicle } from '#test/kept-vehicle';
import { bookAgain } from '../../payments/reversal/book-again.ts';
import { confirmSale } from '../../payments/confirm-sale.ts';
import { reversePayment } from '../../payments/reversal/reverse-payment.ts';
import { sellVehicle } from '../../payments/sell-vehicle.ts';
import { chargeCosts } from './charge-costs.ts';
import { redeemVehicle } from './redeem-vehicle.ts';
import { takeCostsBack } from './take-costs-back.ts';

/**
 * Random lives of vehicles that were taken back, by either law: after each step the books agree, credit that is there means that
 * nothing is owed, and the customer owes or has just what came of it.
 */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** With the deposit, before anything was paid. */
const PRICE = 118_334;
const admins: readonly Actor[] = [admin, ...[1, 2].map(() => ({ role: 'admin' as const, id: randomUUID() }))];

const one = fc.nat({ max: 9 });
const step = fc.record({
  what: fc.constantFrom(
    'charge',
    'charge',
    'part',
    'whole',
    'again',
    'costs',
    'less',
    'sale',
    'sale',
    'brought',
    'redeem',
  ),
  which: one,
  who: one,
  amount: fc.constantFrom(500, 3_000, 20_000, 30_000, 98_334, 110_000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function begin() {
  const lease = await keptVehicle(database);
  await lease.demand();
  const { id: leaseId } = lease;
  const paid = [lease.deposit];
  let minute = 0;
  const reason = 'random';
  const take = async (step: Step) => {
    minute += 1;
    const at = new Date(Date.parse('2026-05-10T07:00:00Z') + minute * 60_000);
    const actor = admins[step.who % admins.length] ?? admin;
    const { amount, what, which } = step;
    const id = randomUUID();
    const attemptId = paid[which % paid.length] ?? '';
    await lease.as(actor, at, async (context) => {
      if (what === 'part')
        await reversePayment(context, { leaseId, attemptId, reason, amount: amount % 7_000, reversalId: id });
      if (what === 'whole') await reversePayment(context, { leaseId, attemptId, reason });
      if (what === 'again') await bookAgain(context, { leaseId, attemptId, reason });
      if (what === 'costs') await chargeCosts(context, { leaseId, costsId: id, amount, reason });
      if (what === 'less') await takeCostsBack(context, { leaseId, correctionId: id, amount, reason });
      if (what === 'brought') await confirmSale(context, { leaseId, confirmationId: id, proceeds: amount, reason });
      if (what === 'redeem') await redeemVehicle(context, { leaseId });
      if (what === 'sale')
        await sellVehicle(context, { ...lease.sale, saleId: id, proceeds: amount, buyer: 'buyer', costs: 2_000 });
    });
    if (what === 'charge') paid.push(await lease.isCharged(at.toISOString(), amount));
  };
  const agrees = async (isOwed: boolean) => {
    const { credit, disputed, recovered } = await lease.row();
    const balances = await lease.balances();
    const of = (name: string) => balances.get(name) ?? 0;
    expect([...balances.values()].reduce((sum, amount) => sum + amount, 0)).toBe(0);
    expect([of('unapplied') + credit, of('disputed') - disputed, of('recovery') + recovered, of('sale')]).toEqual([
      0, 0, 0, 0,
    ]);
    const owed = await lease.owes('05-10');
    expect(credit > 0 && owed + disputed > 0, 'credit beside what is owed').toBe(false);
    const rows = await database.db.select().from(attempts).where(eq(attempts.leaseId, leaseId));
    const kept = rows
      .filter(({ status }) => status === 'succeeded')
      .reduce((sum, row) => sum + row.amount - row.takenBack, 0);
    const held = await lease.kept();
    const isSold = held?.status === 'sold';
    const forgiven = isSold && !isOwed ? (held.shortfall ?? 0) : 0;
    expect(owed + disputed - credit, 'what is owed, less what is his').toBe(
      PRICE + (held?.costs ?? 0) - kept - forgiven,
    );
    if (isSold && !isOwed) expect(owed + disputed, 'a shortfall that nobody owes').toBe(0);
    const isTold = (await lease.openCases()).includes('chargeback');
    expect(isTold, 'a case of what is in dispute, and none else').toBe(disputed > 0);
  };
  return { take, agrees };
}

it.each([true, false])(
  'the books of a vehicle that was taken back agree, where a shortfall is owed: %s',
  async (isOwed) => {
    await database.db.update(marketRuleRows).set({ isShortfallOwed: isOwed }).where(eq(marketRuleRows.market, 'UG'));
    const lives = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
      const life = await begin();
      for (const one of steps) {
        await life.take(one).catch((error: unknown) => {
          if (!(error instanceof Problem)) throw error;
        });
        await life.agrees(isOwed);
      }
    });
    await fc.assert(lives, { numRuns: Number(process.env['REPOSSESSIONS'] ?? 6) });
  },
);
