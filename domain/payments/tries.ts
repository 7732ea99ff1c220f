import { addDays, instantOf, localDateAt, localHourAt } from '../calendar.ts';
import type { Market } from '../markets.ts';
import type { DeclineReason } from './decline.ts';

/** Prompts are sent at these local hours: after the morning's first rides, at lunch, in the evening. */
export const promptHours = [8, 13, 18] as const;

/**
 * When to try again after a charge that did not succeed, as an instant.
 *
 * No funds: at the next prompt hours of this day and the following two; then once a day for a week;
 * then every third day, so that a customer in trouble is not hunted. A declined or expired prompt
 * waits for the next morning (a message goes out first). What another try cannot mend (no subscriber,
 * blocked, over the limit) waits a week, in which the customer is asked for another method.
 *
 * @param failures consecutive automatic tries without success, this one included
 */
export function nextTry(reason: DeclineReason, failures: number, now: number, market: Market): number {
  switch (reason) {
    case 'no_subscriber':
    case 'blocked':
    case 'over_limit':
      return morning(now, 7, market);
    case 'declined':
    case 'expired':
    case 'wrong_pin':
    case 'not_confirmed':
      return morning(now, failures < 7 ? 1 : 3, market);
    case 'no_funds':
    case 'provider_error': {
      if (failures >= 14) return morning(now, 3, market);
      if (failures >= 8) return morning(now, 1, market);
      return nextPromptHour(now, market);
    }
  }
}

/** The next of the prompt hours after `now`. */
function nextPromptHour(now: number, market: Market): number {
  const hour = localHourAt(now, market);
  const later = promptHours.find((candidate) => candidate > hour);
  return later === undefined ? morning(now, 1, market) : instantOf(localDateAt(now, market), later, market);
}

function morning(now: number, days: number, market: Market): number {
  return instantOf(addDays(localDateAt(now, market), days), promptHours[0], market);
}
