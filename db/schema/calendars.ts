import { char, date, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Market } from '../../domain/markets.ts';
import { id, instant } from './columns.ts';

export const calendars = pgSchema('calendars');

/** Public holidays that no law dates: announced by a government, entered by an operator. */
export const holidays = calendars.table(
  'holidays',
  {
    id: id(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    date: date('date', { mode: 'string' }).notNull(),
    name: text('name').notNull(),
    enteredBy: uuid('entered_by').notNull(),
    enteredAt: instant('entered_at').notNull(),
  },
  (t) => [uniqueIndex('holidays_day').on(t.market, t.date)],
);
