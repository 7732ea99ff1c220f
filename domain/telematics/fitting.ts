/** A time in which a unit was in another vehicle than now, as another tracker. */
export interface Fitting {
  readonly trackerId: string;
  readonly vehicleId: string;
  /** Milliseconds of the epoch: from the one, until the other. */
  readonly from: number;
  readonly until: number;
  /** That vehicle is its customer's own by now: nothing of where it was is kept any more. */
  readonly owned: boolean;
}

/** It was in no vehicle, or nobody had said in which. */
export const BEFORE_FITTING = 'before_fitting';

/**
 * Where a unit was that has been in another vehicle before: what it kept from then tells of that one, whoever has it now.
 * One that never was may have been wired before anybody said so, and what it kept is of its vehicle.
 *
 * @param ts of the message, by the unit's clock
 * @returns null: where it is now.
 */
export function fittingAt(
  ts: number,
  fittedAt: number,
  earlier: readonly Fitting[],
): Fitting | typeof BEFORE_FITTING | null {
  if (earlier.length === 0 || ts >= fittedAt) return null;
  return earlier.find(({ from, until }) => ts >= from && ts < until) ?? BEFORE_FITTING;
}
