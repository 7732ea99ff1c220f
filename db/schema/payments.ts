import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { PaymentProvider } from '../../domain/markets.ts';
import type { DeclineReason } from '../../domain/payments/decline.ts';
import type { AllocationPart, PaymentKind, PaymentStatus } from '../../domain/payments/payment.ts';
import { currency, id, instant, minor } from './columns.ts';
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
    provider: text('provider').$type<PaymentProvider | 'cash'>().notNull(),
    paymentMethodId: uuid('payment_method_id').references(() => methods.id),
    payerMasked: text('payer_masked').notNull(),
    amount: minor('amount').notNull(),
    currency: currency(),
    status: text('status').$type<PaymentStatus>().notNull(),
    reason: text('reason').$type<DeclineReason>(),
    /** The charge that a refund gives back. */
    refundOf: uuid('refund_of'),
    /** True once the provider's answer to the request has arrived, whatever it was. */
    sent: boolean('sent').notNull().default(false),
    providerRequestId: text('provider_request_id'),
    /** The provider's receipt. */
    providerReference: text('provider_reference'),
    /** What the provider confirms, where it is not `amount`. */
    settledAmount: minor('settled_amount'),
    callbackHash: text('callback_hash'),
    allocation: jsonb('allocation').$type<AllocationPart[]>().notNull().default([]),
    /** The ledger transfer that posted it. */
    transferId: uuid('transfer_id'),
    /** Agent and receipt number of cash. */
    agentId: uuid('agent_id'),
    receiptNumber: text('receipt_number'),
    /** On the lease's clock. */
    requestedAt: instant('requested_at').notNull(),
    settledAt: instant('settled_at'),
    /** On the wall: what providers' statements and rate caps go by. */
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    index('attempts_lease').on(t.leaseId, t.createdAt),
    uniqueIndex('attempts_try').on(t.leaseId, t.due, t.attempt),
    uniqueIndex('attempts_callback').on(t.callbackHash),
    uniqueIndex('attempts_receipt')
      .on(t.provider, t.providerReference)
      .where(sql`${t.kind} <> 'refund'`),
    uniqueIndex('attempts_cash_receipt').on(t.agentId, t.receiptNumber),
    index('attempts_open')
      .on(t.status)
      .where(sql`${t.status} in ('pending', 'unknown')`),
    check('attempts_amount', sql`${t.amount} > 0`),
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
  (t) => [index('callbacks_attempt').on(t.attemptId)],
);

/** Something about money that a person must look at. */
export const cases = payments.table(
  'cases',
  {
    id: id(),
    /** One case per cause: opening it again changes nothing. */
    key: text('key').notNull(),
    kind: text('kind').notNull(),
    leaseId: uuid('lease_id'),
    paymentId: uuid('payment_id'),
    status: text('status').$type<'open' | 'closed'>().notNull().default('open'),
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull(),
    openedAt: instant('opened_at').notNull().defaultNow(),
    closedAt: instant('closed_at'),
    closedBy: uuid('closed_by'),
    resolution: text('resolution'),
  },
  (t) => [
    uniqueIndex('cases_key').on(t.key),
    index('cases_open').on(t.status, t.openedAt),
    index('cases_lease').on(t.leaseId),
  ],
);
