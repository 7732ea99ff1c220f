import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Database } from '#db/client';
import { journalsWithGaps } from '#test/books/checks';
import { live } from '#test/books/life';
import { life } from '#test/books/lives';
import { setStage, type Stage } from '#test/books/stage';
import { createTestDatabase } from '#test/database';

/**
 * The books of a lease under any sequence of what networks, people and crashes do to it. Each step is what
 * the lease's workflow would have an activity do; a crash rolls a step back after its work was done, and the
 * step is done again, as Temporal does; what was acknowledged may be done again too.
 * `test/books/lives.ts` says what may happen, `checks.ts` what is true all the same.
 * `npm test` lives a thousand. Twenty thousand take hours:
 * `PROPERTY_RUNS=20000 npx vitest run use-cases/payments/books.property.test.ts`
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1_000);
/** Lives that are lived side by side: the database has several sessions, as in production. */
const AT_ONCE = 8;
/** Lives that a database has: those of its cashier and of its providers, which all lives share, grow with each. */
const A_DATABASE = 1_000;

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
const SEED = Number(process.env['TEST_SEED']);

/** Each of those that live side by side draws from a seed of its own. The first that fails ends the others. */
async function liveMany(stage: Stage, lives: number, seed: number): Promise<void> {
  const atOnce = Math.min(lives, AT_ONCE);
  let failing: number | null = null;
  const liveOn = (self: number) =>
    fc.assert(
      fc.asyncProperty(life, async (one) => {
        if (failing !== null && failing !== self) return;
        try {
          await live(stage, one);
        } catch (error) {
          if (failing === null) process.stderr.write(`TEST_SEED=${SEED}: a life failed: ${JSON.stringify(one)}\n`);
          failing = self;
          throw error;
        }
      }),
      { numRuns: Math.ceil(lives / atOnce), seed: seed + self, interruptAfterTimeLimit: LIMIT },
    );
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, (_, self) => liveOn(self)));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** What a thousand lives must have done: what was only tried, and refused, proves nothing. */
const done = [
  'a part taken back: active',
  'a part taken back: completed',
  'arrears',
  'at 00:00',
  'at 23:59',
  'book again',
  'confirm',
  'cash far above what is owed',
  'decide',
  'defect of ledger.entries',
  'defect of payments.attempts',
  'due day',
  'found',
  'frequency',
  'give back',
  'give up dispute',
  'hear',
  'inbound',
  'insured write-off',
  'insurer',
  'one key for parts of two payments',
  'one key for two of suspense',
  'one part of several booked again',
  'outage of leases.leases',
  'outage of ledger.entries',
  'paid ahead',
  'pause',
  'promise',
  're-age',
  're-amortise',
  'remit',
  'resolve',
  'restructure',
  'return',
  'reverse: active',
  'reverse: completed',
  'reverse: paused',
  'reverse: settled_early',
  'reverse: written_off',
  'settle',
  'tapped again',
  'tapped together',
  'the connection is cut after the commit',
  'the connection is cut before the commit',
  'the process dies before the commit',
  'theft',
  'total loss',
  'two reversed at once',
  'undo',
  'withdraw',
  'write off',
];

/** Lives in a database of their own. @returns what they have met there, and how often they have done what. */
async function livesOf(lives: number, seed: number): Promise<{ met: string[]; seen: ReadonlyMap<string, number> }> {
  const database = await createTestDatabase();
  const stage = await setStage(database);
  try {
    await liveMany(stage, lives, seed);
    expect(await journalsWithGaps(database.db), 'journals with gaps').toEqual([]);
    return { met: await metIn(database.db), seen: stage.seen };
  } finally {
    await stage.close();
    await database.close();
  }
}

async function metIn(db: Database): Promise<string[]> {
  const met = await db.execute<{ what: string }>(sql`
    select distinct lease_status as what from events.audit union select distinct status from payments.attempts
    union select distinct status from payments.inbound union select distinct kind from payments.cases
    union select distinct kind from ledger.transfers union select distinct status from payments.remittances`);
  return [...met].map(({ what }) => what);
}

/** A thousand lives meet all that they are to meet, but for bad luck: then that many more are lived, and more again. */
const MORE = 250;
const AT_MOST = 2 * RUNS;

it(`keeps the books over ${RUNS} random lives of a lease`, { timeout: LIMIT + 60_000, retry: 0 }, async () => {
  const met = new Set<string>();
  const seen = new Map<string, number>();
  const liveOn = async (lives: number, seed: number) => {
    const one = await livesOf(lives, seed);
    for (const what of one.met) met.add(what);
    for (const [what, times] of one.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  };
  const missed = () => [...common.filter((what) => !met.has(what)), ...done.filter((what) => !seen.has(what))];
  let lived = 0;
  for (; lived < RUNS; lived += A_DATABASE) await liveOn(Math.min(A_DATABASE, RUNS - lived), SEED + lived);
  if (RUNS < 1_000) return;
  for (; missed().length > 0 && lived < AT_MOST; lived += MORE) await liveOn(MORE, SEED + lived);
  const table = [...seen].toSorted(([a], [b]) => a.localeCompare(b)).map(([what, times]) => `${times}\t${what}`);
  process.stderr.write(`what ${lived} lives have done:\n${table.join('\n')}\n`);
  expect(missed(), 'never met or done').toEqual([]);
});
