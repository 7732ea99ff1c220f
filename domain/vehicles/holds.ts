/** Holds of one vehicle by one customer that may come to nothing before he waits. */
const HOLDS = 2;
/** For so long, in days of 24 hours, he cannot hold it again then, and for so long a hold counts. */
const COOLING_DAYS = 7;
const COUNTED_DAYS = 30;
const DAY = 24 * 3_600_000;

/**
 * From when a customer may hold a vehicle again that he has held and let go: as with reservations elsewhere nobody keeps
 * it from the market by taking it again and again. All on the lease's clock.
 *
 * @param letGo when his holds of it ended that brought him no vehicle
 * @returns null where he may now
 */
export function holdableFrom(letGo: readonly Date[], at: Date): Date | null {
  const ended = letGo.map((one) => one.getTime()).filter((one) => one > at.getTime() - COUNTED_DAYS * DAY);
  const from = Math.max(...ended) + COOLING_DAYS * DAY;
  return ended.length < HOLDS || at.getTime() >= from ? null : new Date(from);
}
