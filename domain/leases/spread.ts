import type { LocalDate } from '../calendar.ts';
import { lineParts, type LinePart } from '../vehicles/plan.ts';
import { unfilled } from './allocation.ts';
import { cut, daysPaidFor, isAhead, payingFor, sumOfLines } from './days-of-use.ts';
import { levelled, unpaid, type ScheduleLine, type Slot } from './position.ts';
import { unpaidMatured } from './settlement.ts';

/** A line to come: when it is due, how much of what is owed it takes, and what it keeps of one that it was. */
export type NewLine = Slot & Partial<Pick<ScheduleLine, 'pays' | 'matured' | 'feeChargedOn'>>;

interface Spreading {
  readonly today: LocalDate;
  readonly from?: number;
  readonly closesOn?: LocalDate;
  readonly ahead?: readonly Slot[];
  readonly paid?: PaidFor;
}

/**
 * What is not paid of the lines from index `from` on, over `slots` instead; those before stay as they are. Of the others
 * those that are paid stay, and one that is paid in part closes at what was paid, none of them due later than `closesOn`. The
 * price stays, component by component. What was due by `today` is the first of what is spread.
 *
 * @param slots sum to what is not paid of these lines
 * @param closesOn by itself the day of the first slot
 * @param paid what the money of a line pays for
 * @param ahead the days that what was paid ahead of `today` pays for now; absent where they stay what they were
 */
export function spreadAnew(
  lines: readonly ScheduleLine[],
  slots: readonly NewLine[],
  { today, from = 0, ahead, closesOn = slots[0]?.dueOn ?? today, paid = paidFor(lines) }: Spreading,
): ScheduleLine[] {
  const stay = lines.slice(0, from);
  const rest = lines.slice(from);
  let left = ahead;
  let before: LocalDate | undefined;
  const kept = rest
    .filter((line) => line.paid + line.waived > 0)
    .map((line) => {
      const { dueOn, use } = paid(line);
      const closedOn = dueOn < closesOn ? dueOn : closesOn;
      before = before === undefined || before < closedOn ? closedOn : before;
      const stays = { ...closed(line), dueOn: before };
      if (left === undefined) return payingFor(stays, use);
      const isToCome = ({ of }: Use) => of.dueOn > today && !isAhead(of);
      const [days, others] = cut(left, sumOfLines(use.filter(isToCome)));
      left = others;
      return payingFor(stays, [...use.filter((part) => !isToCome(part)), ...days]);
    });
  const parts = spread(
    unfilled(rest),
    slots.map(({ amount }) => amount),
  );
  const last = [...stay, ...kept].at(-1)?.number ?? 0;
  let due = sumOfLines(
    levelled(lines)
      .slice(from)
      .map((line) => ({ amount: unpaidMatured(line, today) })),
  );
  const anew = slots.map(({ dueOn, amount, pays = null, feeChargedOn = null, ...kept }, i) => {
    const matured = Math.min(due, amount);
    due -= matured;
    return {
      number: last + i + 1,
      dueOn,
      amount,
      paid: 0,
      waived: 0,
      components: parts[i] ?? {},
      filled: {},
      matured,
      feeChargedOn,
      pays,
      ...kept,
    };
  });
  return [...stay, ...kept, ...anew];
}

interface ToCome {
  /** The index of the first line that is spread. */
  readonly from: number;
  /** What is due by today and is spread with it: it is due when it was. */
  readonly due: readonly Slot[];
  /** What is not paid of the lines to come. Minor units. */
  readonly owed: number;
}

/**
 * What is spread where only the lines to come are. A payment that was taken back may have left a gap before lines that are
 * paid: then what is to come begins in the books at the gap, as by all the money there is it is no gap. So nothing is due
 * sooner than it was.
 */
export function owedToCome(lines: readonly ScheduleLine[], today: LocalDate, unit: number): ToCome {
  const first = lines.findIndex((line) => line.dueOn > today);
  const begin = first === -1 ? lines.length : first;
  const gap = lines.findIndex((line) => unpaid(line) > 0);
  const all = lines.reduce((sum, line) => sum + unpaid(line), 0);
  const level = levelled(lines).slice(0, begin);
  const isGap = level.some((line, i) => unpaid(line) !== unpaid(lines[i] ?? line));
  if (!isGap) return { from: begin, due: [], owed: all - level.reduce((sum, line) => sum + unpaid(line), 0) };
  const due = level
    .map((line) => ({ dueOn: line.dueOn, amount: unpaid(line) - (unpaid(line) % unit) }))
    .filter(({ amount }) => amount > 0);
  return { from: gap, due, owed: all - due.reduce((sum, { amount }) => sum + amount, 0) };
}

