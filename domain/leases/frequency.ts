import { daysBetween, dueDate, keptDay, type LocalDate } from '../calendar.ts';
import { dueDates } from '../vehicles/plan-lines.ts';
import type { Frequency } from '../vehicles/plan.ts';
import { cut, daysPaidFor, inTime, isAhead, payingFor } from './days-of-use.ts';
import { levelled, unpaid, type ScheduleLine, type Slot } from './position.ts';
import { owedToCome, shares, spreadAnew } from './spread.ts';

/** As many instalments as a restructure makes at most. */
const MOST_LINES = 1_500;

/** Another frequency for the lines to come. Amounts are minor units. */
export interface FrequencyChange {
  readonly today: LocalDate;
  readonly from: Frequency;
  readonly to: Frequency;
  readonly daysOffPerMonth?: number;
  /** What lines are rounded to. */
  readonly unit: number;
  /** No line is less than that while there are several. */
  readonly leastAsked: number;
}

/**
 * What is not paid of the lines to come, over as many lines of the other frequency, at least one, as end nearest to when the
 * last of them did. Their periods begin where the last one that is paid or due ends; money that was used as paid ahead is of
 * none. All lines are equal but for the
 * last, which takes what rounding leaves. Nothing may be overdue.
 *
 * What was paid in part of the next line is of the time that runs, and what is asked for later than it was agreed on pays for the
 * same use as it did.
 *
 * @throws RangeError where nothing is left to come, or for more than 1,500 lines
 */
export function inFrequency(booked: readonly ScheduleLine[], change: FrequencyChange): ScheduleLine[] {
  const lines = inTime(booked);
  const { today, from, unit, leastAsked } = change;
  const end = lines.at(-1)?.dueOn ?? today;
  const { from: begin, due, owed } = owedToCome(lines, today, unit);
  if (owed === 0) throw new RangeError('nothing is left to come');
  const anchor = anchorOf(lines, today, from);
  const known = from === 'monthly' ? lines.map((line) => line.dueOn) : [];
  const dates = datesUntil(change, anchor, keptDay(anchor, known), end);
  const most = Math.max(1, Math.floor(owed / Math.max(unit, leastAsked)));
  const slots = shares(
    owed,
    dates.slice(0, most).map((dueOn) => ({ dueOn, amount: 1 })),
    unit,
  );
  if (slots.length > MOST_LINES) throw new RangeError(`it would have more than ${MOST_LINES} instalments`);
  const closesOn = due[0]?.dueOn ?? (anchor > today ? anchor : today);
  let use = levelled(lines).slice(begin).flatMap(unpaidUse);
  const anew = [...due, ...slots].map((slot) => {
    const [first, rest] = cut(use, slot.amount);
    use = rest;
    // What is asked for sooner than it was agreed on pays for no later time.
    return payingFor(
      slot,
      first.map((part) => (part.dueOn < slot.dueOn ? part : { ...part, dueOn: slot.dueOn })),
    );
  });
  return spreadAnew(lines, anew, { today, from: begin, closesOn });
}

const unpaidUse = (line: ScheduleLine): readonly Slot[] => cut(daysPaidFor(line), line.paid + line.waived)[1];

/** The end of the last period that is paid or due: where there is none yet, one period before the first line. */
function anchorOf(lines: readonly ScheduleLine[], today: LocalDate, from: Frequency): LocalDate {
  const level = levelled(lines);
  const next = level.findIndex((line) => line.dueOn > today && unpaid(line) > 0);
  const before = level.findLast((line, i) => i < next && !isAhead(line))?.dueOn;
  return before ?? dueDate(level[next]?.dueOn ?? today, from, -1);
}

/** The dates after today, as many as end nearest to `end`, and at least one. */
function datesUntil(
  { today, to, daysOffPerMonth = 0 }: FrequencyChange,
  anchor: LocalDate,
  day: number,
  end: LocalDate,
): LocalDate[] {
  const plan = { frequency: to, daysOffPerMonth };
  for (let count = 32; ; count *= 2) {
    const dates = dueDates(plan, anchor, count, day).filter((date) => date > today);
    const inTime = dates.filter((date) => date <= end);
    const [last, next] = [inTime.at(-1), dates[inTime.length]];
    if (next === undefined) continue;
    const isNearer = last === undefined || daysBetween(end, next) < daysBetween(last, end);
    return isNearer ? [...inTime, next] : inTime;
  }
}
