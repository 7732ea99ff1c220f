import type { Market } from '../markets.ts';
import type { Currency } from '../money.ts';
import type { PaymentStatus } from './payment.ts';
import { pairTakenBack } from './taken-back-lines.ts';

/** How a provider's statement and the books differ about one payment. Amounts are minor units of `currency`. */
export interface Difference {
  /** `missing_here`: on the statement, not in the books; `missing_there`: the other way round. */
  readonly kind: 'missing_here' | 'missing_there' | 'differs';
  readonly market: Market;
  readonly currency: Currency;
  /** The provider's receipt. */
  readonly receipt: string | null;
  readonly paymentId: string | null;
  readonly leaseId: string | null;
  readonly statementAmount: number | null;
  readonly ledgerAmount: number | null;
  /** Of money that went back: the receipt that it came with. */
  readonly originalReceipt?: string | null;
  /** Of what was booked as taken back: the transfer. */
  readonly transferId?: string;
  /** When it was paid, as the statement says: ISO 8601, on the provider's wall clock. Older reports have it not. */
  readonly paidAt?: string;
  readonly caseId: string | null;
  /**
   * `found`: the statement proves one of our own attempts, which is told to its lease; `taken_in`: a customer
   * paid by himself and nobody announced it; `taken_back`: what waited in suspense went back, as we had ordered or as the provider did
   * by itself, which is booked; null: a person must look at it.
   */
  readonly remedy: 'found' | 'taken_in' | 'taken_back' | null;
}

/** What a day comes to in one market, money that went back taken off. Minor units. */
export interface DayTotal {
  readonly market: Market;
  readonly currency: Currency;
  readonly matched: number;
  readonly statement: number;
  readonly ledger: number;
  /** When the last line was made that the books have: ISO 8601, on the provider's wall clock. Older reports have it not. */
  readonly until?: string;
  /** Unknown charges that the statement does not list and does not decide, since it ends before them, or has not all. */
  readonly waiting?: number;
  /** Lines that nobody can read, of a kind that is not known, or of nothing: `statement_unread` tells of them. */
  readonly unread?: number;
}

type Direction = 'in' | 'out';

/** A line of a provider's statement. */
export interface Line {
  /** `charge`: a prompt of ours was paid; `payBill`: a customer paid by himself; `refund`: money went back. */
  readonly type: 'charge' | 'payBill' | 'refund';
  readonly receipt: string;
  /** Of a refund: the receipt of the charge that it gives back. */
  readonly originalReceipt: string | null;
  /** Our id of the payment or the refund; null where the provider does not carry it, and for pay-bill. */
  readonly reference: string | null;
  /** What the customer typed or was shown. */
  readonly account: string;
  /** Whoever paid, in the same form as a movement's; null where the provider hides it. */
  readonly payer: string | null;
  /** Minor units, positive. */
  readonly amount: number;
  /** Epoch milliseconds, on the provider's wall. */
  readonly at: number;
  /** Of a refund: a person has closed its case, and nobody has booked it. It answers for nothing, unless nothing else can. */
  readonly isDismissed?: boolean;
}

/** What we know of one movement of money with the provider. */
export interface Movement {
  /** Of the payment, of the inbound payment, or of the reversal. */
  readonly id: string;
  readonly direction: Direction;
  readonly receipt: string | null;
  /** Of money that went back: the receipt of the charge. */
  readonly originalReceipt: string | null;
  readonly payer: string | null;
  readonly account: string | null;
  /** Minor units, positive. */
  readonly amount: number;
  /** Epoch milliseconds, on the wall: when we asked for it. */
  readonly askedAt: number;
  /**
   * `booked`: in the ledger; `settled`: known as paid, but not in the ledger though it had the time; `open`:
   * pending, unknown or failed; `undone`: booked and reversed, so that its absence at the provider is no loss.
   */
  readonly state: 'booked' | 'settled' | 'open' | 'undone';
  /** What the provider took back by itself, as a person has booked: it answers for a line of its own sum, of whatever day. */
  readonly isTakenBack?: boolean;
  /** Of such: it took all that was left, of which several lines may have told in parts. */
  readonly isRest?: boolean;
  /** The receipts of the lines that it answers for, where any is known: it is missing nowhere. */
  readonly answersFor?: readonly string[];
  /** Made, or booked as taken back, on another day: whether it is missing there is that day's matter. */
  readonly isOfAnotherDay?: boolean;
}

export interface Comparison<L extends Line, M extends Movement> {
  /** `receipt` is new to us where the movement had none. */
  readonly matched: readonly { readonly line: L; readonly movement: M }[];
  readonly differs: readonly { readonly line: L; readonly movement: M }[];
  /**
   * `proves` is the movement of ours, not in the books, that the line is evidence of; `about` one that the
   * line speaks of although another line accounts for it, or that the provider took back.
   */
  readonly missingHere: readonly { readonly line: L; readonly proves: M | null; readonly about: M | null }[];
  readonly missingThere: readonly M[];
  /** Booked, and on the statement of another day. */
  readonly elsewhere: readonly M[];
  /** Lines of what a provider took back by itself, also of the other days, with what answers for them. */
  readonly answered: readonly { readonly line: Line; readonly movement: M }[];
  /** Neither in the books nor on the statement, or another day's matter: nothing to say. */
  readonly idle: readonly M[];
}

