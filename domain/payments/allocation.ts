import { unpaid, type ScheduleLine } from '../leases/position.ts';
import { components } from '../vehicles/plan.ts';
import type { AllocationPart } from './payment.ts';

/** What money can fill, in the order in which it does. Minor units. */
export interface Owed {
  readonly depositDue: number;
  readonly feesDue: number;
  /** In order of their numbers. */
  readonly lines: readonly ScheduleLine[];
}

export interface Allocation {
  readonly parts: readonly AllocationPart[];
  readonly deposit: number;
  readonly fees: number;
  /** Line number → what it gets. */
  readonly lines: ReadonlyMap<number, number>;
  /** What exceeds all that is owed. */
  readonly credit: number;
}

/**
 * Fills the deposit, then fees, then lines oldest first, current and future alike; the rest is credit.
 * Within a line the smaller services are filled before the vehicle, so that insurance and tracking are
 * never behind the metal. The parts always sum to `amount`.
 */
export function allocate(amount: number, owed: Owed): Allocation {
  const parts: AllocationPart[] = [];
  const lines = new Map<number, number>();
  let left = amount;
  const take = (wanted: number): number => {
    const taken = Math.min(left, wanted);
    left -= taken;
    return taken;
  };

  const deposit = take(owed.depositDue);
  if (deposit > 0) parts.push({ component: 'deposit', instalment: null, amount: deposit });
  const fees = take(owed.feesDue);
  if (fees > 0) parts.push({ component: 'fee', instalment: null, amount: fees });
  for (const line of owed.lines) {
    if (left === 0) break;
    const taken = take(unpaid(line));
    if (taken === 0) continue;
    lines.set(line.number, taken);
    parts.push(...fillComponents(line, taken));
  }
  if (left > 0) parts.push({ component: 'credit', instalment: null, amount: left });
  return { parts, deposit, fees, lines, credit: left };
}

/** Which components of a line the next `amount` of it pays, given what it has been paid before. */
function fillComponents(line: ScheduleLine, amount: number): AllocationPart[] {
  const order = [...components.filter((name) => name !== 'vehicle'), 'vehicle' as const];
  const parts: AllocationPart[] = [];
  let before = line.paid + line.waived;
  let left = amount;
  for (const component of order) {
    const size = line.components[component] ?? 0;
    const open = Math.max(0, size - before);
    before = Math.max(0, before - size);
    const taken = Math.min(left, open);
    left -= taken;
    if (taken > 0) parts.push({ component, instalment: line.number, amount: taken });
  }
  return parts;
}
