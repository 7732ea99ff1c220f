import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
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
import type { CommandAnswer } from '../../domain/telematics/immobilisation/command.ts';
import type { Looked } from '../../domain/telematics/look.ts';
import type { RiskType } from '../../domain/telematics/rules/index.ts';
import { severities, type Severity } from '../../domain/telematics/rules/rule.ts';
import type { Role } from '../../domain/identity/roles.ts';
import type { Market } from '../../domain/markets.ts';
import type { TrackerKind } from '../../domain/telematics/tracker.ts';
import { id, instant } from './columns.ts';

export const telematics = pgSchema('telematics');

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
    index('trackers_units').on(t.serial),
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
    acknowledgedAt: instant('acknowledged_at'),
    acknowledgedBy: uuid('acknowledged_by'),
  },
  (t) => [
    uniqueIndex('risk_events_episode').on(t.episode),
    index('risk_events_vehicle').on(t.vehicleId, t.occurredAt),
    index('risk_events_tracker').on(t.trackerId, t.createdAt),
    index('risk_events_created').using('brin', t.createdAt),
    index('risk_events_lease').on(t.leaseId, t.occurredAt),
    index('risk_events_open')
      .on(t.vehicleId)
      .where(sql`${t.endedAt} is null`),
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

/** What is said of commands: an answer to one, how an output is, that a unit is back whose vehicle is its customer's own. */
export const unitWordKinds = ['answer', 'output', 'back'] as const;

/** What trackers said of commands, in the order in which it came: it stays until it is worked off, under the lock of its lease. */
export const unitWords = telematics.table(
  'unit_words',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    trackerId: uuid('tracker_id').notNull(),
    vehicleId: uuid('vehicle_id').notNull(),
    kind: text('kind', { enum: unitWordKinds }).notNull(),
    /** Of an output. */
    stopped: boolean('stopped'),
    /** By the tracker's own clock; null where it did not say. */
    ts: instant('ts'),
    commandId: uuid('command_id'),
    answer: text('answer').$type<CommandAnswer>(),
    reason: text('reason'),
    receivedAt: instant('received_at').notNull(),
    /** How often what it brings about has failed, and how last. */
    tries: integer('tries').notNull().default(0),
    failedBy: text('failed_by'),
    /** It was tried so often that those after it are heard first: a dead letter, which has an id of its own. */
    setAsideAt: instant('set_aside_at'),
    letterId: uuid('letter_id').notNull().defaultRandom(),
  },
  (t) => [
    index('unit_words_vehicle').on(t.vehicleId, t.id),
    index('unit_words_set_aside')
      .on(t.setAsideAt)
      .where(sql`${t.setAsideAt} is not null`),
    check('unit_words_kind', sql`${t.kind} in (${sql.raw(unitWordKinds.map((one) => `'${one}'`).join(', '))})`),
    check('unit_words_output', sql`${t.kind} <> 'output' or (${t.stopped} is not null and ${t.ts} is not null)`),
    check('unit_words_answer', sql`${t.kind} <> 'answer' or (${t.commandId} is not null and ${t.answer} is not null)`),
  ],
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
    /** Of what is said again, the last time. */
    receivedAt: instant('received_at').notNull(),
    /** Its tracker said it, and not that the vehicle stands: none is stopped until the next believed place. */
    mayMove: boolean('may_move').notNull().default(true),
  },
  (t) => [index('quarantine_tracker').on(t.trackerId, t.receivedAt), index('quarantine_received').on(t.receivedAt)],
);
