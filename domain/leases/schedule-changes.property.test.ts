import fc from 'fast-check';
import { expect, it } from 'vitest';
import { handedOver, owedOn, paidIn } from '#test/schedules';
import { addDays, type LocalDate } from '../calendar.ts';
import { components, frequencies, type Frequency } from '../vehicles/plan.ts';
import { allocate, centsOf, forgive } from './allocation.ts';
import { movedToDay, weekdays, type DueDay } from './due-day.ts';
import { inFrequency } from './frequency.ts';
import { splitOn } from './leaving.ts';
import { aheadChoices, usedAs } from './paid-ahead.ts';
import { moveUnpaid } from './pause.ts';
import { levelled, schedule, unpaid, type ScheduleLine } from './position.ts';
import { reAged, reAmortised } from './re-age.ts';
import { mostInstalments, restructured } from './restructure.ts';
import { matured } from './settlement.ts';
import { owedToCome } from './spread.ts';
import { undone, type Paid } from './undo-change.ts';

/**
 * Whatever is done to a schedule, in whatever order: nobody owes more for it, nothing that was paid is lost, and its lines
 * stay in their order. `npm test` tries two thousand sequences, `npm run test:long` a million;
 * `SEQUENCES=100000 npx vitest run domain/leases/schedule-changes.property` as many.
 */
const isLong = process.env['TEST_LONG'] !== undefined;
const SEQUENCES = Number(process.env['SEQUENCES'] ?? (isLong ? 1_000_000 : 2_000));
/** Milliseconds. */
const LIMIT = 60_000 + SEQUENCES * 10;

interface Lease {
  readonly unit: number;
  readonly frequency: Frequency;
  readonly today: LocalDate;
  readonly lines: readonly ScheduleLine[];
  /** Oldest first. */
  readonly payments: readonly Paid[];
  /** What can be undone: the lines as they were, the number of the first line that was made, and what payments would have made of them. */
  readonly last: {
    readonly lines: readonly ScheduleLine[];
    readonly first: number;
    readonly without: readonly ScheduleLine[] | null;
  } | null;
  readonly forgiven: number;
  readonly received: number;
}

const passes = fc.record({ do: fc.constant('days' as const), days: fc.integer({ min: 1, max: 40 }) });
const pays = fc.record({ do: fc.constant('pay' as const), percent: fc.integer({ min: 1, max: 60 }) });
const takesBack = fc.record({ do: fc.constant('take_back' as const), which: fc.nat({ max: 5 }) });
const deed = fc.oneof(
  passes,
  pays,
  fc.record({ do: fc.constant('pause' as const), days: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    do: fc.constant('due_day' as const),
    weekday: fc.constantFrom(...weekdays),
    day: fc.integer({ min: 1, max: 31 }),
  }),
  fc.record({ do: fc.constant('frequency' as const), to: fc.constantFrom(...frequencies) }),
  fc.record({ do: fc.constant('paid_ahead' as const), choice: fc.constantFrom(...aheadChoices) }),
  fc.record({ do: fc.constant('restructure' as const), instalments: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ do: fc.constant('re_age' as const) }),
  fc.record({ do: fc.constant('re_amortise' as const) }),
  fc.record({ do: fc.constant('undo' as const) }),
  takesBack,
);
type Deed = typeof deed extends fc.Arbitrary<infer One> ? One : never;

const lease = fc
  .record({
    market: fc.constantFrom('UG' as const, 'KE' as const),
    frequency: fc.constantFrom(...frequencies),
    instalments: fc.integer({ min: 1, max: 12 }),
    instalment: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2_000_000 })),
    start: fc.integer({ min: 0, max: 60 }),
  })
  .map(({ market, frequency, instalments, instalment, start }): Lease => {
    const unit = market === 'KE' ? 100 : 1;
    const from = addDays(handedOver, start);
    const plan = { instalments, frequency, components: { vehicle: 80, insurance: 15, tracker: 5 } };
    const lines = schedule(plan, market, from, instalment * unit);
    return { unit, frequency, today: from, lines, payments: [], last: null, forgiven: 0, received: 0 };
  });

