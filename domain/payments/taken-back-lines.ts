/** What a statement says of it: `Line` of the reconciliation. Amounts are minor units, times epoch milliseconds on the wall. */
interface Line {
  readonly type: string;
  readonly receipt: string;
  readonly originalReceipt: string | null;
  readonly reference: string | null;
  readonly amount: number;
  readonly at: number;
}

/** What the books say of it: `Movement` of the reconciliation. */
interface Movement {
  readonly id: string;
  readonly direction: string;
  readonly receipt: string | null;
  readonly originalReceipt: string | null;
  readonly amount: number;
  /** When it was booked. */
  readonly askedAt: number;
  readonly isTakenBack?: boolean;
  /** It took all that was left of the payment. */
  readonly isRest?: boolean;
  /** The receipts of the lines that it answers for, where any is known. */
  readonly answersFor?: readonly string[];
}

/** How long after we have booked that something went back its line may still come: milliseconds. */
export const COMES_WITHIN_MS = 31 * 24 * 60 * 60_000;

/**
 * Which line told of what a provider took back by itself, and a person has booked. Such a line names the receipt of the
 * payment alone, and a payment may be taken in many parts: each booked part answers for one line of its own sum. That is the one
 * that it is known to answer for, and no other ever after; until one is known, the earliest that is left. What took all that was left of a
 * payment answers for all the lines of it that are left together, where they come to its sum. So a line that nobody has
 * booked shows, also where another of its payment is booked.
 *
 * @param lines of the day and of the days around it: what another day's line has is nothing for this day's
 */
export function pairTakenBack<L extends Line, M extends Movement>(
  lines: readonly L[],
  movements: readonly M[],
): Map<L, M> {
  const pairs = new Map<L, M>();
  const booked = movements.filter(isTakenBack);
  const named = new Map(booked.flatMap((one) => (one.answersFor ?? []).map((line) => [line, one] as const)));
  const free = booked
    .filter((one) => !isNamed(one))
    .toSorted((a, b) => a.askedAt - b.askedAt || (a.id < b.id ? -1 : 1));
  // What bears the receipt of a movement of ours is that one's line.
  const receipts = new Set(movements.flatMap(({ direction, receipt }) => (direction === 'out' ? [receipt] : [])));
  for (const line of lines.filter(({ receipt }) => !receipts.has(receipt)).toSorted(byTime)) {
    const known = named.get(line.receipt);
    if (known !== undefined) {
      pairs.set(line, known);
      continue;
    }
    const index = free.findIndex((movement) => answersFor(movement, line));
    const [movement] = index === -1 ? [] : free.splice(index, 1);
    if (movement !== undefined) pairs.set(line, movement);
  }
  const left = lines.filter((line) => !pairs.has(line) && !receipts.has(line.receipt));
  for (const rest of free.filter(({ isRest }) => isRest === true)) {
    const parts = left.filter((line) => !pairs.has(line) && isOf(rest, line));
    if (isSum(parts, rest.amount)) for (const line of parts) pairs.set(line, rest);
  }
  return pairs;
}

/** Whether several lines told in parts of what was booked as a whole. Minor units. */
export const isSum = (lines: readonly Pick<Line, 'amount'>[], whole: number): boolean =>
  lines.length > 1 && lines.reduce((sum, { amount }) => sum + amount, 0) === whole;

const isNamed = ({ answersFor: lines = [] }: Movement) => lines.length > 0;
const isTakenBack = (movement: Movement) => movement.isTakenBack === true;

const answersFor = (movement: Movement, line: Line) => line.amount === movement.amount && isOf(movement, line);

function isOf({ originalReceipt, askedAt }: Movement, line: Line): boolean {
  const isOfIt = line.type === 'refund' && line.reference === null && line.originalReceipt === originalReceipt;
  return isOfIt && originalReceipt !== null && line.at <= askedAt + COMES_WITHIN_MS;
}

const byTime = (a: Line, b: Line) => a.at - b.at || (a.receipt < b.receipt ? -1 : a.receipt > b.receipt ? 1 : 0);
