/**
 * Milliseconds from one automatic prompt to the next, for a provider that takes so many a second: a tenth is left for what
 * people ask for themselves, and for requests that the network brings closer together than they were sent.
 */
export const spacingMs = (promptsPerSecond: number): number => 1_000 / (promptsPerSecond * 0.9);

/** The longest that a turn is waited for where it was taken, milliseconds. */
const LONGEST_HERE = 1_500;
/** The longest that somebody stays away before he looks at his turn again. */
const LONGEST_AWAY = 10 * 60_000;
/** Who comes later than this after his turn has lost it: all who were held up together would go at once. */
const LATEST = 5_000;

/** @param lastsMs what one try of the activity may take: a quarter of it at most is waited */
export const longestHere = (lastsMs: number): number => Math.min(LONGEST_HERE, lastsMs / 4);

/** How a prompt waits for its turn: here for so long, or by coming again after so long; milliseconds. */
export type Wait = { readonly hereMs: number } | { readonly againMs: number };

/** Who comes again does so a little early and waits for the rest here, so that no dispatch of his brings him beside others. */
export function waitFor(turn: number, now: number, lastsMs: number): Wait {
  const left = Math.max(0, turn - now);
  const here = longestHere(lastsMs);
  return left <= here ? { hereMs: left } : { againMs: Math.min(LONGEST_AWAY, Math.ceil(left - here / 2)) };
}

/** The turns that a provider gives out in a market, milliseconds by the database's clock. */
export interface Queue {
  readonly nextAt: number;
  /** How many were given out: each has its number. */
  readonly taken: number;
  /** The number of the first turn that is still to come, null when nobody waits. */
  readonly first: number | null;
}

/** So much further than those who wait explain may the next turn be, milliseconds: those who wait where they are are not counted. */
const UNCOUNTED = 10_000;

/**
 * The furthest that the next turn may be. A clock that was wrong for a moment, or a limit that was too low, puts it further
 * away than those who wait explain: then it is where they end.
 */
export const furthest = ({ taken, first }: Omit<Queue, 'nextAt'>, now: number, apart: number): number =>
  now + UNCOUNTED + ((first === null ? 0 : taken - first + 1) + 1) * apart;

/** Whether a turn that was given out is still its holder's: not when it is long over, nor when it lies behind the next one. */
export const stands = (turn: number, queue: Queue, now: number, apart: number): boolean =>
  turn >= now - LATEST && turn < Math.min(queue.nextAt, furthest(queue, now, apart));

/** Milliseconds over which the leases that are due at the same hour are spread: 10,000 of them at 18 a second take 556 s. */
export const SPREAD_MS = 9 * 60_000;