/** The lease after a deed; as it was where the rules refuse it. */
function after(before: Lease, one: Deed): Lease {
  const { lines, today, frequency, unit } = before;
  const toSpread = lines.slice(owedToCome(lines, today, unit).from);
  switch (one.do) {
    case 'days':
      return { ...before, today: addDays(today, one.days) };
    case 'pay':
      return paying(before, Math.floor((owedOn(lines) * one.percent) / 100));
    case 'pause':
      return { ...before, last: null, lines: moveUnpaid(matured(lines, today), one.days) };
    case 'due_day': {
      if (frequency === 'daily' || isLate(before)) return before;
      const wish: DueDay = frequency === 'weekly' ? { weekday: one.weekday } : { day: one.day };
      return { ...before, last: null, lines: movedToDay(lines, wish, today) };
    }
    case 'frequency': {
      if (isLate(before)) return before;
      const change = { today, from: frequency, to: one.to, unit, leastAsked: unit };
      const made = rounded(before, (whole) => inFrequency(whole, change), toSpread);
      return { ...made, frequency: made === before ? frequency : one.to, last: null };
    }
    case 'paid_ahead':
      return {
        ...rounded(before, (whole) => usedAs(one.choice, whole, { today, unit }), toSpread),
        last: null,
      };
    case 'restructure': {
      const { instalments } = one;
      if (instalments > mostInstalments(lines, unit)) return before;
      return undoable(before, (whole) => restructured(whole, { instalments, frequency, today, unit }));
    }
    case 're_age':
      return undoable(before, (whole) => reAged(whole, { frequency }, today));
    case 're_amortise':
      return undoable(before, (whole) => reAmortised(whole, today, unit));
    case 'undo':
      return undoing(before);
    case 'take_back':
      return takingBack(before, one.which);
  }
}

const isLate = ({ lines, today }: Lease) => levelled(lines).some((line) => unpaid(line) > 0 && line.dueOn < today);

function paying(before: Lease, amount: number): Lease {
  if (amount === 0) return before;
  const { parts } = allocate(amount, { depositDue: 0, feesDue: 0, lines: before.lines });
  const id = `${Number(before.payments.at(-1)?.id ?? 0) + 1}`;
  const { last } = before;
  return {
    ...before,
    payments: [...before.payments, { id, allocation: parts }],
    received: before.received + amount,
    lines: paidIn(before.lines, amount),
    last: last === null ? null : { ...last, without: last.without === null ? null : paidIn(last.without, amount) },
  };
}

function takingBack(before: Lease, which: number): Lease {
  const taken = before.payments[which];
  if (taken === undefined) return before;
  const back = taken.allocation.map((part) => ({ ...part, amount: -part.amount }));
  const lines = before.lines.map((line) => {
    const parts = back.filter(({ instalment }) => instalment === line.number);
    const filled: Record<string, number> = { ...line.filled };
    for (const { component, amount } of parts) filled[component] = (filled[component] ?? 0) + amount;
    const left = Object.fromEntries(Object.entries(filled).filter(([, amount]) => amount !== 0));
    return { ...line, filled: left, paid: line.paid + sumOf(parts) };
  });
  const payments = before.payments.filter((one) => one !== taken);
  const last = before.last === null ? null : { ...before.last, without: null };
  return { ...before, lines, payments, last, received: before.received + sumOf(back) };
}

/** Cents that payments left are forgiven first, as the use cases do. */
function rounded(
  before: Lease,
  change: (whole: readonly ScheduleLine[]) => readonly ScheduleLine[],
  of = before.lines,
): Lease {
  const cents = centsOf(of, before.unit);
  try {
    const lines = change(forgive(before.lines, cents));
    return { ...before, lines, forgiven: before.forgiven + sumOf(cents) };
  } catch (error) {
    if (error instanceof RangeError) return before;
    throw error;
  }
}

function undoable(before: Lease, change: (whole: readonly ScheduleLine[]) => readonly ScheduleLine[]): Lease {
  const made = rounded(before, change);
  if (made === before) return before;
  const old = forgive(before.lines, centsOf(before.lines, before.unit));
  const kept = made.lines.findLastIndex((line, i) => line.number === old[i]?.number && line.amount === old[i].amount);
  const closed = made.lines.findLast((line) => line.paid + line.waived > 0)?.number ?? 0;
  const isMoved = made.lines.length === old.length && kept === old.length - 1;
  return { ...made, last: { lines: old, first: isMoved ? Infinity : closed + 1, without: old } };
}

function undoing(before: Lease): Lease {
  if (before.last === null) return before;
  const { lines, changed } = undone(before.last.lines, before.lines, before.last.first, before.payments);
  const payments = before.payments.map(({ id, allocation }) => ({ id, allocation: changed.get(id) ?? allocation }));
  return { ...before, lines, payments, last: null };
}

