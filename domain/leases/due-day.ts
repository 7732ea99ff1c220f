import { addDays, dueDate, weekdayOf, type LocalDate } from '../calendar.ts';
import type { Frequency } from '../vehicles/plan.ts';
import { daysPaidFor, payingFor } from './days-of-use.ts';
import { levelled, unpaid, type ScheduleLine } from './position.ts';

export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
type Weekday = (typeof weekdays)[number];

/** The day on which lines are to be due: of the week for weekly ones, of the month for monthly ones. */
export interface DueDay {
  readonly weekday?: Weekday | undefined;
  /** 1 to 31; a shorter month has its last day. */
  readonly day?: number | undefined;
}

interface DueDayError {
  readonly path: 'weekday' | 'day';
  readonly message: string;
}

/** Why lines of a frequency cannot be due on such a day, or null. */
export function refuseDueDay(frequency: Frequency, { weekday, day }: DueDay): DueDayError | null {
  const isWeekly = frequency === 'weekly';
  if (frequency === 'daily') return { path: 'weekday', message: 'a daily lease has an instalment every day' };
  if (isWeekly && weekday === undefined) return { path: 'weekday', message: 'say on which day of the week' };
  if (!isWeekly && day === undefined) return { path: 'day', message: 'say on which day of the month' };
  if (isWeekly && day !== undefined) return { path: 'day', message: 'is for monthly leases' };
  if (!isWeekly && weekday !== undefined) return { path: 'weekday', message: 'is for weekly leases' };
  return null;
}

/**
 * The schedule with every line to come that is not paid (`levelled`) moved to the next such day, by less than one period, and
 * never earlier. Amounts stay, and what they pay for.
 *
 * @param wish as `refuseDueDay` lets it pass
 */
export function movedToDay(lines: readonly ScheduleLine[], wish: DueDay, today: LocalDate): ScheduleLine[] {
  const level = levelled(lines);
  let before: LocalDate | null = null;
  return lines.map((line, i) => {
    if (line.dueOn <= today || unpaid(level[i] ?? line) === 0) return line;
    // Of two lines of one day, as a closed one and what follows it, both stay on one day.
    const isTwin: boolean = i > 0 && lines[i - 1]?.dueOn === line.dueOn && before !== null;
    const dueOn: LocalDate = isTwin && before !== null ? before : firstOn(wish, line.dueOn, before);
    before = dueOn;
    return payingFor({ ...line, dueOn }, daysPaidFor(line));
  });
}

/** The first such day that is not before `from`, and after `after`. */
function firstOn({ weekday, day = 1 }: DueDay, from: LocalDate, after: LocalDate | null): LocalDate {
  if (weekday !== undefined) {
    const on = addDays(from, (weekdays.indexOf(weekday) - weekdayOf(from) + 7) % 7);
    return after !== null && on <= after ? addDays(after, 7) : on;
  }
  for (let months = 0; ; months += 1) {
    const on = dueDate(from, 'monthly', months, day);
    if (on >= from && (after === null || on > after)) return on;
  }
}
