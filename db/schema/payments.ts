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
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Market, PaymentProvider } from '../../domain/markets.ts';
import type { DeclineReason } from '../../domain/payments/decline.ts';
import type { AllocationPart } from '../../domain/ledger/ledger.ts';
import type { PaidBy, PaymentKind, PaymentStatus } from '../../domain/payments/payment.ts';
import type { DayTotal, Difference } from '../../domain/payments/reconciliation.ts';
import { currency, id, instant, minor, normalForm } from './columns.ts';
import { users } from './identity.ts';
import { leases } from './leases.ts';

export const payments = pgSchema('payments');

export const methods = payments.table(
  'methods',
  {
    id: id(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    provider: text('provider').$type<PaymentProvider>().notNull(),
    phoneEncrypted: text('phone_encrypted').notNull(),
    phoneHash: text('phone_hash').notNull(),
    /** `+2567*****001`: what people see. */
    masked: text('masked').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
    /** The customer has another number now, and this one may be somebody else's: money from it is not taken for his. */
    doubtedAt: instant('doubted_at'),
  },
  (t) => [
    uniqueIndex('methods_one')
      .on(t.userId, t.provider, t.phoneHash)
      .where(sql`${t.deletedAt} is null`),
    index('methods_phone').on(t.phoneHash),
  ],
);

/**
 * Every movement of money with a provider or an agent: a charge, a refund, cash, an inbound payment.
 * A retry is a new row. `id` is the provider's idempotency key.
 */
export const attempts = payments.table(
  'attempts',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    kind: text('kind').$type<PaymentKind>().notNull(),
    /** What it is for: `deposit`, `instalment-7`, `pay-<id>`, `refund-<payment>`; tries of one due share it. */
    due: text('due').notNull(),
    attempt: integer('attempt').notNull().default(1),
    provider: text('provider').$type<PaidBy>().notNull(),
    paymentMethodId: uuid('payment_method_id').references(() => methods.id),
    payerMasked: text('payer_masked').notNull(),
    amount: minor('amount').notNull(),
    currency: currency(),
    status: text('status').$type<PaymentStatus>().notNull(),
    reason: text('reason').$type<DeclineReason>(),
    /** The charge that a refund gives back. */
    refundOf: uuid('refund_of'),
    /** True while a request may have reached the provider: from before it is sent, until the provider says that it did not take it. */
    sent: boolean('sent').notNull().default(false),
    /** On the wall, when it was sent last. */
    sentAt: instant('sent_at'),
    /** `traceparent` of what sent it last, where that was traced. */
    trace: text('trace'),
    providerRequestId: text('provider_request_id'),
    /** The provider's receipt as it writes it; compared in its normal form. */
    providerReference: text('provider_reference'),
    /** What the provider confirms, where it is not `amount`. */
    settledAmount: minor('settled_amount'),
    /** What its provider took back of it in parts, while the rest stands. Of a payment that is reversed the last part is not in it. */
    takenBack: minor('taken_back').notNull().default(0),
    callbackHash: text('callback_hash'),
    allocation: jsonb('allocation').$type<AllocationPart[]>().notNull().default([]),
    /** The ledger transfer that posted it. */
    transferId: uuid('transfer_id'),
    /** The ledger account it came from, or was reversed to, where that is not the provider's clearing: agents' cash, suspense. */
    source: text('source'),
    /** Agent and receipt number of cash. */
    agentId: uuid('agent_id'),
    receiptNumber: text('receipt_number'),
    /** The number in its one form, however it was written. */
    receiptNormal: text('receipt_normal'),
    /** Of a charge of the lease: what of its lines was due when it was asked for, paid or not. */
    dueThen: minor('due_then'),
    /** On the lease's clock. */
    requestedAt: instant('requested_at').notNull(),
    settledAt: instant('settled_at'),
    /** The local day of the market, on the lease's clock, on which it was paid, whenever that became known; null until it is known. */
    valueOn: date('value_on', { mode: 'string' }),
    /** The earlier day on which the agent says that he took the cash, where somebody else is to confirm it. */
    claimedOn: date('claimed_on', { mode: 'string' }),
    /** On the wall: what providers' statements and rate caps go by. */
    createdAt: instant('created_at').notNull().defaultNow(),
    /** On the wall, when its lease meant to ask by itself; null for what somebody asks for. */
    plannedAt: instant('planned_at'),
    /** On the wall, when it came into the books first. */
    bookedAt: instant('booked_at'),
  },
  (t) => [
    index('attempts_lease').on(t.leaseId, t.createdAt),
    uniqueIndex('attempts_try').on(t.leaseId, t.due, t.attempt),
    uniqueIndex('attempts_callback').on(t.callbackHash),
    // A provider numbers each market by itself. Only money that is there has a receipt, however it is written.
    uniqueIndex('attempts_receipt')
      .on(t.provider, t.currency, normalForm(t.providerReference))
      .where(sql`${t.kind} <> 'refund' and ${t.status} = 'succeeded'`),
    index('attempts_day').on(t.provider, t.createdAt),
    // Refunds too, whose receipts need not be unique: what a statement names is looked up by it.
    index('attempts_reference').on(t.provider, normalForm(t.providerReference)),
    index('attempts_taken_back')
      .on(t.provider)
      .where(sql`${t.status} = 'reversed' or ${t.takenBack} > 0`),
    // Cash that was booked by mistake and reversed is no use of its receipt.
    uniqueIndex('attempts_cash_receipt')
      .on(t.agentId, t.receiptNormal)
      .where(sql`${t.status} <> 'reversed'`),
    index('attempts_declined')
      .on(t.paymentMethodId, t.requestedAt)
      .where(sql`${t.reason} = 'declined'`),
    index('attempts_open')
      .on(t.status)
      .where(sql`${t.status} in ('pending', 'unknown')`),
    // Confirmed, and not in the books: nearly none at any time.
    index('attempts_unbooked')
      .on(t.settledAt)
      .where(sql`${t.status} = 'succeeded' and ${t.transferId} is null`),
    check('attempts_amount', sql`${t.amount} > 0`),
    check('attempts_taken_back', sql`${t.takenBack} between 0 and coalesce(${t.settledAmount}, ${t.amount})`),
    check('attempts_status', sql`${t.status} in ('pending', 'succeeded', 'failed', 'unknown', 'reversed')`),
  ],
);

