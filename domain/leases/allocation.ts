import { unpaid, type ScheduleLine } from './position.ts';
import { lineParts, type LinePart } from '../vehicles/plan.ts';
import type { AllocationPart } from '../ledger/ledger.ts';

/** What money can fill, in the order in which it does. Minor units. */
export interface Owed {
  readonly depositDue: number;
  readonly feesDue: number;
  /** Fees that were charged only after the money was paid: lines come before them. */
  readonly laterFees?: number;
  /** In order of their numbers. */
  readonly lines: readonly ScheduleLine[];
  /** What was taken back after it was used or given back. */
  readonly disputed?: number;
  /** Deposit, fees and lines get no more than this together: what is left of a settlement quote. */
  readonly most?: number;
}

export interface Allocation {
  readonly parts: readonly AllocationPart[];
  readonly deposit: number;
  readonly fees: number;
  /** Line number → what it gets. */
  readonly lines: ReadonlyMap<number, number>;
  readonly disputed: number;
  /** What exceeds all that is owed. */
  readonly credit: number;
}

/**
 * Fills the deposit, then fees, then lines oldest first, current and future alike, then what is in dispute; the
 * rest is credit. Within a line the smaller services are filled before the vehicle, so that insurance and
 * tracking are never behind the metal, and interest before principal. The parts always sum to `amount`.
 */
export function allocate(amount: number, owed: Owed): Allocation {
  const parts: AllocationPart[] = [];
  const lines = new Map<number, number>();
  let left = Math.min(amount, owed.most ?? amount);
  const kept = amount - left;
  const take = (component: string, wanted: number): number => {
    const taken = Math.min(left, wanted);
    left -= taken;
    if (taken > 0) parts.push({ component, instalment: null, amount: taken });
    return taken;
  };

  const deposit = take('deposit', owed.depositDue);
  const fees = take('fee', owed.feesDue);
  for (const line of owed.lines) {
    const taken = Math.min(left, unpaid(line));
    if (taken === 0) continue;
    left -= taken;
    lines.set(line.number, taken);
    parts.push(...fillComponents(line, taken));
  }
  const later = take('fee', owed.laterFees ?? 0);
  left += kept;
  const disputed = take('disputed', owed.disputed ?? 0);
  const credit = take('credit', left);
  return { parts, deposit, fees: fees + later, lines, disputed, credit };
}

const isVehicle = (name: LinePart) => name === 'vehicle' || name === 'principal';
const fillOrder = [...lineParts.filter((name) => !isVehicle(name)), ...lineParts.filter(isVehicle)];

/** Which components of a line the next `amount` of it pays, given what was filled before. */
function fillComponents(line: ScheduleLine, amount: number): AllocationPart[] {
  const parts: AllocationPart[] = [];
  let left = amount;
  for (const component of fillOrder) {
    const taken = Math.min(left, (line.components[component] ?? 0) - (line.filled[component] ?? 0));
    left -= taken;
    if (taken > 0) parts.push({ component, instalment: line.number, amount: taken });
  }
  return parts;
}

/**
 * What a line asks for once a part of it was forgiven: its parts are those that are filled first, and they sum to its
 * amount. A line that was forgiven whole keeps what it was, and counts in no sum.
 */
export function asked(line: ScheduleLine): Pick<ScheduleLine, 'amount' | 'components'> {
  if (line.waived === 0 || line.waived === line.amount) return line;
  const amount = line.amount - line.waived;
  const parts = fillComponents({ ...line, filled: {} }, amount);
  return { amount, components: Object.fromEntries(parts.map((part) => [part.component, part.amount])) };
}

/** A line after `parts` were paid into it; negative parts take a payment back. */
export function fill(line: ScheduleLine, parts: readonly AllocationPart[]): ScheduleLine {
  const filled: Partial<Record<LinePart, number>> = { ...line.filled };
  let paid = line.paid;
  for (const { component, instalment, amount } of parts) {
    if (instalment !== line.number) continue;
    const name = componentOf(component);
    filled[name] = (filled[name] ?? 0) + amount;
    paid += amount;
  }
  return { ...line, paid, filled };
}

/** What is not paid of these lines, by component. */
export function unfilled(lines: readonly ScheduleLine[]): Map<LinePart, number> {
  const open = new Map<LinePart, number>();
  for (const { components: sizes, filled } of lines)
    for (const name of lineParts) {
      const amount = (sizes[name] ?? 0) - (filled[name] ?? 0);
      if (amount !== 0) open.set(name, (open.get(name) ?? 0) + amount);
    }
  return open;
}

function componentOf(name: string): LinePart {
  const found = lineParts.find((part) => part === name);
  if (found === undefined) throw new RangeError(`${name} is no component of a line`);
  return found;
}

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
