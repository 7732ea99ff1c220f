import type postgres from 'postgres';
import type { Config } from '#platform/config';

/** Rows that one statement deletes: short locks, and little to do again after a crash. */
const BATCH = 1_000;
/** Batches in one run; what is left waits for the next, an hour later. */
const MOST_BATCHES = 2_000;

/** Called between batches: says that the activity lives, and throws when it has been told to end. */
type Beat = () => void;

export interface Sweep {
  readonly sql: postgres.Sql;
  readonly at: Date;
  readonly config: Pick<Config, 'EVENTS_RETENTION_DAYS' | 'POSITIONS_RETENTION_DAYS'>;
  readonly beat: Beat;
}

/**
 * What a capability deletes when nobody may need it any more, by the names that the report of upkeep has. Each answers
 * how many rows (or days) it was, and may be repeated at any time.
 */
export type Retention = Readonly<Record<string, (sweep: Sweep) => Promise<number>>>;

/**
 * Repeats a bounded deletion until it finds less than it may take.
 *
 * @returns how many rows it deleted.
 */
export async function inBatches(
  deleteBatch: (limit: number) => PromiseLike<{ readonly count: number }>,
  beat: Beat,
): Promise<number> {
  let total = 0;
  for (let batches = 0; batches < MOST_BATCHES; batches += 1) {
    const { count } = await deleteBatch(BATCH);
    total += count;
    if (count < BATCH) return total;
    beat();
  }
  return total;
}

/** Days for which it is kept what a dispute about the year before may need, and nothing else does. */
export const DISPUTE_DAYS = 400;

/** The instant that lies so many days of 24 hours before another. */
export const daysBefore = (at: Date, days: number): Date => new Date(at.getTime() - days * 86_400_000);
