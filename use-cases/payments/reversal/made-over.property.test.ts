import fc from 'fast-check';
import { inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inbound } from '#db/schema/index';
import { isGivenUp } from '#domain/leases/status';
import { madeOverBooks, type Lease } from '#test/made-over';
import { isBooked, isOfMoney, madeOverLife, madeOverSteps, moneyOf, type MadeOverStep } from '#test/made-over-lives';
import { leftOf } from '../../leases/credit-shares.ts';
import { lockLease, positionAt } from '../../leases/lease-record.ts';

/**
 * Random lives of leases that are made over while what was paid on them is taken back, moved and booked again
 * (`test/made-over-lives.ts` says what may happen): after each step the books agree, no money counts twice, and of those who had a lease
 * before as much is claimed as was theirs. `MADE_OVER=1000` tries more.
 */
let books: Awaited<ReturnType<typeof madeOverBooks>>;
beforeAll(async () => {
  books = await madeOverBooks();
});
afterAll(() => books.close());

const LIVES = Number(process.env['MADE_OVER'] ?? 6);
type Life = Awaited<ReturnType<typeof madeOverLife>>;

async function agrees(lease: Lease, now: string) {
  const row = await lease.row();
  const balances = await lease.balances();
  const of = (name: string) => balances.get(name) ?? 0;
  const position = await lease.at(now, async ({ tx, at }) => positionAt(await lockLease(tx, lease.id), at));
  const owed = isGivenUp(row.status) ? 0 : position.outstanding + position.feesDue;
  expect([of('receivable'), 0 - of('unapplied'), of('disputed')]).toEqual([owed, row.credit, row.disputed]);
  expect(Math.min(row.credit, row.disputed, position.outstanding, of('former'))).toBeGreaterThanOrEqual(0);
}

/** How much more the account of suspense holds than waits in it. */
async function tooMuchInSuspense(): Promise<number> {
  const [found] = await books.database.db.execute<{ sum: number }>(sql`select (
    (select coalesce(-sum(e.amount), 0) from ledger.entries e join ledger.accounts a on a.id = e.account_id where a.name = 'suspense:mtn')
    - (select coalesce(sum(amount), 0) from payments.inbound where status in ('suspense', 'returning')))::float8 as sum`);
  return found?.sum ?? Number.NaN;
}

/** Of each money what is booked, what waits and what is claimed is no more than came; and what is claimed is what was theirs. */
async function countsOnce(life: Life) {
  const counted = new Map<string, number>();
  const came = new Map<string, number>();
  const count = (money: string, amount: number) => counted.set(money, (counted.get(money) ?? 0) + amount);
  for (const { id: leaseId } of life.leases) {
    const payments = (await life.paymentsOf(leaseId)).filter(isOfMoney);
    const claims = await life.claimsOf(leaseId);
    for (const [money, sum] of claims) count(money, sum);
    for (const one of payments) {
      const [money, booked] = [moneyOf(one), isBooked(one) ? leftOf(one) : 0];
      count(money, booked);
      came.set(money, Math.max(came.get(money) ?? 0, one.amount));
      const theirs = life.signed(leaseId)?.get(money) ?? 0;
      const claimed = claims.get(money) ?? 0;
      expect(claimed, 'no more is claimed than was there').toBeLessThanOrEqual(theirs);
      if (one.kind !== 'inbound')
        expect(claimed, 'what was there, and is not, is claimed').toBeGreaterThanOrEqual(theirs - booked);
    }
  }
  const items = await books.database.db
    .select()
    .from(inbound)
    .where(inArray(inbound.receipt, [...came.keys()]));
  for (const { receipt, status, amount } of items) if (status === 'suspense') count(receipt, amount);
  for (const [money, sum] of counted) expect(sum, 'it counts once').toBeLessThanOrEqual(came.get(money) ?? 0);
}

const seen = new Map<string, number>();

async function lives(steps: readonly MadeOverStep[]): Promise<void> {
  const life = await madeOverLife(books);
  const before = await tooMuchInSuspense();
  for (const step of steps) {
    const name = `${step.do}: ${(await life.does(step)) ? 'done' : 'refused'}`;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    for (const lease of life.leases) await agrees(lease, life.now());
    expect(await tooMuchInSuspense(), 'suspense is the sum of what waits').toBe(before);
    await countsOnce(life);
  }
}

it(
  `keeps the books over ${LIVES} random lives of leases that are made over`,
  { timeout: 120_000 + LIVES * 10_000, retry: 0 },
  async () => {
    const seed = Number(process.env['TEST_SEED']);
    await fc.assert(fc.asyncProperty(madeOverSteps, lives), {
      numRuns: LIVES,
      seed,
      endOnFailure: process.env['MADE_OVER'] === undefined,
    });
    if (LIVES >= 100)
      process.stderr.write(
        `${[...seen]
          .map(([what, times]) => `${times}\t${what}`)
          .toSorted()
          .join('\n')}\n`,
      );
  },
);
