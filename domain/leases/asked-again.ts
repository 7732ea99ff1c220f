import type { LocalDate } from '../calendar.ts';
import { byDay, cut, daysPaidFor, inTime, isAhead, payingFor, sumOfLines } from './days-of-use.ts';
import { levelled, unpaid, type ScheduleLine, type Slot } from './position.ts';
import { paidFor, shares, spreadAnew, type NewLine } from './spread.ts';

/**
 * The schedule after money was taken back where some had been used as paid ahead: what is there no more is asked for on the days
 * that it paid for, as it would have been without it. Of what made the lease shorter those are the first days after its
 * end, of what made it lower a share of each. Money ahead that is left pays for what the same payment had paid of lines that
 * are due, and has as much less of days to come. What a pause moved while it was paid is asked for as late as if it had not been.
 *
 * @param before the lines with the money
 * @param booked the same lines without it
 * @returns `booked` where nothing had been used so
 */
export function askedAgain(
  before: readonly ScheduleLine[],
  booked: readonly ScheduleLine[],
  { today, unit }: { readonly today: LocalDate; readonly unit: number },
): readonly ScheduleLine[] {
  const after = inTime(booked);
  const ahead = after.filter(isAhead);
  const others = after.filter((line) => !isAhead(line));
  const isLate = ({ dueOn }: Slot) => dueOn <= today;
  const late = (lines: readonly ScheduleLine[]) =>
    sumOfLines(open(lines.filter((line) => !isAhead(line))).filter(isLate));
  const covered = Math.min(
    Math.max(0, late(after) - late(inTime(before))),
    sumOfLines(ahead.map(({ paid }) => ({ amount: paid }))),
  );
  const lost = sumOfLines(open(ahead)) + covered;
  if (lost === 0) return booked;
  const [pays, owing] = covering(levelled(others), covered);
  const end = others.at(-1)?.dueOn ?? today;
  const [again, left] = lostOf(ahead, lost, { end, unit });
  const made = spreadAnew(after, askedOn(owing, again), {
    today,
    from: after.findIndex((line) => unpaid(line) > 0),
    paid: paidFor(others),
  });
  let [days, due] = [[...pays, ...left.days], left.due];
  const used = made.map((line) => {
    // A line that is made may have the number of one that was opened.
    if (line.paid === 0 || !ahead.some(({ number }) => number === line.number)) return line;
    const [first, rest] = cut(days, line.amount);
    const matured = Math.min(due, line.amount);
    [days, due] = [rest, due - matured];
    return payingFor({ ...line, matured }, first);
  });
  // All that is to come was moved by a pause that has not ended, and goes back with it, paid or not.
  const pausedDays = others.findLast(({ dueOn }) => dueOn > today)?.pausedDays ?? 0;
  return pausedDays === 0 ? used : used.map((line) => (line.dueOn > today ? { ...line, pausedDays } : line));
}

/** What is open of lines by all the money that is on them. */
const open = (lines: readonly ScheduleLine[]): Slot[] =>
  levelled(lines).flatMap((line) => (unpaid(line) > 0 ? [{ dueOn: line.dueOn, amount: unpaid(line) }] : []));

/** The lines with so much more paid, oldest first, and what that pays for. */
function covering(
  lines: readonly ScheduleLine[],
  sum: number,
): [pays: readonly Slot[], owing: readonly ScheduleLine[]] {
  let left = sum;
  const pays: Slot[] = [];
  const owing = lines.map((line) => {
    const more = Math.min(left, unpaid(line));
    left -= more;
    pays.push(...cut(unpaidUse(line), more)[0]);
    return { ...line, paid: line.paid + more };
  });
  return [pays, owing];
}

const unpaidUse = (line: ScheduleLine): readonly Slot[] => cut(daysPaidFor(line), line.paid + line.waived)[1];
const maturedOf = (line: ScheduleLine) => Math.min(unpaid(line), Math.max(0, line.matured - line.paid - line.waived));

interface PaidAhead {
  readonly days: readonly Slot[];
  /** What of them was due before; the first of it. */
  readonly due: number;
}

/**
 * What of the days that `ahead` pays for is paid no more, and what is left of them. A line that was closed by it may pay for
 * days before its own too, where a gap was before it: those are of no money ahead, and are lost last.
 */
function lostOf(
  ahead: readonly ScheduleLine[],
  lost: number,
  rules: { readonly end: LocalDate; readonly unit: number },
): [again: PaidAhead, left: PaidAhead] {
  const daysOf = (isOf: (day: Slot, line: ScheduleLine) => boolean) =>
    byDay(ahead.flatMap((line) => daysPaidFor(line).filter((day) => isOf(day, line))));
  const earlier = daysOf((day, line) => day.dueOn < line.dueOn);
  const later = daysOf((day, line) => day.dueOn >= line.dueOn);
  const due = sumOfLines(ahead.map(({ matured }) => ({ amount: matured })));
  const dueEarlier = Math.min(due, sumOfLines(earlier));
  const ofLater = Math.min(lost, sumOfLines(later));
  const [again, left] = lostLater({ days: later, due: due - dueEarlier }, ofLater, rules);
  const [stays, goes] = cut(earlier, sumOfLines(earlier) - (lost - ofLater));
  const dueStays = Math.min(dueEarlier, sumOfLines(stays));
  return [
    { days: [...goes, ...again.days], due: dueEarlier - dueStays + again.due },
    { days: [...stays, ...left.days], due: dueStays + left.due },
  ];
}

/** The first days of what made the lease shorter, a share of each of what made it lower. */
function lostLater(
  { days, due }: PaidAhead,
  lost: number,
  { end, unit }: { readonly end: LocalDate; readonly unit: number },
): [again: PaidAhead, left: PaidAhead] {
  const isShorter = days.every(({ dueOn }) => dueOn >= end);
  if (isShorter || lost >= sumOfLines(days)) {
    const [first, rest] = cut(days, lost);
    const dueAgain = Math.min(due, lost);
    return [
      { days: first, due: dueAgain },
      { days: rest, due: due - dueAgain },
    ];
  }
  const cents = lost % unit;
  const again = byDay([
    ...shares(lost - cents, days, unit),
    ...days.slice(-1).map((day) => ({ ...day, amount: cents })),
  ]);
  const left = days.map(({ dueOn, amount }) => ({
    dueOn,
    amount: amount - (again.find((one) => one.dueOn === dueOn)?.amount ?? 0),
  }));
  const dueAgain = Number((BigInt(due) * BigInt(lost)) / BigInt(sumOfLines(days)));
  return [
    { days: again, due: dueAgain },
    { days: left.filter(({ amount }) => amount > 0), due: due - dueAgain },
  ];
}

/** The lines to be made: a day that had one keeps what it pays for, what of it was due before, and its late fee. */
function askedOn(lines: readonly ScheduleLine[], again: PaidAhead): NewLine[] {
  const [before] = cut(again.days, again.due);
  const dueOf = (day: LocalDate) => sumOfLines(before.filter(({ dueOn }) => dueOn === day));
  return byDay([...open(lines), ...again.days]).map(({ dueOn, amount }) => {
    const its = lines.filter((line) => line.dueOn === dueOn && unpaid(line) > 0);
    const matured = dueOf(dueOn) + sumOfLines(its.map((line) => ({ amount: maturedOf(line) })));
    const feeChargedOn = its.find((line) => line.feeChargedOn !== null)?.feeChargedOn ?? null;
    return payingFor({ dueOn, amount, matured, feeChargedOn }, its.flatMap(unpaidUse));
  });
}
