import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
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
import type { StillFor } from '../../domain/leases/pause.ts';
import type { Slot } from '../../domain/leases/position.ts';
import type { ScheduleChange } from '../../domain/leases/schedule-change.ts';
import type { LeaseStatus } from '../../domain/leases/status.ts';
import type { QuietHours } from '../../domain/quiet-hours.ts';
import type { Market } from '../../domain/markets.ts';
import type { Frequency, LineParts, Plan } from '../../domain/vehicles/plan.ts';
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
    /** Charged in this order when the first one declines. */
    backupMethodIds: uuid('backup_method_ids')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** Local hours without prompts, a standing wish of the customer. */
    quietHours: jsonb('quiet_hours').$type<QuietHours>(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    currency: currency(),
    frequency: text('frequency').$type<Frequency>().notNull(),
    price: minor('price').notNull(),
    deposit: minor('deposit').notNull(),
    depositPaid: minor('deposit_paid').notNull().default(0),
    /** Amount of an ordinary line. */
    instalment: minor('instalment').notNull(),
    instalmentsTotal: integer('instalments_total').notNull(),
    /** deposit + lines − waived = paid + outstanding. */
    totalPrice: minor('total_price').notNull(),
    /** What `totalPrice` may never be beyond: frozen with the hold, and higher only by what the customer signs. Null before, and for old leases. */
    agreedTotal: minor('agreed_total'),
    feesCharged: minor('fees_charged').notNull().default(0),
    feesPaid: minor('fees_paid').notNull().default(0),
    feesWaived: minor('fees_waived').notNull().default(0),
    /** Received after a write-off; included in what the lines show as paid. */
    recovered: minor('recovered').notNull().default(0),
    /** Money beyond all that is owed; refunded at the end. */
    credit: minor('credit').notNull().default(0),
    /** Taken back by a provider after it was used or given back; what comes later pays it before it is credit. */
    disputed: minor('disputed').notNull().default(0),
    scheduleVersion: integer('schedule_version').notNull().default(0),
    /** First local day on which a paused lease is collected again. */
    pausedUntil: date('paused_until', { mode: 'string' }),
    /** On the lease's clock, until when an agent has the vehicle held before it is handed over; null where none has. */
    holdExtendedUntil: instant('hold_extended_until'),
    /** The day of the customer's open promise to pay. */
    promisedOn: date('promised_on', { mode: 'string' }),
    /** The local day of the last restructure, and how many days past due the lease was on it. */
    restructuredOn: date('restructured_on', { mode: 'string' }),
    arrearsRestructured: integer('arrears_restructured'),
    /** First day that is not paid in full, or null; days past due count from here. */
    oldestUnpaidOn: date('oldest_unpaid_on', { mode: 'string' }),
    /** Of the vehicle, while one is open; its reason may end with any change of this row. */
    immobilisationId: uuid('immobilisation_id'),
    /** How far the lease's own clock is ahead of the wall; always 0 outside development. */
    clockOffsetMs: bigint('clock_offset_ms', { mode: 'number' }).notNull().default(0),
    /** Its credit was given on somebody who answers for it, and nobody had consented to that when it was signed, or has yet. */
    lacksGuarantor: boolean('lacks_guarantor').notNull().default(false),
    signedName: text('signed_name'),
    agreementSignedAt: instant('agreement_signed_at'),
    handedOverAt: instant('handed_over_at'),
    /** When it was made over to the customer that it has; null for one that has had no other. */
    transferredAt: instant('transferred_at'),
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
      sql`${t.deposit} >= 0 and ${t.depositPaid} between 0 and ${t.deposit} and ${t.credit} >= 0 and ${t.feesPaid} >= 0 and ${t.feesWaived} >= 0 and ${t.feesPaid} + ${t.feesWaived} <= ${t.feesCharged} and ${t.recovered} >= 0 and ${t.disputed} >= 0`,
    ),
    check('leases_price_unsigned', sql`${t.totalPrice} <= ${t.agreedTotal}`),
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
    components: jsonb('components').$type<LineParts>().notNull(),
    /** What of `paid` and `waived` went to which component; `paid` and `waived` are the sums. */
    filled: jsonb('filled').$type<LineParts>().notNull().default({}),
    /** What of `amount` was due before the schedule was moved or spread anew; the first of it that is paid. */
    matured: minor('matured').notNull().default(0),
    /** The day on which a late fee was charged for it, once. */
    feeChargedOn: date('fee_charged_on', { mode: 'string' }),
    /** The first day on which its late fee was not charged since money in doubt may have paid it in time. */
    feePutOffOn: date('fee_put_off_on', { mode: 'string' }),
    /** Days by which the last pause moved it: what an early resume takes back of them. */
    pausedDays: integer('paused_days').notNull().default(0),
    /** The days until which it pays for the use, where that is not its own; they sum to `amount`. */
    pays: jsonb('pays').$type<readonly Slot[]>(),
    /** Days by which pauses moved what it pays for while it was paid. */
    pausedPaid: integer('paused_paid').notNull().default(0),
    /** Days of what was put off after its time, while it was paid. */
    pausedAfter: integer('paused_after').notNull().default(0),
    /** Of processes before `pays`. Every statement names it while it stands here: first that ends, and a version later the column. */
    paysFrom: date('pays_from', { mode: 'string' }),
    paysUntil: date('pays_until', { mode: 'string' }),
  },
  (t) => [
    primaryKey({ columns: [t.leaseId, t.version, t.number] }),
    check(
      'schedule_lines_amounts',
      sql`${t.amount} > 0 and ${t.paid} >= 0 and ${t.waived} >= 0 and ${t.paid} + ${t.waived} <= ${t.amount} and ${t.matured} between 0 and ${t.amount}`,
    ),
  ],
);

