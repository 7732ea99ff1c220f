import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stateBooks } from '#test/stated-books';
import { before, liveMonths, months } from '#test/stated-months';

/**
 * Months of a payment of which its provider takes some, whole or in parts, by itself, as statements of several days tell: late, again,
 * or in parts of what was booked at once. People book it, book it again, close cases and move it; the clock reads the days in any
 * order. `test/stated-months.ts` says what may happen and what is true all the same.
 * `PROPERTY_RUNS=2000 npx vitest run use-cases/payments/reconciliation/months.property.test.ts` tries more.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 10);
const SEED = Number(process.env['TEST_SEED']);
/** Lives of one database, whose days grow with each. */
const A_DATABASE = 40;

it(
  `tells of each difference once, over ${RUNS} random lives of months`,
  { timeout: 60_000 + RUNS * 5_000, retry: 0 },
  async () => {
    const seen = new Map<string, number>();
    for (let lived = 0; lived < RUNS; lived += A_DATABASE) {
      const books = await stateBooks();
      try {
        const numRuns = Math.min(A_DATABASE, RUNS - lived);
        await fc.assert(
          fc.asyncProperty(months, (one) => liveMonths(books, one, seen)),
          { numRuns, seed: SEED + lived, examples: before.map((one) => [one]) },
        );
      } finally {
        await books.close();
      }
    }
    if (RUNS < 100) return;
    process.stderr.write(`what ${RUNS} lives have done: ${JSON.stringify(Object.fromEntries(seen))}\n`);
    expect([...seen.keys()].toSorted()).toEqual(
      [
        'again',
        'book',
        'close',
        'provider',
        'read',
        'refund',
        'resolve',
        'suspend',
        'take',
        'tomorrow',
        'whole',
      ].toSorted(),
    );
  },
);
