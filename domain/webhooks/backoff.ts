const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds for which a delivery is tried. */
export const PATIENCE = 5 * DAY;
/** Milliseconds after which an endpoint that takes nothing, and has let a delivery die, is told nothing any more. */
export const UNREACHABLE = 4 * DAY;
/** Milliseconds between one try and the next; from the last on it stays. */
const pauses = [
  SECOND,
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  DAY,
] as const;
/** What a receiver may ask for by `Retry-After` at most. */
const LONGEST_ASKED = DAY;
/** Milliseconds that one waits for its turn at an endpoint that has so much in hand: as long as it has waited, within these. */
const SHORTEST_TURN = 5 * SECOND;
const LONGEST_TURN = MINUTE;
/** So much longer a pause may be than it is: those of one endpoint spread. */
const SPREAD = 0.1;

/**
 * When a delivery is tried again that has failed.
 *
 * @param failed how many tries have failed since it was begun, this one included
 * @param chance of 0 to 1, for the spread
 * @returns milliseconds from now; null where its time is over. The last try comes when it ends.
 */
export function waitBeforeRetry(
  { failed, at, deadline }: { readonly failed: number; readonly at: Date; readonly deadline: Date },
  retryAfterMs: number | null,
  chance: number,
): number | null {
  const left = deadline.getTime() - at.getTime();
  if (left <= 0) return null;
  const usual = (pauses[Math.min(failed, pauses.length) - 1] ?? DAY) * (1 + SPREAD * chance);
  const asked = Math.min(retryAfterMs ?? 0, LONGEST_ASKED);
  return Math.round(Math.min(Math.max(usual, asked), left));
}

/**
 * When a delivery is tried again that was not sent, because its endpoint has so much in hand: that says nothing against it.
 *
 * @param chance of 0 to 1, for the spread
 * @returns milliseconds from now; null where its time is over
 */
export function nextTurn(
  { at, deadline }: { readonly at: Date; readonly deadline: Date },
  chance: number,
): number | null {
  const left = deadline.getTime() - at.getTime();
  if (left <= 0) return null;
  const pause = Math.min(Math.max(PATIENCE - left, SHORTEST_TURN), LONGEST_TURN);
  return Math.round(Math.min(pause * (1 + chance), left));
}
