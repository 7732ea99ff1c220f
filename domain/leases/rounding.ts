import { unpaid, type ScheduleLine } from './position.ts';
import { allocate, fill, type Allocation, type Owed } from './allocation.ts';
import type { AllocationPart } from '../ledger/ledger.ts';

/**
 * Providers collect and pay whole units of a currency (a shilling, a franc). What payments with cents leave behind
 * is rounded in the customer's favour: a rest of less than a unit of the deposit, of the fees or of a line is not
 * owed, and credit of a lease that is paid off is rounded up. Only what was never owed and is less than a unit
 * that anybody could pay back stays with the house.
 */

/** The rests below a `unit` of the deposit, the fees and each line, as parts that are forgiven. */
export function restsBelow(unit: number, { depositDue, feesDue, lines }: Owed): AllocationPart[] {
  const isRest = (amount: number) => amount > 0 && amount < unit;
  const none = { depositDue: 0, feesDue: 0, lines: [] };
  return [
    ...(isRest(depositDue) ? allocate(depositDue, { ...none, depositDue }).parts : []),
    ...(isRest(feesDue) ? allocate(feesDue, { ...none, feesDue }).parts : []),
    ...lines
      .filter((line) => isRest(unpaid(line)))
      .flatMap((line) => allocate(unpaid(line), { ...none, lines: [line] }).parts),
  ];
}

/** What keeps the unpaid lines together from being whole units, as parts of the first of them that are forgiven. */
export function centsOf(lines: readonly ScheduleLine[], unit: number): AllocationPart[] {
  const owed = lines.reduce((sum, line) => sum + unpaid(line), 0);
  return [...allocate(owed % unit, { depositDue: 0, feesDue: 0, lines }).parts];
}

/** Lines of which `parts` are forgiven. */
export function forgive(lines: readonly ScheduleLine[], parts: readonly AllocationPart[]): ScheduleLine[] {
  return lines.map((line) => {
    const after = fill(line, parts);
    return after.paid === line.paid
      ? line
      : { ...after, paid: line.paid, waived: line.waived + after.paid - line.paid };
  });
}

/**
 * Allocates `amount` so that what of it becomes credit can be paid back: where it pays everything and more, less
 * than a unit of what is owed is left for the rounding, and is credit instead.
 */
export function allocateInUnits(amount: number, owed: Owed, unit: number): Allocation {
  const exact = allocate(amount, owed);
  const cents = exact.credit % unit;
  const paid = amount - exact.credit - exact.disputed;
  const more = unit - cents;
  return cents === 0 || paid < more ? exact : allocate(amount, { ...owed, most: paid - more });
}

/** What of a payment is paid back in whole units: its cents are the house's. */
export function withoutCents(allocation: readonly AllocationPart[], cents: number): AllocationPart[] {
  let left = cents;
  const kept = allocation.flatMap((part) => {
    if (part.component !== 'credit' && part.component !== 'deposit') return [part];
    const taken = Math.min(left, part.amount);
    left -= taken;
    return part.amount > taken ? [{ ...part, amount: part.amount - taken }] : [];
  });
  return [...kept, { component: 'rounding', instalment: null, amount: cents - left }];
}
