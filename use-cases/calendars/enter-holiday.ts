import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { EnteredHoliday } from '#db/queries/calendars';
import { holidays } from '#db/schema/index';
import { addDays, isBusinessDay, localDate, localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Market } from '#domain/markets';
import { record, type Context } from '../context.ts';

/** Days ahead that are taken: governments announce this year's and the next one's; more is a slip of the pen. */
const AHEAD = 2 * 366;

/**
 * Enters a public holiday that no law dates. Deadlines that are still open take it in.
 *
 * @throws Problem unprocessable for a day that is over, too far ahead or no business day anyway;
 * already_exists where it was entered before.
 */
export async function enterHoliday(
  context: Context,
  { market, date: text, name }: { readonly market: Market; readonly date: string; readonly name: string },
): Promise<EnteredHoliday> {
  const { tx, at, actor } = context;
  const [date, today] = [localDate(text), localDateAt(at.getTime(), market)];
  const refuse = (message: string) =>
    new Problem('unprocessable', `This day cannot be entered: it ${message}`, [{ path: 'date', message }]);
  if (date < today) throw refuse('is over');
  if (date > addDays(today, AHEAD)) throw refuse('is more than two years ahead');
  if (!isBusinessDay(date, market)) throw refuse(`is no business day in ${market} anyway`);
  const [entered] = await tx
    .insert(holidays)
    .values({ id: uuidv7(), market, date, name, enteredBy: actor.id, enteredAt: at })
    .onConflictDoNothing()
    .returning();
  if (entered === undefined)
    throw new Problem('already_exists', 'This day was entered before', [{ path: 'date', message: 'is entered' }]);
  await record(context, { type: 'holiday.entered', subject: entered.id, detail: { market, date, name } });
  return entered;
}

/** Withdraws what was entered. Deadlines that counted with it stay. @throws Problem not_found */
export async function withdrawHoliday(context: Context, id: string): Promise<void> {
  const [gone] = await context.tx.delete(holidays).where(eq(holidays.id, id)).returning();
  if (gone === undefined) throw new Problem('not_found');
  const { market, date, name } = gone;
  await record(context, { type: 'holiday.withdrawn', subject: id, detail: { market, date, name } });
}