const sumOf = (of: readonly { readonly amount: number }[]) => of.reduce((sum, { amount }) => sum + amount, 0);
const priceBy = (lines: readonly ScheduleLine[]) =>
  components.map((name) => lines.reduce((sum, line) => sum + (line.components[name] ?? 0), 0));
const isOrdered = (of: readonly (string | number)[]) => of.every((one, i) => i === 0 || (of[i - 1] ?? one) <= one);

/** What is wrong with a lease that began as `first`, or null. */
function wrong(first: Lease, now: Lease, one: Deed['do'], before: Lease): string | null {
  const { lines } = now;
  if (priceBy(lines).join() !== priceBy(first.lines).join()) return 'another price';
  if (lines.reduce((sum, line) => sum + line.paid, 0) !== now.received) return 'what was paid is lost';
  if (lines.reduce((sum, line) => sum + line.waived, 0) !== now.forgiven) return 'what was forgiven is lost';
  if (owedOn(lines) + now.received + now.forgiven !== sumOf(lines)) return 'a sum is wrong';
  if (now.forgiven - before.forgiven >= now.unit) return 'more than cents is forgiven';
  for (const line of lines) {
    if (Object.values(line.components).reduce((sum, amount) => sum + amount, 0) !== line.amount)
      return 'parts of a line';
    if (line.paid < 0 || unpaid(line) < 0 || line.amount <= 0) return 'a line below nothing';
    if (line.matured < 0 || line.matured > line.amount) return 'more was due than there is';
    const filled = Object.values(line.filled).reduce((sum, amount) => sum + amount, 0);
    if (filled !== line.paid + line.waived) return 'what a line was filled with';
  }
  if (!isOrdered(lines.map(({ number }) => number))) return 'numbers';
  // A payment that was taken back may leave a line open whose day is over, as one that was paid instead is moved.
  if (!hasGap(now) && !hasGap(before) && !isOrdered(lines.map(({ dueOn }) => dueOn))) return 'order of the days';
  for (const { allocation } of now.payments)
    if (allocation.some((part) => !lines.some(({ number }) => number === part.instalment)))
      return 'a payment of no line';
  const { overdue, ahead } = splitOn(now.today, lines);
  if (overdue > owedOn(lines) || ahead > now.received) return 'leaving';
  const sooner = dueSooner(before, now, one);
  if (sooner !== undefined) return `more is due by ${sooner}`;
  const without = before.last?.without;
  if (one === 'undo' && without != null && JSON.stringify(lines) !== JSON.stringify(without)) return 'not as without';
  if (one === 're_age' && now !== before && isLate(now)) return 'late after it was made young';
  return null;
}

/** What is due by a day by all the money there is. Minor units. */
const dueBy = (lines: readonly ScheduleLine[], day: LocalDate) =>
  levelled(lines).reduce((sum, line) => sum + (line.dueOn <= day ? unpaid(line) : 0), 0);

/** A day by which more is due than before: by another frequency today, by what was paid ahead as if it had not been. */
function dueSooner(before: Lease, { lines }: Lease, one: Deed['do']): LocalDate | undefined {
  const { today } = before;
  const days = [today, ...lines.map(({ dueOn }) => dueOn)];
  if (one === 'frequency') return dueBy(lines, today) > dueBy(before.lines, today) ? today : undefined;
  if (one === 'due_day' || one === 'pause' || one === 're_age')
    return days.find((day) => dueBy(lines, day) > dueBy(before.lines, day));
  if (one !== 'paid_ahead' || lines === before.lines) return undefined;
  const askedBy = (day: LocalDate) =>
    sumOf(before.lines.filter(({ dueOn, pays }) => pays == null && today < dueOn && dueOn <= day));
  return days.find((day) => dueBy(lines, day) > dueBy(before.lines, today) + askedBy(day));
}

const hasGap = ({ lines }: Lease) => levelled(lines) !== lines;

/** Payments, and one of them taken back, before anything else. */
const gap = fc.tuple(pays, pays, pays, passes, takesBack, deed, deed);

it.each([
  ['', fc.array(deed, { minLength: 1, maxLength: 8 })],
  [' after a payment was taken back', gap],
] as const)(
  'no sequence of what people do to a schedule makes it dearer, loses money or mixes its days%s',
  (_, some) => {
    fc.assert(
      fc.property(lease, some, (first, deeds) => {
        let now = first;
        for (const one of deeds) {
          const before = now;
          now = after(before, one);
          const found = now === before ? null : wrong(first, now, one.do, before);
          if (found !== null) expect.fail(`${one.do}: ${found}`);
        }
      }),
      { numRuns: SEQUENCES },
    );
  },
  LIMIT,
);
