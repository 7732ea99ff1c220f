import { char, index, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant } from './columns.ts';
import { leases, leasesSchema } from './leases.ts';

/** A statement that was given out, so that its paper can be verified later by its code. */
export const statements = leasesSchema.table(
  'statements',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    format: text('format').$type<'csv' | 'pdf'>().notNull(),
    /** What the public page is asked for. */
    code: text('code').notNull(),
    /** Hex SHA-256 of the file. */
    sha256: char('sha256', { length: 64 }).notNull(),
    /** Compact JWS over the facts that the page shows. */
    signature: text('signature').notNull(),
    issuedAt: instant('issued_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('statements_code').on(t.code), index('statements_lease').on(t.leaseId)],
);

/** A dossier of a theft that was given out to the police, so that its file can be verified later by its code. */
export const dossiers = leasesSchema.table(
  'dossiers',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    format: text('format').$type<'json' | 'pdf'>().notNull(),
    code: text('code').notNull(),
    /** Hex SHA-256 of the file. */
    sha256: char('sha256', { length: 64 }).notNull(),
    /** Compact JWS over what `GET /v1/verify/{code}` shows. */
    signature: text('signature').notNull(),
    issuedAt: instant('issued_at').notNull(),
  },
  (t) => [uniqueIndex('dossiers_code').on(t.code), index('dossiers_lease').on(t.leaseId)],
);
