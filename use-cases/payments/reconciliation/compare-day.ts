import { addDays, localDate, localDateAt } from '#domain/calendar';
import { compare, type Comparison, type Line } from '#domain/payments/reconciliation';
import type { Day } from '#domain/payments/wire';
import { ProviderFailure } from '#providers/provider-failure';
import type { PaymentDependencies } from '../dependencies.ts';
import type { BookMovement } from './movements/movement.ts';
import { findMovements, receiptsOf } from './movements/find-movements.ts';
import { statedLines, type StatedLine } from './lines/stated-line.ts';

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
  const lines = await statedLines(deps, day, day.date);
  const movements = await findMovements(deps.db, day, lines, at);
  const first = compare(lines, movements);
  const { settlesWithin = Infinity } = deps.mobileMoney.get(day.provider);
  const isOver = (one: BookMovement) => one.isUnanswered === true && at.getTime() - one.askedAt >= settlesWithin;
  const others = await otherDays(deps, day, [...first.missingThere, ...first.idle.filter(isOver)], at);
  const known = await receiptsOf(deps.db, day, others);
  const found: Found = others.length === 0 ? first : compare(lines, movements, strangers(others, movements, known));
  return { found, others, known, isOver, settlesWithin };
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
async function otherDays(deps: Dependencies, day: Day, missing: readonly BookMovement[], now: Date): Promise<Line[]> {
  if (missing.length === 0) return [];
  const today = localDateAt(now.getTime(), day.market);
  const learnt = missing.map(({ settledAt, askedAt }) => localDateAt(settledAt ?? askedAt, day.market)).toSorted();
  const last = [today, addDays(learnt.at(-1) ?? day.date, 1), addDays(day.date, LATEST_DAYS)].toSorted()[0] ?? today;
  const all: Line[] = [];
  for (let date = localDate(last); date > day.date; date = addDays(date, -1))
    all.push(...(await statedLines(deps, day, date)));
  return [...all, ...(await keptStill(() => statedLines(deps, day, addDays(day.date, -1))))];
}

/** Nothing where the provider does not keep that statement any more: what it said bounds what is known, and fails nothing else. */
async function keptStill(ask: () => Promise<StatedLine[]>): Promise<StatedLine[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'refused') return [];
    throw error;
  }
}
