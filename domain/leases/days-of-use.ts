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

/** By how many days a line that is paid is later once its money is taken back. */
export const daysMissed = ({ pausedPaid = 0, pausedAfter = 0 }: ScheduleLine) => pausedPaid + pausedAfter;

/** Whether a time that leaves as it is what was late before `from` does not put off a line, nor one that is paid once it is owed again. */
export const staysLate = (line: ScheduleLine, from: LocalDate | undefined): boolean =>
  from !== undefined && addDays(line.dueOn, daysMissed(line)) < from;

/**
 * The lines with what is owed again (`levelled`) as late as a pause or a re-ageing would have made it, had it not been paid when
 * that began, and none later than what is owed after it: what is paid stays on its day.
 *
 * @param pause that goes on, which takes back of the lines that it has put off what it is shorter
 * @returns `lines` where nothing is later
 */
export function openAgain(
  lines: readonly ScheduleLine[],
  pause?: { readonly days: number; readonly from?: LocalDate | undefined },
): readonly ScheduleLine[] {
  const level = levelled(lines);
  const isOwed = (line: ScheduleLine, i: number) => !isAhead(line) && unpaid(level[i] ?? line) > 0;
  if (!lines.some((line, i) => daysMissed(line) > 0 && isOwed(line, i))) return lines;
  const again = [...lines];
  let next: LocalDate | undefined;
  for (const [i, line] of [...lines.entries()].toReversed()) {
    if (!isOwed(line, i)) continue;
    const later = addDays(line.dueOn, daysMissed(line));
    const dueOn = next !== undefined && next < later ? next : later;
    next = dueOn > line.dueOn ? dueOn : line.dueOn;
    if (next === line.dueOn) continue;
    const ofPause = pause === undefined || staysLate(line, pause.from) ? 0 : pause.days;
    const pausedDays = Math.min(daysBetween(line.dueOn, dueOn), ofPause);
    again[i] = payingFor({ ...line, dueOn, pausedDays, pausedPaid: 0, pausedAfter: 0 }, daysPaidFor(line));
  }
  return again;
}

/** The lines with what is paid no sooner than on a day once it is owed again: what is not paid was put off until then. */
export const notBefore = (lines: readonly ScheduleLine[], day: LocalDate): ScheduleLine[] =>
  lines.map((line) => {
    const { dueOn, pausedPaid = 0 } = line;
    if (isAhead(line) || addDays(dueOn, daysMissed(line)) >= day) return line;
    return { ...line, pausedAfter: daysBetween(dueOn, day) - pausedPaid };
  });

/**
 * Every line on the day of the time that it pays for, as if none had been paid when a pause moved that: what is made anew of a
 * schedule begins and ends by it.
 */
export const inTime = (lines: readonly ScheduleLine[]): readonly ScheduleLine[] =>
  lines.map((line) =>
    (line.pausedPaid ?? 0) === 0
      ? line
      : payingFor({ ...line, dueOn: dayInTime(line), pausedPaid: 0 }, daysPaidFor(line)),
  );

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

/** The days that a line pays for, those after `today` moved; it stays on its own. */
export const useMoved = (line: ScheduleLine, days: number, today: LocalDate): ScheduleLine =>
  payingFor(
    line,
    daysPaidFor(line).map((part) => movedPart(part, days, today)),
  );

/** The same of one that is paid: it knows by how many days it is later once it is owed again. */
export function movedUse(line: ScheduleLine, days: number, today: LocalDate): ScheduleLine {
  const { pausedPaid = 0, pausedAfter = 0 } = line;
  const missed =
    dayInTime(line) > today ? { pausedPaid: pausedPaid + days } : { pausedAfter: Math.max(0, pausedAfter + days) };
  return { ...useMoved(line, days, today), ...missed };
}

/**
 * By how many days any line that is not paid is due later than the first of the use that it pays for: what people may change by
 * themselves moves it by no more than `MOST_DAYS_PUT_OFF`, all of it together, since it is told from what was agreed on. What was
 * paid of the line counts too: once that money is taken back, it is asked for on the day of the line.
 *
 * @param lines levelled
 */
export function daysPutOff(lines: readonly ScheduleLine[]): number {
  return Math.max(
    0,
    ...lines.map((line) => {
      const [first] = daysPaidFor(line);
      return first === undefined || unpaid(line) === 0 ? 0 : daysBetween(first.dueOn, line.dueOn);
    }),
  );
}
