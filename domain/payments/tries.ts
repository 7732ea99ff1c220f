import { addDays, instantOf, localDateAt, type LocalDate } from '../calendar.ts';
import type { Market } from '../markets.ts';
import { promptHours } from '../quiet-hours.ts';
import { declines, type DeclineReason } from './decline.ts';
import { likelihood, type Habits } from '../leases/habits.ts';

/** Most automatic prompts that a customer gets on one local day. */
export const PROMPTS_A_DAY = 3;

/**
 * When to try again after a charge that did not succeed, as an instant.
 *
 * No funds: at the best of the prompt hours of the next 24 hours for a week's worth of tries; then at the
 * best of the next day; then of the third day from now, so that a customer in trouble is not hunted. Best
 * is what worked for this customer before (`likelihood`) where that is clear, else the earliest. A declined
 * or expired prompt waits for the next day (a message goes out first). What another try cannot mend (no
 * subscriber, blocked, over the limit) waits a week, in which the customer is asked for another method.
 * How it does beside fixed hours: `npm run bench -- collections-policy`.
 *
 * @param failures consecutive automatic tries without success, this one included
 */
export function nextTry(reason: DeclineReason, failures: number, now: number, market: Market, habits: Habits): number {
  const today = localDateAt(now, market);
  const on = (days: number) => best(slots(addDays(today, days), market), habits, market);
  switch (declines[reason].retry) {
    case 'next_week':
      return on(7);
    case 'next_day':
      return on(failures < 7 ? 1 : 3);
    case 'at_next_hours': {
      if (failures >= 14) return on(3);
      if (failures >= 8) return on(1);
      const within = [...slots(today, market), ...slots(addDays(today, 1), market)];
      return best(
        within.filter((slot) => slot > now && slot <= now + 24 * 3_600_000),
        habits,
        market,
      );
    }
  }
}

/** The first prompt of the next local day. */
export function nextMorning(now: number, market: Market): number {
  return instantOf(addDays(localDateAt(now, market), 1), promptHours[0], market);
}

function slots(date: LocalDate, market: Market): number[] {
  return promptHours.map((hour) => instantOf(date, hour, market));
}

/** An earlier slot is passed over only for one that is half as likely again: less is the noise of few prompts. */
const CLEARLY = 1.5;

/** The earliest slot that none is clearly likelier than. */
function best(candidates: readonly number[], habits: Habits, market: Market): number {
  const rated = candidates.map((slot) => ({ slot, likely: likelihood(habits, slot, market) }));
  const most = Math.max(...rated.map(({ likely }) => likely));
  const chosen = rated.find(({ likely }) => likely * CLEARLY >= most);
  if (chosen === undefined) throw new RangeError('there is no slot to prompt in');
  return chosen.slot;
}
