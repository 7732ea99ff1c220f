import { sql } from 'drizzle-orm';
import { boolean, char, check, date, index, integer, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { LocalDate } from '../../domain/calendar.ts';
import type { MediaType } from '../../domain/media-type.ts';
import type { Grade, InspectionOccasion, Marked, Result, Side } from '../../domain/vehicles/inspection.ts';
import type { CreditState, MaintenanceKind, MaintenanceStatus } from '../../domain/vehicles/maintenance.ts';
import type { Actor } from '../../domain/identity/roles.ts';
import type { PaperKind } from '../../domain/vehicles/papers.ts';
import type { WaitingStatus } from '../../domain/vehicles/queue.ts';
import { bytea, id, instant } from './columns.ts';
import { vehicles, vehiclesSchema } from './vehicles.ts';

/** Logbooks, insurance and the like; the file is encrypted, `sha256` and `size` are of the clear one. */
export const papers = vehiclesSchema.table(
  'papers',
  {
    id: id(),
    vehicleId: uuid('vehicle_id')
      .notNull()
      .references(() => vehicles.id),
    kind: text('kind').$type<PaperKind>().notNull(),
    /** Of the policy, the certificate or the book. */
    number: text('number'),
    validFrom: date('valid_from', { mode: 'string' }).$type<LocalDate>(),
    /** The last valid day, in the vehicle's market. */
    validUntil: date('valid_until', { mode: 'string' }).$type<LocalDate>(),
    mediaType: text('media_type').$type<MediaType>().notNull(),
    sha256: char('sha256', { length: 64 }).notNull(),
    size: integer('size').notNull(),
    contentEncrypted: bytea('content_encrypted').notNull(),
    /** The encryption key of the content. */
    keyId: text('key_id').notNull(),
    /** The last of `LAPSE_NOTICES` that was told, in days. */
    noticed: integer('noticed'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('papers_content').on(t.vehicleId, t.kind, t.sha256),
    index('papers_lapse').on(t.validUntil, t.id),
    index('papers_vehicle').on(t.vehicleId, t.createdAt),
    check('papers_valid', sql`${t.validFrom} <= ${t.validUntil}`),
  ],
);

/** What an agent saw of a vehicle, by the checklist of its type. */
export const inspections = vehiclesSchema.table(
  'inspections',
  {
    id: id(),
    vehicleId: uuid('vehicle_id')
      .notNull()
      .references(() => vehicles.id),
    /** The lease that it is for; null for a vehicle that nobody has or waits for. */
    leaseId: uuid('lease_id'),
    occasion: text('occasion').$type<InspectionOccasion>().notNull(),
    inspectedBy: uuid('inspected_by').notNull(),
    items: jsonb('items').$type<Marked>(),
    odometerKm: integer('odometer_km'),
    result: text('result').$type<Result>(),
    grade: text('grade').$type<Grade>(),
    notes: text('notes'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Null while it is under way. */
    completedAt: instant('completed_at'),
  },
  (t) => [
    uniqueIndex('inspections_one_open')
      .on(t.vehicleId)
      .where(sql`${t.completedAt} is null`),
    index('inspections_vehicle').on(t.vehicleId, t.createdAt),
    index('inspections_lease').on(t.leaseId, t.completedAt),
    check(
      'inspections_complete',
      sql`(${t.completedAt} is null) = (${t.result} is null) and (${t.result} is null) = (${t.items} is null)`,
    ),
  ],
);

/** Pictures of an inspection, encrypted: they show where people live and what they broke. */
export const inspectionPictures = vehiclesSchema.table(
  'inspection_pictures',
  {
    id: id(),
    inspectionId: uuid('inspection_id')
      .notNull()
      .references(() => inspections.id),
    side: text('side').$type<Side>().notNull(),
    mediaType: text('media_type').$type<MediaType>().notNull(),
    sha256: char('sha256', { length: 64 }).notNull(),
    size: integer('size').notNull(),
    contentEncrypted: bytea('content_encrypted').notNull(),
    keyId: text('key_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('inspection_pictures_content').on(t.inspectionId, t.side, t.sha256)],
);

/** Work on vehicles that is booked, under way or over. */
export const maintenance = vehiclesSchema.table(
  'maintenance',
  {
    id: id(),
    vehicleId: uuid('vehicle_id')
      .notNull()
      .references(() => vehicles.id),
    kind: text('kind').$type<MaintenanceKind>().notNull(),
    status: text('status').$type<MaintenanceStatus>().notNull().default('booked'),
    /** Planned local days of the vehicle's market; both belong to it. */
    from: date('from_day', { mode: 'string' }).$type<LocalDate>().notNull(),
    until: date('until_day', { mode: 'string' }).$type<LocalDate>().notNull(),
    reason: text('reason').notNull(),
    /** The lease whose customer had the vehicle when the work began. */
    leaseId: uuid('lease_id'),
    /** Whether its beginning took the vehicle from the market: then its end puts it back. */
    tookVehicle: boolean('took_vehicle').notNull().default(false),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
    /** Who said that it is done: the pause is his command. */
    doneBy: jsonb('done_by').$type<Actor>(),
    creditDays: integer('credit_days').notNull().default(0),
    credit: text('credit').$type<CreditState>().notNull().default('none'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('maintenance_one_started')
      .on(t.vehicleId)
      .where(sql`${t.status} = 'started'`),
    index('maintenance_vehicle').on(t.vehicleId, t.createdAt),
    index('maintenance_open')
      .on(t.createdAt, t.id)
      .where(sql`${t.status} in ('booked', 'started')`),
    index('maintenance_credit')
      .on(t.id)
      .where(sql`${t.credit} = 'due'`),
    check('maintenance_days', sql`${t.from} <= ${t.until}`),
    check('maintenance_status', sql`${t.status} in ('booked', 'started', 'done', 'cancelled')`),
  ],
);

/** Who waits for a vehicle that is reserved, in the order in which they came; times are the wall's. */
export const waiting = vehiclesSchema.table(
  'waiting',
  {
    id: id(),
    vehicleId: uuid('vehicle_id')
      .notNull()
      .references(() => vehicles.id),
    customerId: uuid('customer_id').notNull(),
    status: text('status').$type<WaitingStatus>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    calledAt: instant('called_at'),
    /** The end of his turn. */
    until: instant('until'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('waiting_once')
      .on(t.vehicleId, t.customerId)
      .where(sql`${t.status} in ('waiting', 'called')`),
    uniqueIndex('waiting_one_called')
      .on(t.vehicleId)
      .where(sql`${t.status} = 'called'`),
    index('waiting_customer').on(t.customerId, t.createdAt),
    index('waiting_turns')
      .on(t.until)
      .where(sql`${t.status} = 'called'`),
    check('waiting_status', sql`${t.status} in ('waiting', 'called', 'taken', 'missed', 'left', 'gone')`),
    check('waiting_turn', sql`${t.status} <> 'called' or ${t.until} is not null`),
  ],
);
