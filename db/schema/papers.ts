import { sql } from 'drizzle-orm';
import { char, check, date, index, integer, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { LocalDate } from '../../domain/calendar.ts';
import type { MediaType } from '../../domain/media-type.ts';
import type { PaperKind } from '../../domain/vehicles/papers.ts';
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
