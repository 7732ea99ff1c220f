import { addDays, daysBetween, type LocalDate } from '../calendar.ts';
import { levelled, unpaid, type ScheduleLine, type Slot } from './position.ts';

/**
 * A lease is paid for by time: what a line asks for pays for the use until its day. Who changes the day, or pays ahead and has
 * other lines be due, changes when money is asked for and not what it pays for, and each line keeps that (`pays`). By it goes
 * what is owed and given back when the vehicle is returned, what is not saved by settling, what is due again when money is
 * taken back, and how much later than it was agreed on anything may be asked for.
 */

/** The days until which a line pays for the use, in order; they sum to its amount. */
export const daysPaidFor = ({ pays, dueOn, amount }: ScheduleLine): readonly Slot[] => pays ?? [{ dueOn, amount }];

/** The line with what it pays for, which is not kept where it is its own day: of what `days` are short of it that is the day. */
export function payingFor<Line extends Slot>(line: Line, days: readonly Slot[]): Line & Pick<ScheduleLine, 'pays'> {
  if (days.every(({ dueOn }) => dueOn === line.dueOn)) return { ...line, pays: null };
  const own = { dueOn: line.dueOn, amount: line.amount - sumOfLines(days) };
  return { ...line, pays: byDay([...days, own]) };
}

/** What of a line pays for use until a day, or was due before it was moved. Minor units. */
export function usedBy(line: ScheduleLine, day: LocalDate): number {
  return Math.max(line.matured, sumOfLines(daysPaidFor(line).filter(({ dueOn }) => dueOn <= day)));
}

/** The day of a line by the time that it pays for: its own, or where pauses moved that while it was paid a later one. */
const dayInTime = ({ dueOn, pausedPaid = 0 }: ScheduleLine): LocalDate => addDays(dueOn, pausedPaid);

/** True of a line that was closed by money that came before its time: it pays for days after its own. */
export const isAhead = (line: ScheduleLine): boolean =>
  line.pays?.some((part) => part.dueOn > dayInTime(line)) === true;

/**
 * The lines with what is not paid (`levelled`) for its own day again: a pause that came before its money was taken back moved the
 * time of what was paid, and not its day.
 */
export function onOwnDays(lines: readonly ScheduleLine[]): readonly ScheduleLine[] {
  if (lines.every(({ pausedPaid = 0 }) => pausedPaid === 0)) return lines;
  const level = levelled(lines);
  return lines.map((line, i) => {
    const { pausedPaid = 0, dueOn } = line;
    if (pausedPaid === 0 || isAhead(line) || unpaid(level[i] ?? line) === 0) return line;
    const back = daysPaidFor(line).map((part) =>
      part.dueOn > dueOn ? { ...part, dueOn: addDays(part.dueOn, -pausedPaid) } : part,
    );
    return payingFor({ ...line, pausedPaid: 0 }, back);
  });
}

/** Every line on the day of the time that it pays for, as if none had been paid when a pause moved that. */
export const onDaysInTime = (lines: readonly ScheduleLine[]): readonly ScheduleLine[] =>
  lines.map((line) =>
    (line.pausedPaid ?? 0) === 0
      ? line
      : payingFor({ ...line, dueOn: dayInTime(line), pausedPaid: 0 }, daysPaidFor(line)),
  );

/** The lines with what is paid on the day of the time that it pays for: what is made anew of a schedule begins and ends by it. */
export const inTime = (lines: readonly ScheduleLine[]): readonly ScheduleLine[] => onDaysInTime(onOwnDays(lines));

/** The first `sum` of days, and the rest of them. */
export function cut<Day extends Slot>(days: readonly Day[], sum: number): [first: Day[], rest: Day[]] {
  let left = sum;
  const first: Day[] = [];
  const rest: Day[] = [];
  for (const day of days) {
    const taken = Math.min(left, day.amount);
    left -= taken;
    if (taken > 0) first.push({ ...day, amount: taken });
    if (taken < day.amount) rest.push({ ...day, amount: day.amount - taken });
  }
  return [first, rest];
}

/** The days in order, each once. */
export function byDay(days: readonly Slot[]): Slot[] {
  const sums = new Map<LocalDate, number>();
  for (const { dueOn, amount } of days) if (amount > 0) sums.set(dueOn, (sums.get(dueOn) ?? 0) + amount);
  return [...sums]
    .map(([dueOn, amount]) => ({ dueOn, amount }))
    .toSorted((a, b) => (a.dueOn < b.dueOn ? -1 : a.dueOn > b.dueOn ? 1 : 0));
}

export const sumOfLines = (of: readonly { readonly amount: number }[]): number =>
  of.reduce((sum, { amount }) => sum + amount, 0);

/** The line with its day moved, and those of the days that it pays for that are after `today`: what is over stays. */
export function moved(line: ScheduleLine, days: number, today: LocalDate): ScheduleLine {
  return payingFor(
    { ...line, dueOn: addDays(line.dueOn, days) },
    daysPaidFor(line).map((part) => movedPart(part, days, today)),
  );
}

const movedPart = (part: Slot, days: number, today: LocalDate): Slot =>
  part.dueOn > today ? { ...part, dueOn: addDays(part.dueOn, days) } : part;

/** The days that a line pays for, those after `today` moved: for one that is paid, and stays on its own. */
export function movedUse(line: ScheduleLine, days: number, today: LocalDate): ScheduleLine {
  const isToCome = dayInTime(line) > today;
  if (!isToCome && line.pays == null) return line;
  const use = daysPaidFor(line).map((part) => movedPart(part, days, today));
  return payingFor(isToCome ? { ...line, pausedPaid: (line.pausedPaid ?? 0) + days } : line, use);
}

/**
 * By how many days anything that is not paid is due later than the use that it pays for: what people may change by themselves
 * moves it by no more than `MOST_DAYS_PUT_OFF`, all of it together, since it is told from what was agreed on.
 *
 * @param lines levelled
 */
export function daysPutOff(lines: readonly ScheduleLine[]): number {
  return Math.max(
    0,
    ...lines.map((line) => {
      const [, [first]] = cut(daysPaidFor(line), line.paid + line.waived);
      return first === undefined ? 0 : daysBetween(first.dueOn, line.dueOn);
    }),
  );
}