/** A prompt lives for minutes: a line without our id that is further from the request belongs to another. */
export const PROMPT_MS = 15 * 60_000;
/** How far the provider's clock may be behind ours. */
export const SKEW_MS = 2 * 60_000;

/**
 * Compares the statement of a day with what we know: by receipt, else by our id, else a charge by payer, account,
 * amount and time where that leaves no doubt, and what a provider took back as `pairTakenBack` says. Every line and
 * every movement is in exactly one part of the answer, in whatever order they come; a movement answers for one line
 * only, so that a charge that the provider made twice shows.
 *
 * @param elsewhere lines of other days: a movement near midnight may be there. Each line is in one of the two, once
 */
export function compare<L extends Line, M extends Movement>(
  lines: readonly L[],
  movements: readonly M[],
  elsewhere: readonly Line[] = [],
): Comparison<L, M> {
  const all: readonly Line[] = [...lines, ...elsewhere];
  const taken = pairTakenBack(all.filter(isStanding), movements);
  const answers = new Set(taken.values());
  const unanswered = movements.filter((movement) => !answers.has(movement));
  const dismissed = pairTakenBack(
    all.filter((line) => !isStanding(line)),
    unanswered,
  );
  const own = movements.filter(({ isTakenBack }) => isTakenBack !== true);
  const rest = lines.filter((line) => !taken.has(line));
  const pairs = new Map([...pair(rest, own), ...[...taken].filter(isAmong(lines))]);
  const paired = new Set(pairs.values());
  const left = movements.filter((movement) => !paired.has(movement));
  const free = own.filter((movement) => !paired.has(movement));
  const known = left.filter(({ answersFor = [] }) => answersFor.length > 0);
  const isElsewhere = new Set([...answers, ...dismissed.values(), ...pair(elsewhere, free).values(), ...known]);
  const of = <T>(keep: (line: L, movement: M) => boolean, make: (line: L, movement: M) => T) =>
    [...pairs].filter(([line, movement]) => keep(line, movement)).map(([line, movement]) => make(line, movement));
  const subjectOf = subjects(movements);
  const both = (line: L, movement: M) => ({ line, movement });
  const isSame = (line: L, movement: M) => taken.has(line) || agrees(line, movement);
  const isBooked = ({ state }: M) => state === 'booked' || state === 'undone';
  return {
    matched: of((line, movement) => isBooked(movement) && isSame(line, movement), both),
    differs: of((line, movement) => isBooked(movement) && !isSame(line, movement), both),
    missingHere: [
      ...of(
        (_, movement) => !isBooked(movement),
        (line, proves) => ({ line, proves, about: null }),
      ),
      ...lines.filter((line) => !pairs.has(line)).map((line) => ({ line, proves: null, about: subjectOf(line) })),
    ],
    missingThere: left.filter((one) => !isElsewhere.has(one) && !isIdle(one)),
    elsewhere: left.filter((one) => isElsewhere.has(one)),
    answered: [...taken].map(([line, movement]) => ({ line, movement })),
    idle: left.filter((one) => !isElsewhere.has(one) && isIdle(one)),
  };
}

const isStanding = ({ isDismissed }: Line) => isDismissed !== true;

const isIdle = ({ state, isOfAnotherDay }: Movement) =>
  state === 'open' || state === 'undone' || isOfAnotherDay === true;

function isAmong<L extends Line>(lines: readonly L[]) {
  const all = new Set<Line>(lines);
  return <M>(pair: readonly [Line, M]): pair is [L, M] => all.has(pair[0]);
}

/** Finds the movement that a line names by our id, by its own receipt, or as the charge that it takes back. */
function subjects<M extends Movement>(movements: readonly M[]): (line: Line) => M | null {
  const sorted = movements.toSorted(byId).toReversed();
  // The first of several that bear a name is the one that stays.
  const byName = new Map(sorted.flatMap((movement) => [movement.receipt, movement.id].map((name) => [name, movement])));
  const charges = new Map(sorted.filter(({ direction }) => direction === 'in').map((one) => [one.receipt, one]));
  const find = (name: string | null, index: ReadonlyMap<string | null, M>) =>
    name === null ? undefined : index.get(name);
  return ({ reference, receipt, originalReceipt, type }) =>
    find(reference, byName) ??
    find(receipt, byName) ??
    (type === 'refund' ? find(originalReceipt, charges) : undefined) ??
    null;
}