/** What people changed of a schedule, by the version of it that came of that; pauses have a table of their own. */
export const scheduleChanges = leasesSchema.table(
  'schedule_changes',
  {
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    version: integer('version').notNull(),
    /** Of the version before this one, which may still run while it is replaced. */
    keptUntil: integer('kept_until'),
    kind: text('kind').$type<ScheduleChange>().notNull(),
    /** Local date. */
    on: date('on', { mode: 'string' }).notNull(),
    /** How many lines it made: they are the last ones. None where it has only moved them. */
    made: integer('made').notNull(),
    /** What of the lease's row it changed, as that was. */
    before: jsonb('before').$type<RowBefore>().notNull(),
    /** The version of the schedule that is as if it had never been. */
    undoneIn: integer('undone_in'),
  },
  (t) => [primaryKey({ columns: [t.leaseId, t.version] })],
);

/** Columns of a lease that follow from its schedule. */
export type RowBefore = Pick<
  typeof leases.$inferSelect,
  'instalment' | 'instalmentsTotal' | 'frequency' | 'restructuredOn' | 'arrearsRestructured'
>;

/** Times in which nothing is collected; each moved the unpaid lines by its days. */
export const pauses = leasesSchema.table(
  'pauses',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    kind: text('kind').$type<StillFor>().notNull(),
    /** Local dates: from the first day, until the first one after it. */
    from: date('from', { mode: 'string' }).notNull(),
    until: date('until', { mode: 'string' }).notNull(),
    /** The day on which it was ended before its time. */
    resumedOn: date('resumed_on', { mode: 'string' }),
    /** The house owed its days; nobody took them. */
    isOwed: boolean('is_owed').notNull().default(false),
    /** Of days that the house owed for its own workshop: the first of them, a local date on the lease's clock. */
    owedSince: date('owed_since', { mode: 'string' }),
    /** The versions of the schedule that it made, as it began and as it ended before its time. Older ones have them not. */
    version: integer('version'),
    resumedVersion: integer('resumed_version'),
    at: instant('at').notNull(),
  },
  (t) => [index('pauses_lease').on(t.leaseId, t.at)],
);

