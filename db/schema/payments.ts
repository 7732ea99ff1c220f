import { sql } from 'drizzle-orm';
import { boolean, check, date, index, integer, jsonb, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { CaseKind } from '../../domain/cases.ts';
import type { Market, PaymentProvider } from '../../domain/markets.ts';
import type { DeclineReason } from '../../domain/payments/decline.ts';
import type {
  AllocationPart,
  GiveBackStatus,
  InboundStatus,
  PaidBy,
  PaymentKind,
  PaymentStatus,
} from '../../domain/payments/payment.ts';
import type { DayTotal, Difference } from '../../domain/payments/reconciliation.ts';
import { capitalsAndDigits, currency, id, instant, minor, normalForm } from './columns.ts';
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
    providerRequestId: text('provider_request_id'),
    /** The provider's receipt as it writes it; compared in its normal form. */
    providerReference: text('provider_reference'),
    /** What the provider confirms, where it is not `amount`. */
    settledAmount: minor('settled_amount'),
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
    index('attempts_reversed')
      .on(t.provider)
      .where(sql`${t.status} = 'reversed'`),
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
    /** One open case per cause: opening it again changes nothing. */
    key: text('key').notNull(),
    kind: text('kind').$type<CaseKind>().notNull(),
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
    uniqueIndex('cases_key')
      .on(t.key)
      .where(sql`${t.status} = 'open'`),
    index('cases_open').on(t.status, t.openedAt),
    index('cases_lease').on(t.leaseId),
  ],
);

/** Payments that customers made by themselves, once a receipt of a provider in a market. Money that matches no lease waits in suspense. */
export const inbound = payments.table(
  'inbound',
  {
    id: id(),
    provider: text('provider').$type<PaymentProvider>().notNull(),
    /** The provider's receipt: announced many times, it is one payment. */
    receipt: text('receipt').notNull(),
    market: text('market').$type<Market>().notNull(),
    /** What the customer typed. */
    account: text('account').notNull(),
    payerEncrypted: text('payer_encrypted'),
    payerHash: text('payer_hash'),
    payerMasked: text('payer_masked').notNull(),
    amount: minor('amount').notNull(),
    currency: currency(),
    /** As the provider says. */
    paidAt: instant('paid_at').notNull(),
    /** The announcement as it came. */
    bodyEncrypted: text('body_encrypted'),
    /**
     * `announced`: not confirmed yet; `refuted`: the provider knows of no such payment; `charge`: it is one of
     * our own charges, and no money beside it; `returning`: it is being given back from suspense.
     */
    status: text('status').$type<InboundStatus>().notNull(),
    /** Whose it is; in suspense: for whom somebody has claimed it. */
    leaseId: uuid('lease_id'),
    /** The payment that credited it to a lease, or the charge that it is. */
    paymentId: uuid('payment_id'),
    /** The transfer that put it into suspense, where it was there. */
    suspenseTransferId: uuid('suspense_transfer_id'),
    resolvedBy: uuid('resolved_by'),
    resolvedAt: instant('resolved_at'),
    /** When the provider took it back from suspense, on its wall; null where we gave it back: see `giveBacks`. */
    returnedAt: instant('returned_at'),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('inbound_receipt').on(t.provider, t.market, t.receipt),
    index('inbound_status').on(t.status, t.receivedAt),
    // What is not booked yet, by what was typed as references are written: money in doubt.
    index('inbound_typed')
      .on(capitalsAndDigits(t.account))
      .where(sql`${t.status} in ('announced', 'suspense')`),
    index('inbound_day').on(t.provider, t.paidAt),
    index('inbound_returned')
      .on(t.provider, t.returnedAt)
      .where(sql`${t.returnedAt} is not null`),
    check('inbound_amount', sql`${t.amount} > 0`),
  ],
);

/**
 * Money in suspense on its way back to whoever had paid it. `id` is the provider's idempotency key; another try is
 * another row, and at most one of an item is under way.
 */
export const giveBacks = payments.table(
  'give_backs',
  {
    id: id(),
    inboundId: uuid('inbound_id')
      .notNull()
      .references(() => inbound.id),
    status: text('status').$type<GiveBackStatus>().notNull(),
    /** Why the provider refused it, or nobody sent it. */
    declined: text('declined').$type<DeclineReason>(),
    /** Why somebody ordered it, and who. */
    reason: text('reason').notNull(),
    requestedBy: uuid('requested_by').notNull(),
    /** As of an attempt: true while a request may have reached the provider. */
    sent: boolean('sent').notNull().default(false),
    sentAt: instant('sent_at'),
    providerRequestId: text('provider_request_id'),
    /** The provider's receipt in its normal form. */
    providerReference: text('provider_reference'),
    callbackHash: text('callback_hash').notNull(),
    /** What the newest callback claims. */
    claim: jsonb('claim').$type<Record<string, unknown>>(),
    /** The transfer that booked it: none where the money had left suspense by another way. */
    transferId: uuid('transfer_id'),
    settledAt: instant('settled_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('give_backs_callback').on(t.callbackHash),
    uniqueIndex('give_backs_open')
      .on(t.inboundId)
      .where(sql`${t.status} in ('pending', 'unknown')`),
    index('give_backs_inbound').on(t.inboundId, t.createdAt),
    index('give_backs_reference').on(t.providerReference),
    check('give_backs_status', sql`${t.status} in ('pending', 'succeeded', 'failed', 'unknown')`),
  ],
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
