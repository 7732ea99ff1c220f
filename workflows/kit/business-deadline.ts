import { patched } from '@temporalio/workflow';
import { addDaysOfFixedCalendar } from '#domain/calendar';
import type { Market } from '#domain/markets';

interface Deadline {
  /** Epoch milliseconds. */
  readonly from: number;
  /** Business days. */
  readonly days: number;
  readonly market: Market;
}

/**
 * The end of a deadline in business days, epoch milliseconds. Which days those are an activity says, since
 * operators enter what no law dates; asked again at the deadline it may be later.
 */
export async function businessDeadline(
  ask: (deadline: Deadline) => Promise<number>,
  deadline: Deadline,
): Promise<number> {
  if (patched('holidays-that-move')) return ask(deadline);
  return addDaysOfFixedCalendar(deadline.from, deadline.days, deadline.market);
}