/** Customers whom a lease had before the one that it has: who owed what, until when. On the lease's clock, in minor units. */
export const tenures = leasesSchema.table(
  'tenures',
  {
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    /** From the application on where it is null. */
    since: instant('since'),
    until: instant('until').notNull(),
    /** The lease's last transfer in the ledger when it was made over; null of those of before there was this. */
    bookedUpTo: bigint('booked_up_to', { mode: 'number' }),
    /** The version of its schedule that was made over; null of one that a worker of before made over. */
    scheduleVersion: integer('schedule_version'),
    signedName: text('signed_name'),
    signedAt: instant('signed_at'),
    /** As they were when it was made over. */
    totalPrice: minor('total_price').notNull(),
    paid: minor('paid').notNull(),
    outstanding: minor('outstanding').notNull(),
    feesPaid: minor('fees_paid').notNull(),
    ownedPercent: integer('owned_percent').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.leaseId, t.until] }),
    index('tenures_customer').on(t.customerId),
    check('tenures_time', sql`${t.since} is null or ${t.since} < ${t.until}`),
    check(
      'tenures_amounts',
      sql`${t.paid} >= 0 and ${t.outstanding} >= 0 and ${t.paid} + ${t.outstanding} = ${t.totalPrice}`,
    ),
  ],
);

/** What settling costs, as it was quoted; good once, until it expires. */
export const settlementQuotes = leasesSchema.table(
  'settlement_quotes',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    amount: minor('amount').notNull(),
    saved: minor('saved').notNull(),
    /** On the lease's clock. */
    quotedAt: instant('quoted_at').notNull(),
    validUntil: instant('valid_until').notNull(),
    /** The last transfer in the lease's book that it knows of: what is older is in it, whatever the clocks say. */
    bookNumber: bigint('book_number', { mode: 'number' }).notNull(),
    usedAt: instant('used_at'),
    /** Set while the quote is paid and the lease is not settled by it yet, since days of cash are not decided on. */
    paidAt: instant('paid_at'),
    /** The exchange that it is of: the lease ends by it as `upgraded`. */
    upgradeId: uuid('upgrade_id'),
  },
  (t) => [index('settlement_quotes_lease').on(t.leaseId, t.quotedAt)],
);

/** A customer's promise to pay on a day; nothing is prompted before it. */
export const promises = leasesSchema.table(
  'promises',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    /** Local date. */
    on: date('on', { mode: 'string' }).notNull(),
    amount: minor('amount').notNull(),
    /** What was due by its day when it was made, of which it is the whole or a part. Null before that was noted: the whole. */
    due: minor('due'),
    /** What of it nobody owed any more when it was not waited for any more: it was settled for less, say. */
    forgiven: minor('forgiven').notNull().default(0),
    /** `superseded`: a pause or another schedule took its place before its day. */
    status: text('status').$type<'open' | 'kept' | 'broken' | 'superseded'>().notNull(),
    madeAt: instant('made_at').notNull(),
  },
  (t) => [
    index('promises_lease').on(t.leaseId, t.madeAt),
    uniqueIndex('promises_open')
      .on(t.leaseId)
      .where(sql`${t.status} = 'open'`),
  ],
);

/** Commands that were carried out: one whose answer was lost on the way is not carried out twice. */
export const commands = leasesSchema.table(
  'commands',
  {
    /** Of the workflow's update. */
    id: text('id').primaryKey(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    at: instant('at').notNull(),
  },
  (t) => [index('commands_at').using('brin', t.at)],
);

/**
 * How far a lease's clock was ahead of the wall from an instant on, where it travels: development only. By it the
 * wall's time of a payment that becomes known later is found again on the lease's clock.
 */
export const clockMoves = leasesSchema.table(
  'clock_moves',
  {
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    /** On the wall. */
    movedAt: instant('moved_at').notNull(),
    offsetMs: bigint('offset_ms', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.leaseId, t.offsetMs] })],
);
