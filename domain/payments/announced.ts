/**
 * By how much of what is announced, and no statement lists yet, a lease may be kept in doubt. A statement lags for hours at
 * times; but whoever knows the address may announce what nobody paid, and is not to hold collection off by it.
 */
const IN_DOUBT = { aDay: 3, withinDays: 30, inAll: 5 } as const;
/** A statement lags no longer. */
const LAGS = 3;

const DAY = 24 * 3_600_000;

/** Something that was announced for a lease, and that no statement has listed. Instants are epoch milliseconds, sums minor units. */
export interface Unproven {
  readonly receivedAt: number;
  readonly amount: number;
}

/**
 * Whether an announcement that its provider does not know of is asked about on, as money in doubt for its lease: while its day has
 * no good report, at most three days, as few of them and not more than the lease owes. Any other is denied; the statement that
 * lists it one day counts all the same.
 *
 * @param before the others of its lease that were announced before it, denied or not
 * @param lease.owed all that its money could pay, minor units
 */
export function staysInDoubt(
  one: Unproven & { readonly paidAt: number },
  before: readonly Unproven[],
  { owed, isReported, now }: { readonly owed: number; readonly isReported: boolean; readonly now: number },
): boolean {
  const { receivedAt, paidAt, amount } = one;
  const isOld = now - receivedAt >= LAGS * DAY || receivedAt - paidAt >= LAGS * DAY;
  if (isReported || isOld) return false;
  const since = (days: number) => before.filter((other) => receivedAt - other.receivedAt < days * DAY);
  const today = since(1);
  const sum = today.reduce((total, other) => total + other.amount, amount);
  return today.length < IN_DOUBT.aDay && since(IN_DOUBT.withinDays).length < IN_DOUBT.inAll && sum <= owed;
}
