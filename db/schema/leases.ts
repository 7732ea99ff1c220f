import { sql } from 'drizzle-orm';
import {
  bigint,
  char,
  check,
  date,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { LeaseStatus } from '../../domain/leases/status.ts';
import type { Market } from '../../domain/markets.ts';
import type { Component, Frequency, Plan } from '../../domain/vehicles/plan.ts';
import { currency, id, instant, minor } from './columns.ts';
import { users } from './identity.ts';

export const leasesSchema = pgSchema('leases');

/** What people read of a lease; the workflow `lease-<id>` decides, its activities write here. */
export const leases = leasesSchema.table(
  'leases',
  {
    id: id(),
    reference: text('reference').notNull(),
    status: text('status').$type<LeaseStatus>().notNull(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    vehicleId: uuid('vehicle_id').notNull(),
    planId: uuid('plan_id').notNull(),
    /** The plan as it was at application, with conditions of the credit decision applied. */
    plan: jsonb('plan').$type<Plan>().notNull(),
    paymentMethodId: uuid('payment_method_id').notNull(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    currency: currency(),
    frequency: text('frequency').$type<Frequency>().notNull(),
    price: minor('price').notNull(),
    deposit: minor('deposit').notNull(),
    depositPaid: minor('deposit_paid').notNull().default(0),
    /** Amount of an ordinary line. */
    instalment: minor('instalment').notNull(),
    instalmentsTotal: integer('instalments_total').notNull(),
    totalPrice: minor('total_price').notNull(),
    feesCharged: minor('fees_charged').notNull().default(0),
    feesPaid: minor('fees_paid').notNull().default(0),
    /** Money beyond all that is owed; refunded at the end. */
    credit: minor('credit').notNull().default(0),
    scheduleVersion: integer('schedule_version').notNull().default(0),
    /** First day that is not paid in full, or null; days past due count from here. */
    oldestUnpaidOn: date('oldest_unpaid_on', { mode: 'string' }),
    /** How far the lease's own clock is ahead of the wall; always 0 outside development. */
    clockOffsetMs: bigint('clock_offset_ms', { mode: 'number' }).notNull().default(0),
    signedName: text('signed_name'),
    agreementSignedAt: instant('agreement_signed_at'),
    handedOverAt: instant('handed_over_at'),
    completedAt: instant('completed_at'),
    endedAt: instant('ended_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    version: integer('version').notNull().default(1),
  },
  (t) => [
    uniqueIndex('leases_reference').on(t.reference),
    index('leases_customer').on(t.customerId, t.createdAt),
    index('leases_vehicle').on(t.vehicleId),
    index('leases_status').on(t.status, t.market),
    check(
      'leases_amounts',
      sql`${t.deposit} >= 0 and ${t.depositPaid} between 0 and ${t.deposit} and ${t.credit} >= 0 and ${t.feesPaid} between 0 and ${t.feesCharged}`,
    ),
  ],
);

/** The payment schedule; a restructure adds a version and keeps the old one. */
export const scheduleLines = leasesSchema.table(
  'schedule_lines',
  {
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    version: integer('version').notNull(),
    number: integer('number').notNull(),
    dueOn: date('due_on', { mode: 'string' }).notNull(),
    amount: minor('amount').notNull(),
    paid: minor('paid').notNull().default(0),
    waived: minor('waived').notNull().default(0),
    components: jsonb('components').$type<Partial<Record<Component, number>>>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.leaseId, t.version, t.number] }),
    check(
      'schedule_lines_amounts',
      sql`${t.amount} > 0 and ${t.paid} >= 0 and ${t.waived} >= 0 and ${t.paid} + ${t.waived} <= ${t.amount}`,
    ),
  ],
);
