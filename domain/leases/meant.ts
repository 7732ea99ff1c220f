import type { LocalDate } from '../calendar.ts';
import type { LeaseStatus } from './status.ts';

/** Of a lease that goes on, what says how soon its customer has to do something about it. */
export interface Need {
  readonly status: LeaseStatus;
  /** Overdue, with fees; minor units. */
  readonly late: number;
  readonly daysPastDue: number;
  /** The oldest line that is not paid; null for none. */
  readonly nextDueOn: LocalDate | null;
}

/** What waits for its customer alone: an offer, a signature, a deposit. */
const waits: ReadonlySet<LeaseStatus> = new Set(['offered', 'reserved', 'awaiting_deposit']);

const rank = ({ status, late }: Need): number => (late > 0 ? 0 : waits.has(status) ? 1 : 2);

/**
 * Leases of one customer that go on, in the order in which he is asked about them; the first is the one that is meant where
 * he names none. What is late comes first, the longest before the others: its vehicle is stopped first. Then what waits for
 * him, then what is due next. Equals stay in their order.
 */
export function byNeed<T>(leases: readonly T[], needOf: (lease: T) => Need): T[] {
  return leases
    .map((lease) => ({ lease, need: needOf(lease) }))
    .toSorted(
      ({ need: a }, { need: b }) =>
        rank(a) - rank(b) ||
        b.daysPastDue - a.daysPastDue ||
        (a.nextDueOn ?? '9999').localeCompare(b.nextDueOn ?? '9999'),
    )
    .map(({ lease }) => lease);
}
