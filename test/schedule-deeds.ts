import fc from 'fast-check';
import { addDays, type LocalDate } from '#domain/calendar';
import { allocate, centsOf, forgive } from '#domain/leases/allocation';
import { askedAgain } from '#domain/leases/asked-again';
import { daysPutOff, openAgain, sumOfLines } from '#domain/leases/days-of-use';
import { movedToDay, weekdays, type DueDay } from '#domain/leases/due-day';
import { inFrequency } from '#domain/leases/frequency';
import { aheadChoices, usedAs } from '#domain/leases/paid-ahead';
import { moveUnpaid } from '#domain/leases/pause';
import { levelled, schedule, unpaid, type ScheduleLine } from '#domain/leases/position';
import { reAged, reAmortised } from '#domain/leases/re-age';
import { mostInstalments, restructured } from '#domain/leases/restructure';
import { MOST_DAYS_PUT_OFF } from '#domain/leases/schedule-change';
import { matured } from '#domain/leases/settlement';
import { owedToCome } from '#domain/leases/spread';
import { undone, type Paid } from '#domain/leases/undo-change';
import { frequencies, type Frequency } from '#domain/vehicles/plan';
import { handedOver, owedOn, paidIn } from './schedules.ts';

/** What people do to a schedule, in any order, by the rules that the use cases ask. */

const isLong = process.env['TEST_LONG'] !== undefined;
export const SEQUENCES = Number(process.env['SEQUENCES'] ?? (isLong ? 1_000_000 : 2_000));
const GRACE_DAYS = 3;
/** Milliseconds. */
export const LIMIT = 60_000 + SEQUENCES * 10;

