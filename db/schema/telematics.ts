import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  check,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  real,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Area } from '../../domain/telematics/area.ts';
import { fenceRules } from '../../domain/telematics/fence.ts';
import type { Looked } from '../../domain/telematics/look.ts';
import type { RiskType } from '../../domain/telematics/rules/index.ts';
import { severities, type Severity } from '../../domain/telematics/rules/rule.ts';
import type { Role } from '../../domain/identity/roles.ts';
import type { Market } from '../../domain/markets.ts';
import type { TrackerKind } from '../../domain/telematics/tracker.ts';
import {
  commandStates,
  inFlight,
  type CommandState,
  type CommandType,
} from '../../domain/telematics/immobilisation/command.ts';
import {
  episodeStates,
  type Cause,
  type EndReason,
  type EpisodeState,
} from '../../domain/telematics/immobilisation/episode.ts';
import type { Actor } from '../../domain/identity/roles.ts';
import { id, instant } from './columns.ts';

export const telematics = pgSchema('telematics');

const words = (all: readonly string[]) => sql.raw(all.map((one) => `'${one}'`).join(', '));

export const trackers = telematics.table(
  'trackers',
  {
    id: id(),
    vehicleId: uuid('vehicle_id').notNull(),
    kind: text('kind').$type<TrackerKind>().notNull(),
    serial: text('serial'),
    /** Encrypted, not hashed: it also keys the MAC of commands. */
    passwordEncrypted: text('password_encrypted').notNull(),
    online: boolean('online'),
    lastSeenAt: instant('last_seen_at'),
    /** Counts the passwords: a connection that was opened with an older one is ended. */
    credentialVersion: integer('credential_version').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    revokedAt: instant('revoked_at'),
    /** When its relay was seen to stop and to start the vehicle that it is in. */
    relayProvenAt: instant('relay_proven_at'),
    /** Count of the last restart code that was made for it (OpenPAYGO): each is good once. */
    codeCount: integer('code_count').notNull().default(0),
  },
  (t) => [
    uniqueIndex('trackers_vehicle')
      .on(t.vehicleId)
      .where(sql`${t.revokedAt} is null`),
    uniqueIndex('trackers_serial')
      .on(t.serial)
      .where(sql`${t.revokedAt} is null`),
    index('trackers_online')
      .on(t.lastSeenAt)
      .where(sql`${t.online}`),
  ],
);

