import type { AllocationPart } from '../ledger/ledger.ts';
import { allocate, fill } from './allocation.ts';
import type { ScheduleLine } from './position.ts';

/** A payment with what it was for. `allocation` sums to what it paid. */
export interface Paid {
  readonly id: string;
  readonly allocation: readonly AllocationPart[];
}

/** A schedule as if a change of it had never been, with the payments since. */
export interface Undone {
  readonly lines: readonly ScheduleLine[];
  /** The new allocations, by payment. */
  readonly changed: ReadonlyMap<string, readonly AllocationPart[]>;
  /** What payments paid of lines that are gone, and what the same money pays instead; both sum to the same. */
  readonly gone: readonly AllocationPart[];
  readonly instead: readonly AllocationPart[];
}

/**
 * The old lines of a change, with the money that has come since: what it paid of lines that the change had made fills the old
 * ones in their order, payment by payment.
 *
 * @param before the lines as they were when they were replaced
 * @param now the lines that replaced them, as they are
 * @param first the number of the first line that the change had made; of those before it the money stays where it is
 * @param payments by value date, oldest first
 * @throws RangeError where something of the new lines was waived: it would be owed again
 */
export function undone(
  before: readonly ScheduleLine[],
  now: readonly ScheduleLine[],
  first: number,
  payments: readonly Paid[],
): Undone {
  const isGone = ({ instalment }: AllocationPart) => instalment !== null && instalment >= first;
  if (now.some((line) => line.number >= first && line.waived > 0)) throw new RangeError('something of them was waived');
  let lines = before.map((line) => {
    const kept = line.number < first ? now.find(({ number }) => number === line.number) : undefined;
    if (kept === undefined) return line;
    const { paid, waived, filled, feeChargedOn } = kept;
    return { ...line, paid, waived, filled, feeChargedOn };
  });
  const changed = new Map<string, readonly AllocationPart[]>();
  const gone: AllocationPart[] = [];
  const instead: AllocationPart[] = [];
  for (const { id, allocation } of payments) {
    const parts = allocation.filter(isGone);
    const amount = parts.reduce((sum, part) => sum + part.amount, 0);
    if (amount === 0) continue;
    const { parts: anew } = allocate(amount, { depositDue: 0, feesDue: 0, lines });
    lines = lines.map((line) =>
      fill(
        line,
        anew.filter(({ instalment }) => instalment === line.number),
      ),
    );
    gone.push(...parts);
    instead.push(...anew);
    changed.set(id, [...allocation.filter((part) => !isGone(part)), ...anew]);
  }
  return { lines, changed, gone, instead };
}