export interface Lease {
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

export const passes = fc.record({ do: fc.constant('days' as const), days: fc.integer({ min: 1, max: 40 }) });
export const pays = fc.record({ do: fc.constant('pay' as const), percent: fc.integer({ min: 1, max: 60 }) });
export const takesBack = fc.record({ do: fc.constant('take_back' as const), which: fc.nat({ max: 5 }) });
export const dueDays = fc.record({
  do: fc.constant('due_day' as const),
  weekday: fc.constantFrom(...weekdays),
  day: fc.integer({ min: 1, max: 31 }),
});
export const changesOfFrequency = fc.record({
  do: fc.constant('frequency' as const),
  to: fc.constantFrom(...frequencies),
});
export const uses = fc.record({ do: fc.constant('paid_ahead' as const), choice: fc.constantFrom(...aheadChoices) });
export const restructures = fc.record({
  do: fc.constant('restructure' as const),
  instalments: fc.integer({ min: 1, max: 20 }),
});
export const deed = fc.oneof(
  passes,
  pays,
  fc.record(
    { do: fc.constant('pause' as const), days: fc.integer({ min: 1, max: 20 }), keepsLate: fc.boolean() },
    { requiredKeys: ['do', 'days'] },
  ),
  dueDays,
  changesOfFrequency,
  uses,
  restructures,
  fc.record({ do: fc.constant('re_age' as const) }),
  fc.record({ do: fc.constant('re_amortise' as const) }),
  fc.record({ do: fc.constant('undo' as const) }),
  takesBack,
);
export type Deed = typeof deed extends fc.Arbitrary<infer One> ? One : never;

export const lease = fc
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
export function after(before: Lease, one: Deed): Lease {
  const { lines, today, frequency, unit } = before;
  const toSpread = lines.slice(owedToCome(lines, today, unit).from);
  switch (one.do) {
    case 'days':
      return { ...before, today: addDays(today, one.days) };
    case 'pay':
      return paying(before, Math.floor((owedOn(lines) * one.percent) / 100));
    case 'pause': {
      // What is late stays due in a theft, and while a death is open.
      const from = one.keepsLate === true ? addDays(today, -GRACE_DAYS) : undefined;
      return { ...before, last: null, lines: moveUnpaid(matured(lines, today), one.days, { today, from }) };
    }
    case 'due_day': {
      if (frequency === 'daily' || isLate(before)) return before;
      const wish: DueDay = frequency === 'weekly' ? { weekday: one.weekday } : { day: one.day };
      return within(before, { ...before, last: null, lines: movedToDay(lines, wish, today) });
    }
    case 'frequency': {
      if (isLate(before)) return before;
      const change = { today, from: frequency, to: one.to, unit, leastAsked: unit };
      const made = rounded(before, (whole) => inFrequency(whole, change), toSpread);
      return within(before, { ...made, frequency: made === before ? frequency : one.to, last: null });
    }
    case 'paid_ahead':
      return {
        ...rounded(before, (whole) => usedAs(one.choice, whole, { today, unit }), toSpread),
        last: null,
      };
    case 'restructure': {
      const { instalments } = one;
      if (instalments > mostInstalments(lines, unit)) return before;
      return undoable(
        before,
        (whole) => restructured(whole, { instalments, frequency, today, unit }),
        () => instalments,
      );
    }
    case 're_age':
      return undoable(
        before,
        (whole) => reAged(whole, { frequency }, today),
        () => 0,
      );
    case 're_amortise':
      return undoable(
        before,
        (whole) => reAmortised(whole, today, unit),
        (after) => after.filter((line) => unpaid(line) > 0).length,
      );
    case 'undo':
      return undoing(before);
    case 'take_back':
      return takingBack(before, one.which);
  }
}

/** What a customer changes by himself is refused where it would put off too much, as the use cases do. */
const within = (before: Lease, now: Lease): Lease =>
  putOff(now) <= Math.max(MOST_DAYS_PUT_OFF, putOff(before)) ? now : before;
const putOff = ({ lines }: Lease) => daysPutOff(levelled(lines));

export const isLate = ({ lines, today }: Lease) =>
  levelled(lines).some((line) => unpaid(line) > 0 && line.dueOn < today);

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

export function takingBack(before: Lease, which: number): Lease {
  const taken = before.payments[which];
  if (taken === undefined) return before;
  const back = taken.allocation.map((part) => ({ ...part, amount: -part.amount }));
  const lines = before.lines.map((line) => {
    const parts = back.filter(({ instalment }) => instalment === line.number);
    const filled: Record<string, number> = { ...line.filled };
    for (const { component, amount } of parts) filled[component] = (filled[component] ?? 0) + amount;
    const left = Object.fromEntries(Object.entries(filled).filter(([, amount]) => amount !== 0));
    return { ...line, filled: left, paid: line.paid + sumOfLines(parts) };
  });
  const payments = before.payments.filter((one) => one !== taken);
  const again = askedAgain(before.lines, openAgain(lines), { today: before.today, unit: before.unit });
  const last = before.last === null || again !== lines ? null : { ...before.last, without: null };
  return { ...before, lines: again, payments, last, received: before.received + sumOfLines(back) };
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
    return { ...before, lines, forgiven: before.forgiven + sumOfLines(cents) };
  } catch (error) {
    if (error instanceof RangeError) return before;
    throw error;
  }
}

/** @param countOf how many lines the change made, as its use case keeps it: the last ones, or none where it has moved them */
function undoable(
  before: Lease,
  change: (whole: readonly ScheduleLine[]) => readonly ScheduleLine[],
  countOf: (after: readonly ScheduleLine[]) => number,
): Lease {
  const made = rounded(before, change);
  if (made === before) return before;
  const old = forgive(before.lines, centsOf(before.lines, before.unit));
  const count = countOf(made.lines);
  const first = count === 0 ? Infinity : (made.lines.at(-count)?.number ?? Infinity);
  return { ...made, last: { lines: old, first, without: old } };
}

function undoing(before: Lease): Lease {
  if (before.last === null) return before;
  const { lines, changed } = undone(before.last.lines, before.lines, before.last.first, before.payments);
  const payments = before.payments.map(({ id, allocation }) => ({ id, allocation: changed.get(id) ?? allocation }));
  return { ...before, lines, payments, last: null };
}
