/** Hours by which agents extend a hold in all: a week, and a day once somebody waits for the vehicle. */
export const MOST_EXTENDED_HOURS = 7 * 24;
const MOST_AWAITED_HOURS = 24;

/**
 * By how many hours an agent may extend a hold still.
 *
 * @param extended hours by which it was extended before
 * @param waiting how many wait for the vehicle
 */
export function extensionLeft(extended: number, waiting: number): number {
  return Math.max(0, (waiting > 0 ? MOST_AWAITED_HOURS : MOST_EXTENDED_HOURS) - extended);
}

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
