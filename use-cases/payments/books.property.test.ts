import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { journalsWithGaps } from '#test/books/checks';
import { live } from '#test/books/life';
import { life } from '#test/books/lives';
import { setStage, type Stage } from '#test/books/stage';
import { createTestDatabase, type TestDatabase } from '#test/database';

/**
 * The books of a lease under any sequence of what networks, people and crashes do to it. Each step is what
 * the lease's workflow would have an activity do; a crash rolls a step back after its work was done, and the
 * step is done again, as Temporal does; what was acknowledged may be done again too.
 * `test/books/lives.ts` says what may happen, `checks.ts` what is true all the same.
 * `npm test` lives 150, `npm run test:long` a thousand; `PROPERTY_RUNS=20000 npx vitest run
 * use-cases/payments/books.property.test.ts` tries more.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 150);
/** Lives that are lived side by side: the database has several sessions, as in production. */
const AT_ONCE = Math.min(RUNS, 8);

let database: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  database = await createTestDatabase();
  stage = await setStage(database);
});
afterAll(async () => {
  await stage.close();
  await database.close();
});

/** Statuses of leases, payments and suspense, kinds of transfers and cases, what became of cash handed over, that so many lives cannot miss. */
const common = [
  'active',
  'in_arrears',
  'paused',
  'stolen',
  'completed',
  'settled_early',
  'written_off',
  'returned',
  'withdrawn',
  'succeeded',
  'failed',
  'reversed',
  'suspense',
  'posted',
  'handover',
  'receipt',
  'reversal',
  'refund',
  'late_fee',
  'late_fee_undone',
  'fee_waiver',
  'settlement_saving',
  'credit_applied',
  'write_off',
  'return_waiver',
  'paid_ahead',
  'rounding',
  'unknown_outcome',
  'differing_amount',
  'chargeback',
  'receipt_taken',
  'backdated_cash',
  'confirmed',
  'rejected',
];

/** Milliseconds, of which a failure has the rest to find a shorter life that fails. */
const LIMIT = 120_000 + RUNS * 1_000;
const seed = Number(process.env['TEST_SEED']);

/** Each of those that live side by side draws from a seed of its own. The first that fails ends the others. */
async function liveMany(): Promise<void> {
  let failing: number | null = null;
  const liveOn = (self: number) =>
    fc.assert(
      fc.asyncProperty(life, async (one) => {
        if (failing !== null && failing !== self) return;
        try {
          await live(stage, one);
        } catch (error) {
          if (failing === null) process.stderr.write(`TEST_SEED=${seed}: a life failed: ${JSON.stringify(one)}\n`);
          failing = self;
          throw error;
        }
      }),
      { numRuns: Math.ceil(RUNS / AT_ONCE), seed: seed + self, interruptAfterTimeLimit: LIMIT },
    );
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, (_, self) => liveOn(self)));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

it(`keeps the books over ${RUNS} random lives of a lease`, { timeout: LIMIT + 60_000, retry: 0 }, async () => {
  await liveMany();
  expect(await journalsWithGaps(database.db), 'journals with gaps').toEqual([]);
  if (RUNS < 1_000) return;
  // The lives were not too short to meet what they are to meet.
  const seen = await database.db.execute<{ what: string }>(sql`
    select distinct lease_status as what from events.audit union select distinct status from payments.attempts
    union select distinct status from payments.inbound union select distinct kind from payments.cases
    union select distinct kind from ledger.transfers union select distinct status from payments.remittances`);
  expect(seen.map(({ what }) => what)).toEqual(expect.arrayContaining(common));
});
