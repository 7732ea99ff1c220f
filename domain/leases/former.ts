/** Who had a lease until it was made over, and what of a payment was in the books then. Minor units. */
export interface Tenure {
  readonly customerId: string;
  /** In the books by the end of it, with what stood in for what was claimed before. */
  readonly booked: number;
  /** What is claimed of him of this payment. */
  readonly claimed: number;
}

/** What of a payment is somebody's who had the lease before, and is not claimed of him. Minor units. */
export interface Theirs {
  readonly customerId: string;
  readonly amount: number;
}

/**
 * What of a payment each had paid who had the lease before: what was in the books when he made it over, and at each time that it was made
 * over since, less what had been in the time of those before him.
 *
 * @param tenures the first first
 * @returns the last first, since what was booked last is taken back first
 */
export function theirsOf(tenures: readonly Tenure[]): Theirs[] {
  const claimed = new Map(tenures.map((one) => [one.customerId, one.claimed]));
  let before = 0;
  const theirs = tenures.map(({ customerId }, k) => {
    const stayed = Math.max(0, Math.min(...tenures.slice(k).map(({ booked }) => booked)));
    const paid = Math.max(0, stayed - before);
    before = Math.max(before, stayed);
    const had = Math.min(paid, claimed.get(customerId) ?? 0);
    claimed.set(customerId, (claimed.get(customerId) ?? 0) - had);
    return { customerId, amount: paid - had };
  });
  return theirs.toReversed().filter(({ amount }) => amount > 0);
}

/**
 * Who owes what is taken of a payment: whoever has the lease what was booked since, then those who had it before, the last first.
 *
 * @param taken.booked what of it is in the books, and `amount` what of that is taken; minor units
 */
export function shareOut(
  { booked, amount }: { readonly booked: number; readonly amount: number },
  theirs: readonly Theirs[],
): { readonly own: number; readonly formers: Theirs[] } {
  const own = Math.min(amount, Math.max(0, booked - sumOfTheirs(theirs)));
  let rest = amount - own;
  const formers = theirs.flatMap((one) => {
    const share = Math.min(one.amount, rest);
    rest -= share;
    return share > 0 ? [{ ...one, amount: share }] : [];
  });
  return { own: own + rest, formers };
}

export const sumOfTheirs = (theirs: readonly Theirs[]): number => theirs.reduce((sum, { amount }) => sum + amount, 0);
