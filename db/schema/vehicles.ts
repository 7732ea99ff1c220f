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
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { LocalDate } from '../../domain/calendar.ts';
import type { Market } from '../../domain/markets.ts';
import type { Photo, PictureType } from '../../domain/vehicles/photograph.ts';
import type {
  Component,
  EarningsShare,
  Frequency,
  GapBearer,
  LateFee,
  Method,
  Season,
  Subsidy,
} from '../../domain/vehicles/plan.ts';
import type { VehicleStatus, VehicleType } from '../../domain/vehicles/vehicle.ts';
import { bytea, capitalsAndDigits, currency, id, instant, minor, tsvector } from './columns.ts';

export const vehiclesSchema = pgSchema('vehicles');

/** Where we are: vehicles belong to a branch, and stand there while nobody has them. */
export const branches = vehiclesSchema.table(
  'branches',
  {
    id: id(),
    name: text('name').notNull(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    latitude: doublePrecision('latitude').notNull(),
    longitude: doublePrecision('longitude').notNull(),
    place: text('place'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('branches_name').on(t.market, t.name)],
);

export const vehicles = vehiclesSchema.table(
  'vehicles',
  {
    id: id(),
    type: text('type').$type<VehicleType>().notNull(),
    make: text('make').notNull(),
    model: text('model').notNull(),
    year: integer('year').notNull(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    price: minor('price').notNull(),
    currency: currency(),
    registration: text('registration').notNull(),
    vin: text('vin').notNull(),
    odometerKm: integer('odometer_km').notNull().default(0),
    status: text('status').$type<VehicleStatus>().notNull().default('available'),
    speedLimitKph: integer('speed_limit_kph'),
    /** Where it stands for sale; the tracker's position is in telematics. */
    latitude: doublePrecision('latitude'),
    longitude: doublePrecision('longitude'),
    place: text('place'),
    branchId: uuid('branch_id').references(() => branches.id),
    /** The local day of its last service, and what its trackers had seen it drive by then; null for none yet. */
    servicedOn: date('serviced_on', { mode: 'string' }).$type<LocalDate>(),
    servicedMetres: bigint('serviced_metres', { mode: 'number' }).notNull().default(0),
    /** Services since then that somebody was told are due (domain/vehicles/service.ts). */
    servicesTold: integer('services_told').notNull().default(0),
    photos: jsonb('photos').$type<Photo[]>().notNull().default([]),
    /** What people look for besides: `electric`, `ABS`, `top box`. */
    features: text('features')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** What it is found by: make and model before features before place. */
    lexemes: tsvector('lexemes')
      .notNull()
      .generatedAlwaysAs(sql`vehicles.lexemes_of(make, model, features, place)`),
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    retiredAt: instant('retired_at'),
  },
  (t) => [
    uniqueIndex('vehicles_registration').on(t.market, capitalsAndDigits(t.registration)),
    uniqueIndex('vehicles_vin').on(t.vin),
    // What a customer types of it.
    index('vehicles_market_status').on(t.market, t.status, t.type),
    index('vehicles_branch').on(t.branchId),
    index('vehicles_lexemes').using('gin', t.lexemes),
    index('vehicles_features').using('gin', t.features),
    // In the orders in which people read them.
    index('vehicles_created').on(t.createdAt, t.id),
    index('vehicles_priced').on(t.price, t.id),
    index('vehicles_year').on(t.year, t.id),
    // Whose a picture is.
    index('vehicles_photos').using('gin', t.photos.op('jsonb_path_ops')),
    check('vehicles_status', sql`${t.status} in ('available', 'reserved', 'leased', 'maintenance', 'sold', 'retired')`),
    check('vehicles_price', sql`${t.price} > 0`),
  ],
);

/** Every word that a vehicle is found by, or was: what is typed is looked up here first. A trigger writes them. */
export const words = vehiclesSchema.table('words', { word: text('word').primaryKey() }, (t) => [
  index('words_alike').using('gin', t.word.op('gin_trgm_ops')),
]);

/** Pictures of vehicles for everybody, by the hash of their bytes: one that several vehicles have is there once. */
export const pictures = vehiclesSchema.table('pictures', {
  sha256: char('sha256', { length: 64 }).primaryKey(),
  mediaType: text('media_type').$type<PictureType>().notNull(),
  content: bytea('content').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const plans = vehiclesSchema.table(
  'plans',
  {
    id: id(),
    name: text('name').notNull(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    vehicleTypes: text('vehicle_types').array().$type<VehicleType[]>().notNull(),
    frequency: text('frequency').$type<Frequency>().notNull(),
    instalments: integer('instalments').notNull(),
    depositPercent: integer('deposit_percent').notNull(),
    markupPercent: integer('markup_percent').notNull(),
    graceDays: integer('grace_days').notNull(),
    lateFee: jsonb('late_fee').$type<LateFee>(),
    immobiliseAfterDaysPastDue: integer('immobilise_after_days_past_due'),
    immobiliseNoticeHours: integer('immobilise_notice_hours').notNull(),
    offerHours: integer('offer_hours').notNull().default(72),
    signHours: integer('sign_hours').notNull().default(48),
    depositHours: integer('deposit_hours').notNull().default(72),
    /** Null: collection does not wait for a stolen vehicle. */
    theftPauseDays: integer('theft_pause_days').default(30),
    hardshipDays: integer('hardship_days').default(60),
    /** How many applications a customer has open at most, with the one by this plan. */
    applicationsAtOnce: integer('applications_at_once').notNull().default(5),
    guarantorAfterDaysPastDue: integer('guarantor_after_days_past_due').notNull().default(14),
    guarantorPercent: integer('guarantor_percent').notNull().default(30),
    components: jsonb('components').$type<Partial<Record<Component, number>>>().notNull(),
    depositAmount: minor('deposit_amount'),
    method: text('method').$type<Method>().notNull().default('markup'),
    annualRatePercent: doublePrecision('annual_rate_percent'),
    daysOffPerMonth: integer('days_off_per_month').notNull().default(0),
    season: jsonb('season').$type<Season>(),
    earnings: jsonb('earnings').$type<EarningsShare>(),
    subsidy: jsonb('subsidy').$type<Subsidy>(),
    totalLossGap: text('total_loss_gap').$type<GapBearer>().notNull().default('customer'),
    active: boolean('active').notNull().default(true),
    version: integer('version').notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    check('plans_instalments', sql`${t.instalments} between 1 and 1500`),
    check(
      'plans_method',
      sql`${t.method} in ('markup', 'declining') and (${t.method} = 'declining') = (${t.annualRatePercent} is not null)`,
    ),
    check('plans_deposit', sql`${t.depositPercent} between 0 and 90`),
  ],
);

/** Who holds a vehicle: at most one lease at a time, which the database guarantees. */
export const holds = vehiclesSchema.table(
  'holds',
  {
    id: id(),
    vehicleId: uuid('vehicle_id')
      .notNull()
      .references(() => vehicles.id),
    leaseId: uuid('lease_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** On the lease's clock; the lease releases it then. */
    expiresAt: instant('expires_at'),
    /** By agents, in all. */
    extendedHours: integer('extended_hours').notNull().default(0),
    releasedAt: instant('released_at'),
    releaseReason: text('release_reason'),
  },
  (t) => [
    uniqueIndex('holds_one_per_vehicle')
      .on(t.vehicleId)
      .where(sql`${t.releasedAt} is null`),
    index('holds_vehicle').on(t.vehicleId),
    uniqueIndex('holds_one_per_lease')
      .on(t.leaseId)
      .where(sql`${t.releasedAt} is null`),
  ],
);
