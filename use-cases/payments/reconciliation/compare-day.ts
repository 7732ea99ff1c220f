import type { Queryable } from '#db/client';
import { dismissedLines, unansweredLines } from '#db/queries/taken-back-lines';
import { addDays, localDate, localDateAt } from '#domain/calendar';
import { compare, type Comparison, type Line } from '#domain/payments/reconciliation';
import type { Day, Wall } from '#domain/payments/wire';
import { ProviderFailure } from '#providers/provider-failure';
import type { PaymentDependencies } from '../dependencies.ts';
import type { BookMovement } from '#domain/payments/book-movement';
import { findMovements, receiptsOf } from './movements/find-movements.ts';
import { statedLines, type StatedDay, type StatedLine } from '../lines/stated-line.ts';

export type Found = Comparison<StatedLine, BookMovement>;
type Dependencies = Pick<PaymentDependencies, 'db' | 'encryption' | 'mobileMoney'>;

/** Days after the one on which a payment was asked for, or booked as gone back, that are looked through for it. */
const LATEST_DAYS = 31;

/**
 * A day's statement in one market beside the books, with the lines of the days around it on which its movements may be as well.
 * Nothing is written.
 *
 * @throws ProviderFailure when a statement that is needed is not to be had, but for one of the day before that is not kept any more
 */
export async function compareDay(deps: Dependencies, day: Day, at: Date) {
  const stated = await statedLines(deps, day, day.date);
  const lines = await withDismissed(deps.db, day, stated.lines);
  const movements = await findMovements(deps.db, day, lines, at);
  const first = compare(lines, movements, await keptBefore(deps.db, day, movements, lines));
  const { settlesWithin = Infinity } = deps.mobileMoney.get(day.provider);
  const isOver = (one: BookMovement) => one.isUnanswered === true && at.getTime() - one.askedAt >= settlesWithin;
  const missing = [...first.missingThere, ...first.idle.filter(isOver)];
  const around = await otherDays(deps, day, missing, at);
  const others = await withDismissed(
    deps.db,
    day,
    around.flatMap((one) => one.lines),
  );
  const known = await receiptsOf(deps.db, day, others);
  const before = await keptBefore(deps.db, day, movements, [...lines, ...others]);
  const elsewhere = [...strangers(others, movements, known), ...before];
  const found: Found = others.length === 0 ? first : compare(lines, movements, elsewhere);
  const unreadElsewhere = around.flatMap((one) => one.unread);
  return { found, others, known, isOver, settlesWithin, unread: stated.unread, unreadElsewhere };
}

/** Says of each line by which a provider took money back whether a person has dismissed it. */
async function withDismissed<L extends Line>(db: Queryable, wall: Wall, lines: readonly L[]): Promise<L[]> {
  const back = lines.filter(({ type, reference }) => type === 'refund' && reference === null);
  const receipts = back.map(({ receipt }) => receipt);
  const dismissed = await dismissedLines(db, wall, receipts);
  return lines.map((line) => (dismissed.has(line.receipt) ? { ...line, isDismissed: true } : line));
}

/** The lines of whatever day that nobody has booked, of what was taken back by some movements; but those that are read already. */
async function keptBefore(
  db: Queryable,
  wall: Wall,
  movements: readonly BookMovement[],
  read: readonly Line[],
): Promise<Line[]> {
  const originals = movements.flatMap((one) => (one.isTakenBack ? (one.originalReceipt ?? []) : []));
  const isRead = new Set(read.map(({ receipt }) => receipt));
  const kept = (await unansweredLines(db, wall, originals)).filter(({ receipt }) => !isRead.has(receipt));
  return withDismissed(db, wall, kept);
}

/** Lines of other days but those of what we gave back then: they are no parts that the provider took. */
function strangers(others: readonly Line[], movements: readonly BookMovement[], known: ReadonlySet<string>): Line[] {
  const receipts = new Set(movements.map(({ receipt }) => receipt));
  return others.filter(({ type, receipt }) => type !== 'refund' || !known.has(receipt) || receipts.has(receipt));
}

/**
 * The statements on which a payment asked for on this day may be as well: the neighbours', and those up to the day on which we
 * learnt of it. What went back before is among the lines that were kept, and was booked as one of them.
 */
async function otherDays(
  deps: Dependencies,
  day: Day,
  missing: readonly BookMovement[],
  now: Date,
): Promise<StatedDay[]> {
  if (missing.length === 0) return [];
  const today = localDateAt(now.getTime(), day.market);
  const learnt = missing.map(({ settledAt, askedAt }) => localDateAt(settledAt ?? askedAt, day.market)).toSorted();
  const last = [today, addDays(learnt.at(-1) ?? day.date, 1), addDays(day.date, LATEST_DAYS)].toSorted()[0] ?? today;
  const all: StatedDay[] = [];
  for (let date = localDate(last); date > day.date; date = addDays(date, -1))
    all.push(await statedLines(deps, day, date));
  return [...all, ...(await keptStill(() => statedLines(deps, day, addDays(day.date, -1))))];
}

/** Nothing where the provider does not keep that statement any more: what it said bounds what is known, and fails nothing else. */
async function keptStill(ask: () => Promise<StatedDay>): Promise<StatedDay[]> {
  try {
    return [await ask()];
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'refused') return [];
    throw error;
  }
}
