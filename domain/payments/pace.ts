/**
 * Milliseconds from one automatic prompt to the next, for a provider that takes so many a second: a tenth is left for what
 * people ask for themselves, and for requests that the network brings closer together than they were sent.
 */
export const spacingMs = (promptsPerSecond: number): number => 1_000 / (promptsPerSecond * 0.9);

/** The longest that a turn is waited for where it was taken, milliseconds. */
const LONGEST_HERE = 1_500;

/** How a prompt waits for its turn: here for so long, or by coming again after so long; milliseconds. */
export type Wait = { readonly hereMs: number } | { readonly againMs: number };

/** @param lastsMs what one try of the activity may take: a quarter of it at most is waited */
export function waitFor(turn: number, now: number, lastsMs: number): Wait {
  const left = Math.max(0, turn - now);
  const here = Math.min(LONGEST_HERE, lastsMs / 4);
  return left <= here ? { hereMs: left } : { againMs: Math.ceil(left) };
}

/** Milliseconds over which the leases that are due at the same hour are spread: 10,000 of them at 18 a second take 556 s. */
export const SPREAD_MS = 9 * 60_000;

/** A lease's own part of the spread, always the same. @param leaseId a UUID whose end is random */
export const spreadOf = (leaseId: string): number =>
  Math.floor((Number.parseInt(leaseId.slice(-6), 16) / 0x1000000) * SPREAD_MS);