/** The lines of a changed schedule that it has made: those before are kept, or were closed at what was paid. */
export const madeAnew = (before: readonly ScheduleLine[], after: readonly ScheduleLine[]): readonly ScheduleLine[] =>
  after.filter((line) => !before.includes(line) && line.paid + line.waived === 0);

/** A part of what money pays for, with the line that asked for it. */
interface Use extends Slot {
  readonly of: ScheduleLine;
}

/** What the money of a line pays for by all the money there is: its own day and use, but after a gap earlier ones. */
type PaidFor = (line: ScheduleLine) => { readonly dueOn: LocalDate; readonly use: readonly Use[] };

export function paidFor(lines: readonly ScheduleLine[]): PaidFor {
  const usesOf = (line: ScheduleLine): readonly Use[] =>
    cut(
      daysPaidFor(line).map((part) => ({ ...part, of: line })),
      line.paid + line.waived,
    )[0];
  const own: PaidFor = (line) => ({ dueOn: line.dueOn, use: usesOf(line) });
  const level = levelled(lines);
  if (level === lines) return own;
  const found = new Map<ScheduleLine, ReturnType<PaidFor>>();
  let left: readonly Use[] = level.flatMap(usesOf);
  let [upTo, filled, i] = [0, level[0]?.paid ?? 0, 0];
  for (const line of lines) {
    upTo += line.paid;
    while (filled < upTo && i < level.length - 1) filled += level[++i]?.paid ?? 0;
    const [use, rest] = cut(left, line.paid + line.waived);
    left = rest;
    found.set(line, { dueOn: level[i]?.dueOn ?? line.dueOn, use });
  }
  return (line) => found.get(line) ?? own(line);
}

/**
 * `total` over days in proportion to `weights`, in whole units; the last day takes what rounding leaves. A day that gets
 * nothing is left out.
 */
export function shares(total: number, weights: readonly Slot[], unit: number): Slot[] {
  const all = BigInt(weights.reduce((sum, { amount }) => sum + amount, 0));
  const units = BigInt(total / unit);
  let left = total;
  return weights
    .map(({ dueOn, amount: weight }, i) => {
      const amount = i === weights.length - 1 ? left : Number((units * BigInt(weight)) / all) * unit;
      left -= amount;
      return { dueOn, amount };
    })
    .filter(({ amount }) => amount > 0);
}

/** A line that ends with what was paid of it. */
function closed(line: ScheduleLine): ScheduleLine {
  return unpaid(line) === 0
    ? line
    : {
        ...line,
        amount: line.paid + line.waived,
        components: line.filled,
        matured: Math.min(line.matured, line.paid + line.waived),
      };
}

/**
 * Splits component totals over lines of given sizes, in proportion, nothing lost: after each line every
 * component has had its share of what was handed out so far, rounded down, and the units that are left of
 * the line go to those that are furthest behind.
 *
 * @param totals sum to the same as `sizes`
 */
function spread(totals: ReadonlyMap<LinePart, number>, sizes: readonly number[]): Partial<Record<LinePart, number>>[] {
  const whole = BigInt(sizes.reduce((sum, size) => sum + size, 0));
  const names = lineParts.filter((name) => (totals.get(name) ?? 0) > 0);
  const given = new Map<LinePart, number>();
  let upTo = 0n;
  return sizes.map((size) => {
    upTo += BigInt(size);
    const share = (name: LinePart) => BigInt(totals.get(name) ?? 0) * upTo;
    const behind = (name: LinePart) => share(name) - BigInt(given.get(name) ?? 0) * whole;
    const line: Partial<Record<LinePart, number>> = {};
    let left = size;
    const give = (name: LinePart, amount: number) => {
      if (amount <= 0) return;
      given.set(name, (given.get(name) ?? 0) + amount);
      line[name] = (line[name] ?? 0) + amount;
      left -= amount;
    };
    for (const name of names) give(name, Math.min(left, Number(share(name) / whole) - (given.get(name) ?? 0)));
    while (left > 0)
      give(
        names.reduce((a, b) => (behind(b) > behind(a) ? b : a)),
        1,
      );
    return line;
  });
}
