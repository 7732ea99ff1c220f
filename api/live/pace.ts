/** Milliseconds between two positions of a vehicle, in the long run. */
export const POSITION_EVERY = 1_000;
/** Milliseconds by which one may come before its turn: less than a turn, so that there is never more than one too early. */
const EARLY = 900;

/**
 * When the next turn is: the generic cell rate algorithm. A tracker that says one position a second, and whose messages
 * the network delays now and then, is told at once. A fixed distance from the last one told would keep the longest delay
 * that there ever was, since each waits for the one before it.
 *
 * Within any t seconds, begun ones counted as whole, at most t + 1 turns are taken.
 */
export interface Pace {
  /** Epoch milliseconds. */
  readonly turn: number;
}

export const START: Pace = { turn: 0 };

/** Epoch milliseconds from which on the next one may come. */
export const earliest = ({ turn }: Pace): number => turn - EARLY;

/** One came now. */
export const taken = ({ turn }: Pace, now: number): Pace => ({ turn: Math.max(now, turn) + POSITION_EVERY });
