import { addDays, instantOf, localDateAt } from '../calendar.ts';
import { marketRules, type Market } from '../markets.ts';

/** Local hour at which a customer is reminded that we wait for him, and at which a wait ends. */
const HOUR = 9;

/** How long a ticket waits for its customer, from an instant on; epoch milliseconds. */
export function waitOf(since: number, market: Market): { readonly remindsAt: number; readonly endsAt: number } {
  const { reminder, days } = marketRules(market).ticketWait;
  const today = localDateAt(since, market);
  const after = (count: number) => instantOf(addDays(today, count), HOUR, market);
  return { remindsAt: after(reminder), endsAt: after(days) };
}