/** Partitioned by day on `ts` (see the migration), dropped after the retention. Without a place where the tracker knew none. */
export const positions = telematics.table(
  'positions',
  {
    trackerId: uuid('tracker_id').notNull(),
    ts: instant('ts').notNull(),
    /** The tracker's sequence number, or a hash of the payload: one fix is one row. */
    sequence: text('sequence').notNull(),
    vehicleId: uuid('vehicle_id').notNull(),
    lat: doublePrecision('lat'),
    lon: doublePrecision('lon'),
    speedKph: real('speed_kph'),
    heading: real('heading'),
    altitude: real('altitude'),
    accuracy: real('accuracy'),
    ignition: boolean('ignition'),
    odometerKm: doublePrecision('odometer_km'),
    suspect: boolean('suspect').notNull().default(false),
    extra: jsonb('extra').$type<Record<string, unknown>>(),
    receivedAt: instant('received_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.trackerId, t.ts, t.sequence] }), index('positions_vehicle').on(t.vehicleId, t.ts)],
);

/** The newest believed fix of each vehicle. */
export const latestPositions = telematics.table('latest_positions', {
  vehicleId: uuid('vehicle_id').primaryKey(),
  trackerId: uuid('tracker_id').notNull(),
  ts: instant('ts').notNull(),
  lat: doublePrecision('lat').notNull(),
  lon: doublePrecision('lon').notNull(),
  speedKph: real('speed_kph'),
  heading: real('heading'),
  ignition: boolean('ignition'),
  output1: boolean('output1'),
  suspect: boolean('suspect').notNull().default(false),
  receivedAt: instant('received_at').notNull(),
  /** When ignition and relay were said, where that was after `ts`: the tracker has had no fix since. */
  stateTs: instant('state_ts'),
});

/** Whether what a vehicle drove on a day is counted, is to be (again), or is being counted. */
export const distanceStates = ['due', 'taken', 'counted'] as const;

/** What a vehicle drove on a day of UTC, by its positions. When these are past their retention, so is the day. */
export const distances = telematics.table(
  'distances',
  {
    vehicleId: uuid('vehicle_id').notNull(),
    day: date('day').notNull(),
    metres: bigint('metres', { mode: 'number' }).notNull().default(0),
    state: text('state', { enum: distanceStates }).notNull().default('due'),
  },
  (t) => [
    primaryKey({ columns: [t.vehicleId, t.day] }),
    index('distances_due')
      .on(t.vehicleId)
      .where(sql`${t.state} <> 'counted'`),
    index('distances_day').on(t.day),
    check('distances_metres', sql`${t.metres} >= 0`),
    check('distances_state', sql`${t.state} in (${sql.raw(distanceStates.map((one) => `'${one}'`).join(', '))})`),
  ],
);

/** What vehicles ever drove. */
export const odometers = telematics.table(
  'odometers',
  {
    vehicleId: uuid('vehicle_id').primaryKey(),
    /** The most that the days ever came to: it does not go back where a day turns out to be less. */
    metres: bigint('metres', { mode: 'number' }).notNull().default(0),
    /** Of the days that are gone from `distances`. */
    pastMetres: bigint('past_metres', { mode: 'number' }).notNull().default(0),
  },
  (t) => [check('odometers_metres', sql`${t.metres} >= ${t.pastMetres} and ${t.pastMetres} >= 0`)],
);

/** One row an episode. */
export const riskEvents = telematics.table(
  'risk_events',
  {
    id: id(),
    /** Tracker, type and the fix that began the episode: found again, it is the same event. */
    episode: text('episode').notNull(),
    type: text('type').$type<RiskType>().notNull(),
    severity: text('severity').$type<Severity>().notNull(),
    vehicleId: uuid('vehicle_id').notNull(),
    trackerId: uuid('tracker_id').notNull(),
    leaseId: uuid('lease_id'),
    occurredAt: instant('occurred_at').notNull(),
    position: jsonb('position').$type<{ lat: number; lon: number } | null>(),
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** The last fix of an episode that lasts, such as speeding; null while it goes on, and for what only happens. */
    endedAt: instant('ended_at'),
    /** Written by the version before only, which may run for a moment beside this one; to be dropped with the next. */
    signalledAt: instant('signalled_at'),
    acknowledgedAt: instant('acknowledged_at'),
    acknowledgedBy: uuid('acknowledged_by'),
  },
  (t) => [
    uniqueIndex('risk_events_episode').on(t.episode),
    index('risk_events_vehicle').on(t.vehicleId, t.occurredAt),
    index('risk_events_tracker').on(t.trackerId, t.createdAt),
    index('risk_events_lease').on(t.leaseId, t.occurredAt),
    index('risk_events_geofence')
      .on(sql`(${t.details} ->> 'geofenceId')`)
      .where(sql`${t.endedAt} is null and ${t.details} ? 'geofenceId'`),
    check('risk_events_severity', sql`${t.severity} in (${sql.raw(severities.map((one) => `'${one}'`).join(', '))})`),
  ],
);

/** Areas that vehicles are to stay in or out of. */
export const geofences = telematics.table(
  'geofences',
  {
    id: id(),
    name: text('name').notNull(),
    polygon: jsonb('polygon').$type<Area>().notNull(),
    rule: text('rule', { enum: fenceRules }).notNull(),
    vehicleIds: uuid('vehicle_ids').array(),
    market: text('market').$type<Market>(),
    /** Counts its areas, rules and vehicles: an episode belongs to one of them. */
    revision: integer('revision').notNull().default(1),
    inForceFrom: instant('in_force_from').notNull(),
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('geofences_created').on(t.createdAt, t.id),
    check('geofences_rule', sql`${t.rule} in (${sql.raw(fenceRules.map((one) => `'${one}'`).join(', '))})`),
  ],
);

/** Looks of staff at where a vehicle is or was while a customer had it: for him to see who and why. */
export const locationViews = telematics.table(
  'location_views',
  {
    id: id(),
    vehicleId: uuid('vehicle_id').notNull(),
    leaseId: uuid('lease_id').notNull(),
    viewerId: uuid('viewer_id').notNull(),
    role: text('role').$type<Role>().notNull(),
    what: text('what').$type<Looked>().notNull(),
    /** As it was given; null where none was. */
    reason: text('reason'),
    at: instant('at').notNull(),
  },
  (t) => [index('location_views_lease').on(t.leaseId, t.at, t.id), index('location_views_at').on(t.at)],
);

/** Messages that could not be believed, kept for a person to look at; never the payload's personal data in logs. */
export const quarantine = telematics.table(
  'quarantine',
  {
    id: id(),
    trackerId: uuid('tracker_id'),
    topic: text('topic').notNull(),
    reason: text('reason').notNull(),
    size: integer('size').notNull(),
    payload: text('payload'),
    receivedAt: instant('received_at').notNull(),
  },
  (t) => [index('quarantine_tracker').on(t.trackerId, t.receivedAt), index('quarantine_received').on(t.receivedAt)],
);

/** What vehicles are told, each once: a later try is a row of its own. At most one is under way of a vehicle. */
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
      .where(sql`${t.state} in (${words(inFlight)})`),
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
    cause: text('cause').$type<Cause>().notNull(),
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
    /** When a code to type in was made, by the wall. */
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

/** What the law of a market asks of whoever stops a vehicle, each from a day on (domain/telematics/immobilisation/law.ts). */
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
    saleDaysAfterDemand: integer('sale_days_after_demand').notNull(),
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
      sql`${t.leastDaysPastDue} >= 1 and ${t.noticeHours} >= 1 and ${t.fromHour} >= 0 and ${t.untilHour} between ${t.fromHour} + 1 and 24 and ${t.saleDaysAfterDemand} >= 0`,
    ),
  ],
);
