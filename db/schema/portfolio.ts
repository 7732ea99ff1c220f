import { bigint, char, date, index, integer, pgSchema, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import type { Market } from '../../domain/markets.ts';
import type { CallOutcome } from '../../domain/portfolio/call-reasons.ts';
import type { LateFrom } from '../../domain/portfolio/late.ts';
import { currency, id, instant, minor } from './columns.ts';
import { leases } from './leases.ts';

export const portfolio = pgSchema('portfolio');

/** Days of which the portfolio is kept. A day that was missed stays missed: nobody knows any more what it was. */
export const portfolioDays = portfolio.table(
  'days',
  {
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    /** Local date; what is kept is the state soon after its end. */
    day: date('day', { mode: 'string' }).notNull(),
    takenAt: instant('taken_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.market, t.day] })],
);

/** The portfolio as it was on a day, in parts (`domain/portfolio/at-risk.ts`): never changed. */
export const portfolioParts = portfolio.table(
  'parts',
  {
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    planId: uuid('plan_id').notNull(),
    planName: text('plan_name').notNull(),
    vintage: text('vintage').notNull(),
    currency: currency(),
    lateFrom: smallint('late_from').$type<LateFrom>().notNull(),
    leases: integer('leases').notNull(),
    outstanding: minor('outstanding').notNull(),
    restructuredLeases: integer('restructured_leases').notNull(),
    restructured: minor('restructured').notNull(),
    writtenOffLeases: integer('written_off_leases').notNull(),
    writtenOff: minor('written_off').notNull(),
    recovered: minor('recovered').notNull(),
  },
  (t) => [primaryKey({ columns: [t.market, t.day, t.planId, t.vintage, t.lateFrom] })],
);

/** What was expected of the days after a day, on it: a forecast is held against what came. */
export const forecasts = portfolio.table(
  'forecasts',
  {
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    /** The day on which it was foreseen. */
    day: date('day', { mode: 'string' }).notNull(),
    dueOn: date('due_on', { mode: 'string' }).notNull(),
    currency: currency(),
    due: minor('due').notNull(),
    expected: minor('expected').notNull(),
  },
  (t) => [primaryKey({ columns: [t.market, t.day, t.dueOn] }), index('forecasts_due').on(t.market, t.dueOn)],
);

/** Calls that staff made to customers about what is late. */
export const calls = portfolio.table(
  'calls',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    outcome: text('outcome').$type<CallOutcome>().notNull(),
    /** Local date on which it is to be rung again. */
    callAgainOn: date('call_again_on', { mode: 'string' }),
    by: uuid('by').notNull(),
    /** On the lease's clock, and its local date. */
    at: instant('at').notNull(),
    on: date('on', { mode: 'string' }).notNull(),
    number: bigint('number', { mode: 'number' }).generatedAlwaysAsIdentity(),
  },
  (t) => [index('calls_lease').on(t.leaseId, t.number)],
);
