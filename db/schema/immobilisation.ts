import { sql } from 'drizzle-orm';
import { boolean, char, check, date, index, integer, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Market } from '../../domain/markets.ts';
import {
  commandStates,
  inFlight,
  type CommandState,
  type CommandType,
} from '../../domain/telematics/immobilisation/command.ts';
import {
  episodeStates,
  type StopCause,
  type EndReason,
  type EpisodeState,
} from '../../domain/telematics/immobilisation/episode.ts';
import type { Actor } from '../../domain/identity/roles.ts';
import { id, instant } from './columns.ts';
import { telematics } from './telematics.ts';

const words = (all: readonly string[]) => sql.raw(all.map((one) => `'${one}'`).join(', '));

/** What vehicles are told, each once: a later try is a row of its own. At most one to stop or to move is under way of a vehicle. */
export const vehicleCommands = telematics.table(
  'commands',
  {
    id: id(),
    vehicleId: uuid('vehicle_id').notNull(),
    trackerId: uuid('tracker_id').notNull(),
    immobilisationId: uuid('immobilisation_id'),
    type: text('type').$type<CommandType>().notNull(),
    state: text('state').$type<CommandState>().notNull().default('created'),
    /** Of a failure, a rejection or an expiry, in a word. */
    reason: text('reason'),
    /** By the wall, and so is all that follows. */
    issuedAt: instant('issued_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    sentAt: instant('sent_at'),
    acknowledgedAt: instant('acknowledged_at'),
    /** When its tracker answered, by the tracker's own clock. */
    answeredTs: instant('answered_ts'),
    /** When the output was as it wants it, by the tracker. */
    observedAt: instant('observed_at'),
  },
  (t) => [
    uniqueIndex('commands_one_in_flight')
      .on(t.vehicleId)
      .where(sql`${t.state} in (${words(inFlight)}) and ${t.type} <> 'locate'`),
    index('commands_locating')
      .on(t.vehicleId)
      .where(sql`${t.state} in (${words(inFlight)}) and ${t.type} = 'locate'`),
    index('commands_vehicle').on(t.vehicleId, t.issuedAt),
    index('commands_created')
      .on(t.trackerId)
      .where(sql`${t.state} = 'created'`),
    check('commands_state', sql`${t.state} in (${words(commandStates)})`),
    check('commands_life', sql`${t.expiresAt} > ${t.issuedAt}`),
  ],
);

/** Every time that a vehicle was to be stopped, from the warning until it was seen to move again. */
export const immobilisations = telematics.table(
  'immobilisations',
  {
    id: id(),
    vehicleId: uuid('vehicle_id').notNull(),
    leaseId: uuid('lease_id'),
    cause: text('cause').$type<StopCause>().notNull(),
    state: text('state').$type<EpisodeState>().notNull(),
    /** In words: why a person ordered it. */
    reason: text('reason'),
    /** Of a theft: the order that it goes by, such as a number of the police. */
    order: text('order_reference'),
    orderedBy: jsonb('ordered_by').$type<Actor>().notNull(),
    confirmedBy: jsonb('confirmed_by').$type<Actor>(),
    /** Days past due beyond which it is lawful and agreed, as they were when it began. */
    threshold: integer('threshold').notNull().default(0),
    /** Of the text that warns the customer: whether it was delivered is looked up there. */
    warningKey: text('warning_key'),
    /** Told to stop since it was last seen to move: it may be stopped, whatever was seen. */
    commanded: boolean('commanded').notNull().default(false),
    /** Since when it has to move, by the wall. */
    startingAt: instant('starting_at'),
    endReason: text('end_reason').$type<EndReason>(),
    /** Until when it moves by an emergency restart, on the lease's clock; set once. */
    emergencyUntil: instant('emergency_until'),
    /** When a code to type in was made for this start, by the wall. */
    codeAt: instant('code_at'),
    createdAt: instant('created_at').notNull(),
    stoppedAt: instant('stopped_at'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('immobilisations_open')
      .on(t.vehicleId)
      .where(sql`${t.state} <> 'ended'`),
    index('immobilisations_vehicle').on(t.vehicleId, t.createdAt),
    index('immobilisations_lease').on(t.leaseId),
    check('immobilisations_state', sql`${t.state} in (${words(episodeStates)})`),
    check('immobilisations_ended', sql`(${t.state} = 'ended') = (${t.endedAt} is not null)`),
  ],
);

/** What the law of a market asks of whoever stops a vehicle or takes it back, each from a day on (domain/telematics/immobilisation/law.ts). */
export const marketRuleRows = telematics.table(
  'market_rules',
  {
    id: id(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    effectiveFrom: date('effective_from', { mode: 'string' }).notNull(),
    leastDaysPastDue: integer('least_days_past_due').notNull(),
    noticeHours: integer('notice_hours').notNull(),
    fromHour: integer('from_hour').notNull(),
    untilHour: integer('until_hour').notNull(),
    stopsAfterTwoThirds: boolean('stops_after_two_thirds').notNull(),
    repossessionNoticeDays: integer('repossession_notice_days').notNull().default(14),
    courtAfterTwoThirds: boolean('court_after_two_thirds').notNull().default(true),
    saleDaysAfterDemand: integer('sale_days_after_demand').notNull(),
    isShortfallOwed: boolean('is_shortfall_owed').notNull().default(true),
    source: text('source').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** The one that this was entered in place of. */
    corrects: uuid('corrects'),
    /** When another took its place: since then it is no rule, and says only what was gone by. */
    correctedAt: instant('corrected_at'),
  },
  (t) => [
    uniqueIndex('market_rules_from')
      .on(t.market, t.effectiveFrom)
      .where(sql`${t.correctedAt} is null`),
    check(
      'market_rules_numbers',
      sql`${t.leastDaysPastDue} >= 1 and ${t.noticeHours} >= 1 and ${t.fromHour} >= 0 and ${t.untilHour} between ${t.fromHour} + 1 and 24 and ${t.repossessionNoticeDays} >= 1 and ${t.saleDaysAfterDemand} >= 0`,
    ),
  ],
);
