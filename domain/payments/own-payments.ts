import { Problem } from '../errors.ts';

/** Payments that people may have under way at once for one lease, and that may fail on one local day. */
export const MOST_UNDER_WAY = 10;
export const FAILURES_A_DAY = 20;
/** Prompts that whoever has a phone may decline on one local day, before nobody asks him again by `pay` or `settle`. */
export const DECLINES_A_DAY = 3;
/** The same of those that people asked for and nobody answered: whoever has the phone may not be theirs. */
export const UNANSWERED_A_DAY = 5;

/**
 * Why a person may not start another payment now, or null. What is under way may cover what is owed, and one more on
 * top: whoever is impatient taps twice. A payment that is declined costs nothing, so those of a day are counted too;
 * one whose outcome is unknown counts like a declined one, and never stands in the way of the next.
 *
 * @param owed all that is still to be paid, minor units
 * @param underWay amounts of the lease's pending payments, minor units
 * @param failedToday payments of people that failed or are unknown, of the lease's own today
 */
export function refuseOwnPayment({
  owed,
  underWay,
  failedToday,
}: {
  readonly owed: number;
  readonly underWay: readonly number[];
  readonly failedToday: number;
}): 'covered' | 'many_under_way' | 'failed_today' | null {
  if (failedToday >= FAILURES_A_DAY) return 'failed_today';
  const [, ...others] = underWay.toSorted((a, b) => b - a);
  const sum = others.reduce((total, amount) => total + amount, 0);
  if (others.length > 0 && sum >= owed) return 'covered';
  return underWay.length >= MOST_UNDER_WAY ? 'many_under_way' : null;
}

/**
 * What a payment that a person asks a phone for is beside requests of the lease itself that are on that phone: taken where it
 * pays what they leave of what is due, or ahead of both; else it would be of their money once more. Minor units.
 *
 * @param amount null for all that is left to pay
 * @param asked the sum of those requests
 * @param due what they may be of
 * @param owed all that is still to be paid
 */
export function isTakenBeside({
  amount,
  asked,
  due,
  owed,
}: {
  readonly amount: number | null;
  readonly asked: number;
  readonly due: number;
  readonly owed: number;
}): boolean {
  if (asked === 0) return true;
  if (amount === null) return false;
  // Somebody rounds up what is due, or pays a little ahead with it: the request is of that money.
  const isAhead = amount >= asked + Math.max(asked, due) && amount + asked <= owed;
  return isAhead || amount <= due - asked;
}

/**
 * Refuses one payment of a person's, asked for or in cash, of more than all that the lease costs with its fees, paid or not:
 * it is a slip. Less may become credit.
 *
 * @throws Problem unprocessable naming the amount
 */
export function refuseMoreThanCosts(
  { totalPrice, feesCharged }: { readonly totalPrice: number; readonly feesCharged: number },
  amount: number,
): void {
  const most = totalPrice + feesCharged;
  if (amount <= most) return;
  const message = `must be at most what the lease costs, ${most}`;
  throw new Problem('unprocessable', 'that is more than the lease costs', [{ path: 'amount.amount', message }]);
}
