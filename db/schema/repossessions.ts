import { sql } from 'drizzle-orm';
import { boolean, char, check, date, index, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { LocalDate } from '../../domain/calendar.ts';
import type { AgreementLanguage } from '../../domain/leases/agreement/facts.ts';
import {
  demandKinds,
  repossessionStatuses,
  type DemandKind,
  type RepossessionStatus,
} from '../../domain/leases/demand.ts';
import type { AllocationPart } from '../../domain/ledger/ledger.ts';
import { bytea, currency, id, instant, minor } from './columns.ts';
import { leases, leasesSchema } from './leases.ts';

/** What was demanded in writing of the customer of a lease, with the paper that was given out. */
export const demands = leasesSchema.table(
  'demands',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    customerId: uuid('customer_id').notNull(),
    kind: text('kind', { enum: demandKinds }).$type<DemandKind>().notNull(),
    currency: currency(),
    amount: minor('amount').notNull(),
    /** What keeping the vehicle had cost by then, which it asked for; null of those from before that was kept. */
    costs: minor('costs'),
    /** When costs that it asked for were taken back: it stands no longer. */
    overaskedAt: instant('overasked_at'),
    /** Local days of the lease: when it was made, and the first on which the vehicle may be taken back, or sold. */
    demandedOn: date('demanded_on', { mode: 'string' }).$type<LocalDate>().notNull(),
    until: date('until', { mode: 'string' }).$type<LocalDate>().notNull(),
    language: char('language', { length: 2 }).$type<AgreementLanguage>().notNull(),
    /** By which everybody who holds the paper verifies it, and what it is verified with. */
    code: text('code').notNull(),
    sha256: char('sha256', { length: 64 }).notNull(),
    signature: text('signature').notNull(),
    /** The PDF; null once the customer was erased. */
    pdfEncrypted: bytea('pdf_encrypted'),
    keyId: text('key_id').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('demands_code').on(t.code),
    uniqueIndex('demands_once')
      .on(t.leaseId, t.kind, t.demandedOn)
      .where(sql`${t.overaskedAt} is null`),
    index('demands_customer').on(t.customerId, t.createdAt),
    index('demands_created').on(t.createdAt),
    check('demands_days', sql`${t.until} >= ${t.demandedOn} and ${t.amount} > 0`),
  ],
);

/** Vehicles that were taken back, each by its lease. Sums in minor units of its currency. */
export const repossessions = leasesSchema.table(
  'repossessions',
  {
    leaseId: uuid('lease_id')
      .primaryKey()
      .references(() => leases.id),
    vehicleId: uuid('vehicle_id').notNull(),
    status: text('status', { enum: repossessionStatuses }).$type<RepossessionStatus>().notNull(),
    heldAt: instant('held_at').notNull(),
    /** What the house has paid to take it back, to keep and to sell it, and by which requests. */
    costs: minor('costs').notNull().default(0),
    costIds: uuid('cost_ids').array().notNull().default([]),
    proceeds: minor('proceeds'),
    surplus: minor('surplus'),
    shortfall: minor('shortfall'),
    isShortfallOwed: boolean('is_shortfall_owed'),
    /** What of the shortfall is not owed by law, by what it was for. */
    forgiven: jsonb('forgiven').$type<AllocationPart[]>().notNull().default([]),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('repossessions_held')
      .on(t.heldAt)
      .where(sql`${t.status} = 'held'`),
    check('repossessions_ended', sql`(${t.status} = 'held') = (${t.endedAt} is null)`),
    check(
      'repossessions_sold',
      sql`(${t.status} = 'sold') = (num_nulls(${t.proceeds}, ${t.surplus}, ${t.shortfall}, ${t.isShortfallOwed}) = 0)`,
    ),
  ],
);
