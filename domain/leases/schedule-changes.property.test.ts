import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  after,
  deed,
  isLate,
  lease,
  LIMIT,
  passes,
  pays,
  SEQUENCES,
  takesBack,
  type Deed,
  type Lease,
} from '#test/schedule-deeds';
import { owedOn } from '#test/schedules';
import type { LocalDate } from '../calendar.ts';
import { components } from '../vehicles/plan.ts';
import { inTime, isAhead, sumOfLines } from './days-of-use.ts';
import { splitOn } from './leaving.ts';
import { levelled, unpaid, type ScheduleLine } from './position.ts';

/**
 * Whatever is done to a schedule, in whatever order: nobody owes more for it, nothing that was paid is lost, and its lines
 * stay in their order. `npm test` tries two thousand sequences, `npm run test:long` a million;
 * `SEQUENCES=100000 npx vitest run domain/leases/schedule-changes.property` as many.
 */

const priceBy = (lines: readonly ScheduleLine[]) =>
  components.map((name) => lines.reduce((sum, line) => sum + (line.components[name] ?? 0), 0));
const isOrdered = (of: readonly (string | number)[]) => of.every((one, i) => i === 0 || (of[i - 1] ?? one) <= one);

/** What is wrong with a lease that began as `first`, or null. */
function wrong(first: Lease, now: Lease, one: Deed['do'], before: Lease): string | null {
  const { lines } = now;
  if (priceBy(lines).join() !== priceBy(first.lines).join()) return 'another price';
  if (lines.reduce((sum, line) => sum + line.paid, 0) !== now.received) return 'what was paid is lost';
  if (lines.reduce((sum, line) => sum + line.waived, 0) !== now.forgiven) return 'what was forgiven is lost';
  if (owedOn(lines) + now.received + now.forgiven !== sumOfLines(lines)) return 'a sum is wrong';
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
    sumOfLines(inTime(before.lines).filter((line) => !isAhead(line) && today < line.dueOn && line.dueOn <= day));
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
