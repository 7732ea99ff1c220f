import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  after,
  changesOfFrequency,
  dueDays,
  lease,
  LIMIT,
  passes,
  pays,
  restructures,
  SEQUENCES,
  takesBack,
  takingBack,
  uses,
  type Deed,
  type Lease,
} from '#test/schedule-deeds';
import { addDays, type LocalDate } from '../calendar.ts';
import { byDay, daysPaidFor, sumOfLines } from './days-of-use.ts';
import { splitOn } from './leaving.ts';
import { levelled, unpaid, type Slot } from './position.ts';
import { MOST_DAYS_PUT_OFF } from './schedule-change.ts';
import { settlementOn } from './settlement.ts';

/** What was agreed on, until which day each part of the price pays for the use: nothing but a pause moves it. */
interface Agreed {
  readonly lease: Lease;
  readonly days: readonly Slot[];
  readonly paused: number;
  /** What lines of whole units may have left to the last of them, all changes together. */
  readonly rounded: number;
}

/** What of the price pays for use that was over before a day. */
const agreedBefore = ({ days }: Agreed, day: LocalDate) => sumOfLines(days.filter(({ dueOn }) => dueOn < day));

function afterOwn(before: Agreed, one: Deed): Agreed {
  const now = after(before.lease, one);
  const isAnew = now.lines.length !== before.lease.lines.length;
  const rounded = before.rounded + (isAnew ? Math.max(now.lines.length, before.lease.lines.length) * now.unit : 0);
  if (one.do !== 'pause') return { ...before, rounded, lease: now };
  const { today } = before.lease;
  const days = before.days.map((day) => (day.dueOn > today ? { ...day, dueOn: addDays(day.dueOn, one.days) } : day));
  return { lease: now, days, paused: before.paused + one.days, rounded };
}

/** What is wrong with what a customer owes after he has changed his schedule as he may, or null. */
function free(now: Agreed): string | null {
  const { rounded } = now;
  const { lines, today, received, forgiven } = now.lease;
  const price = sumOfLines(lines);
  const { overdue, ahead } = splitOn(today, lines);
  if (received + 2 * forgiven - ahead + overdue < agreedBefore(now, today) - rounded) return 'use for nothing';
  const standing = { deposit: 0, depositPaid: 0, feesCharged: 0, feesPaid: 0, feesWaived: 0, credit: 0 };
  const quote = settlementOn(today, { ...standing, totalPrice: price }, lines, { markupPercent: 100, unit: 1 });
  if (2 * quote.saved > price - agreedBefore(now, today) + 1 + rounded) return 'credit for nothing';
  const most = MOST_DAYS_PUT_OFF + now.paused;
  for (const { dueOn } of now.days) {
    const by = addDays(dueOn, most);
    const later = sumOfLines(levelled(lines).flatMap((line) => (line.dueOn > by ? [{ amount: unpaid(line) }] : [])));
    if (price - later < agreedBefore(now, addDays(dueOn, 1)) - rounded) return `put off beyond ${by}`;
  }
  return null;
}

const own = fc.oneof(
  passes,
  pays,
  fc.record({ do: fc.constant('pause' as const), days: fc.integer({ min: 1, max: 14 }) }),
  dueDays,
  changesOfFrequency,
  uses,
  takesBack,
);

it(
  'no sequence of a customer’s own changes has him use the vehicle or the credit for nothing, or puts off more than he may',
  () => {
    fc.assert(
      fc.property(lease, fc.array(own, { minLength: 1, maxLength: 10 }), (first, deeds) => {
        let now: Agreed = { lease: first, days: first.lines, paused: 0, rounded: first.lines.length * first.unit };
        for (const one of deeds) {
          now = afterOwn(now, one);
          const found = free(now);
          if (found !== null) expect.fail(`${one.do}: ${found}`);
        }
      }),
      { numRuns: SEQUENCES },
    );
  },
  LIMIT,
);

it(
  'who leaves on the day of a change, or after a pause, is given back and owes what he would without it',
  () => {
    const moves = fc.oneof(dueDays, changesOfFrequency, uses, fc.constant({ do: 're_age' as const }), restructures);
    const net = ({ lines }: Lease, day: LocalDate) => splitOn(day, lines).ahead - splitOn(day, lines).overdue;
    const some = fc.array(fc.oneof(passes, pays, dueDays, changesOfFrequency, uses), { maxLength: 8 });
    fc.assert(
      fc.property(
        lease,
        some,
        moves,
        fc.integer({ min: 1, max: 20 }),
        fc.nat({ max: 90 }),
        (first, deeds, move, days, later) => {
          const now = deeds.reduce(after, first);
          const moved = after(now, move);
          const isDueToday = now.lines.flatMap(daysPaidFor).some(({ dueOn }) => dueOn === now.today);
          if (moved.forgiven === now.forgiven && !isDueToday) expect(net(moved, now.today)).toBe(net(now, now.today));
          const paused = after(now, { do: 'pause', keepsLate: false, days });
          const on = addDays(now.today, 1 + later);
          expect(splitOn(addDays(on, days), paused.lines).ahead).toBe(splitOn(on, now.lines).ahead);
        },
      ),
      { numRuns: SEQUENCES },
    );
  },
  LIMIT,
);

it(
  'money that is taken back leaves what would be due without it, used as paid ahead or not',
  () => {
    const some = fc.array(fc.oneof(passes, pays), { maxLength: 5 });
    const asked = ({ lines }: Lease) =>
      byDay(levelled(lines).map((line) => ({ dueOn: line.dueOn, amount: unpaid(line) })));
    fc.assert(
      fc.property(
        lease,
        some,
        fc.integer({ min: 1, max: 60 }),
        uses,
        fc.nat({ max: 40 }),
        (first, deeds, percent, use, days) => {
          const now = deeds.reduce(after, first);
          const paid = after(now, { do: 'pay', percent });
          const which = paid.payments.length - 1;
          if (paid === now) return;
          const used = after(after(paid, use), { do: 'days', days: days + 1 });
          const back = takingBack(used, which);
          const cents = back.forgiven > now.forgiven;
          const wasAhead = after(now, use) !== now;
          if (!cents && !wasAhead) expect(asked(back)).toEqual(asked(now));
        },
      ),
      { numRuns: SEQUENCES },
    );
  },
  LIMIT,
);