/** Pairs lines with movements, each at most once, the surest evidence first. */
function pair<L extends Line, M extends Movement>(lines: readonly L[], movements: readonly M[]): Map<L, M> {
  const pairs = new Map<L, M>();
  const free = new Set(movements.toSorted(byId));
  const sorted = lines.toSorted(byTime);
  const take = (candidatesOf: (line: L) => Iterable<M>, { isNamed } = { isNamed: true }) => {
    // Of two lines that claim one movement, the one with its amount has it.
    for (const exact of isNamed ? [true, false] : [true])
      for (const line of sorted) {
        if (pairs.has(line)) continue;
        const movement = [...candidatesOf(line)].find((one) => free.has(one) && (!exact || one.amount === line.amount));
        if (movement === undefined) continue;
        pairs.set(line, movement);
        free.delete(movement);
      }
  };
  take(
    indexed(
      movements,
      (movement) => movement.receipt,
      (line) => line.receipt,
    ),
  );
  take(
    indexed(
      movements,
      (movement) => movement.id,
      (line) => line.reference,
    ),
  );
  // A line that names the charge alone may be of another refund, or what the provider took of it: its sum says which.
  const backOf = (movement: M) => (movement.receipt === null ? movement.originalReceipt : null);
  take(
    indexed(movements, backOf, (line) => (line.reference === null && isStanding(line) ? line.originalReceipt : null)),
    { isNamed: false },
  );
  const byPayer = indexed(movements, (movement) => (movement.receipt === null ? movement.payer : null), anonymous);
  take((line) => {
    const fitting = [...byPayer(line)].filter((movement) => free.has(movement) && fits(line, movement));
    return fitting.length === 1 ? fitting : [];
  });
  return pairs;
}

/** The payer of a charge that does not carry our id. */
const anonymous = (line: Line) => (line.type === 'charge' && line.reference === null ? line.payer : null);

function fits(line: Line, movement: Movement): boolean {
  const waited = line.at - movement.askedAt;
  return (
    movement.amount === line.amount && movement.account === line.account && waited >= -SKEW_MS && waited <= PROMPT_MS
  );
}

/**
 * Whether a line may be this charge although nothing proves it: of the same payer or account, without our id,
 * in the time in which the charge could still be made. While there is one, nobody can say that it was not.
 */
export function mayBe(line: Line, movement: Movement, settlesWithinMs: number): boolean {
  const waited = line.at - movement.askedAt;
  const isTheirs = (line.payer !== null && line.payer === movement.payer) || line.account === movement.account;
  return (
    line.type === 'charge' && line.reference === null && isTheirs && waited >= -SKEW_MS && waited <= settlesWithinMs
  );
}

/**
 * Which of the idle movements no statement can have. A line that answers for another payment leaves no doubt about any.
 *
 * @param others lines of the days around
 * @param known receipts in `others` that payments of ours have
 * @param unread lines that nobody can read: what has the sum of one, or where one has no sum, may be it
 */
export function absent<L extends Line, M extends Movement>(
  { idle, missingHere }: Comparison<L, M>,
  others: readonly Line[],
  known: ReadonlySet<string>,
  settlesWithinMs: number,
  unread: readonly { readonly amount: number | null }[] = [],
): M[] {
  const unpaired = missingHere.flatMap(({ line, proves }): Line[] => (proves === null ? [line] : []));
  const doubtful = [...unpaired, ...others.filter(({ receipt }) => !known.has(receipt))];
  const mayBeUnread = ({ amount }: M) => unread.some((line) => line.amount === null || line.amount === amount);
  return idle.filter((one) => !mayBeUnread(one) && !doubtful.some((line) => mayBe(line, one, settlesWithinMs)));
}

/**
 * Which charge a line of a charge without our id is, of those that have its payer, account, amount and time and no
 * receipt. One that is not confirmed is it only where it is alone, and where the provider cannot be asked about it: of
 * any other the provider's own answer tells. Of several that are confirmed it may be any.
 *
 * @param canAskById whether the provider knows charges by our id, also where its answer was lost
 */
export function chargeLike<C extends { readonly status: PaymentStatus; readonly providerRequestId: string | null }>(
  fitting: readonly C[],
  { canAskById }: { readonly canAskById: boolean },
): C | undefined {
  if (fitting.every(({ status }) => status === 'succeeded')) return fitting[0];
  const [only, ...others] = fitting;
  return others.length === 0 && !canAskById && only?.providerRequestId === null ? only : undefined;
}

function indexed<L extends Line, M extends Movement>(
  movements: readonly M[],
  keyOf: (movement: M) => string | null,
  wanted: (line: L) => string | null,
): (line: L) => readonly M[] {
  const index = new Map<string, M[]>();
  for (const movement of movements.toSorted(byId)) {
    const key = keyOf(movement);
    if (key === null) continue;
    const name = `${movement.direction} ${key}`;
    index.set(name, [...(index.get(name) ?? []), movement]);
  }
  return (line) => {
    const key = wanted(line);
    return key === null ? [] : (index.get(`${line.type === 'refund' ? 'out' : 'in'} ${key}`) ?? []);
  };
}

function agrees(line: Line, movement: Movement): boolean {
  return line.amount === movement.amount && (movement.receipt === null || movement.receipt === line.receipt);
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: Movement, b: Movement) => compareText(`${a.direction} ${a.id}`, `${b.direction} ${b.id}`);
const rank = (line: Line) => `${line.receipt} ${line.reference} ${line.type} ${line.account} ${line.payer}`;
const byTime = (a: Line, b: Line) => a.at - b.at || a.amount - b.amount || compareText(rank(a), rank(b));