/** Every callback as it came, encrypted since it names a phone, with what it claimed. */
export const callbacks = payments.table(
  'callbacks',
  {
    id: id(),
    provider: text('provider').notNull(),
    attemptId: uuid('attempt_id')
      .notNull()
      .references(() => attempts.id),
    bodyEncrypted: text('body_encrypted').notNull(),
    claim: jsonb('claim').$type<Record<string, unknown>>(),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (t) => [index('callbacks_attempt').on(t.attemptId), index('callbacks_received').using('brin', t.receivedAt)],
);

/** Cash on its way from an agent to the company: declared by the agent or for him, confirmed by who receives it. */
export const remittances = payments.table(
  'remittances',
  {
    id: id(),
    agentId: uuid('agent_id')
      .notNull()
      .references(() => users.id),
    amount: minor('amount').notNull(),
    currency: currency(),
    status: text('status').$type<'declared' | 'confirmed' | 'rejected'>().notNull(),
    /** Of the deposit slip, or what the agent wrote. */
    reference: text('reference'),
    declaredAt: instant('declared_at').notNull(),
    declaredBy: uuid('declared_by').notNull(),
    decidedAt: instant('decided_at'),
    decidedBy: uuid('decided_by'),
    reason: text('reason'),
    transferId: uuid('transfer_id'),
  },
  (t) => [index('remittances_agent').on(t.agentId, t.declaredAt), check('remittances_amount', sql`${t.amount} > 0`)],
);

/** The report of one provider's day, in one market or in all of its markets: kept as it was found, differences as cases beside it. */
export const reconciliations = payments.table(
  'reconciliations',
  {
    id: id(),
    provider: text('provider').$type<PaymentProvider>().notNull(),
    /** Null: all markets of the provider, each by its own wall. */
    market: text('market').$type<Market>(),
    /** Local date on the provider's wall. */
    date: date('date', { mode: 'string' }).notNull(),
    status: text('status').$type<'running' | 'balanced' | 'differences' | 'failed'>().notNull(),
    matched: integer('matched').notNull().default(0),
    differences: jsonb('differences').$type<Difference[]>().notNull().default([]),
    totals: jsonb('totals').$type<DayTotal[]>().notNull().default([]),
    /** Why there is no report, where it failed. */
    failure: text('failure'),
    requestedBy: uuid('requested_by'),
    startedAt: instant('started_at').notNull(),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    index('reconciliations_day').on(t.provider, t.market, t.date, t.startedAt),
    index('reconciliations_list').on(t.startedAt, t.id),
  ],
);

/** Of the version before this one, which may still run while it is replaced. */
export const pace = payments.table('pace', {
  provider: text('provider').$type<PaymentProvider>().primaryKey(),
  nextAt: instant('next_at').notNull(),
});

/** Where the turns of automatic prompts stand at each provider, whose contracts are a market's: for all workers. */
export const queues = payments.table(
  'queues',
  {
    provider: text('provider').$type<PaymentProvider>().notNull(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    /** When the next turn is, milliseconds by the database's clock: turns are a fraction of one apart. */
    nextMs: doublePrecision('next_ms').notNull(),
    /** How many turns were given out. */
    taken: bigint('taken', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.provider, t.market] })],
);

/** Turns that prompts wait for by coming again; gone when they come. */
export const turns = payments.table(
  'turns',
  {
    attemptId: uuid('attempt_id').primaryKey(),
    provider: text('provider').$type<PaymentProvider>().notNull(),
    market: char('market', { length: 2 }).$type<Market>().notNull(),
    number: bigint('number', { mode: 'number' }).notNull(),
    /** As `nextMs`. */
    atMs: doublePrecision('at_ms').notNull(),
    /** When the payer's quiet hours begin. */
    endsMs: doublePrecision('ends_ms').notNull(),
  },
  (t) => [index('turns_queue').on(t.provider, t.market, t.atMs)],
);
