import { sql } from 'drizzle-orm';
import { boolean, check, date, index, jsonb, primaryKey, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Market, PaymentProvider } from '../../domain/markets.ts';
import type { DeclineReason } from '../../domain/payments/decline.ts';
import type { GiveBackStatus, InboundStatus } from '../../domain/payments/payment.ts';
import { capitalsAndDigits, currency, id, instant, minor } from './columns.ts';
import { payments } from './payments.ts';

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
    /** What is here: all that was paid, less `wentBack` and `claimed`. */
    amount: minor('amount').notNull(),
    /** What went back to whoever had paid it while a lease had the money that was not its. */
    wentBack: minor('went_back').notNull().default(0),
    /** What of it has paid what those owe who had its lease before. */
    claimed: minor('claimed').notNull().default(0),
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
    index('inbound_payment')
      .on(t.paymentId)
      .where(sql`${t.paymentId} is not null`),
    index('inbound_day').on(t.provider, t.paidAt),
    index('inbound_returned')
      .on(t.provider, t.returnedAt)
      .where(sql`${t.returnedAt} is not null`),
    check('inbound_amount', sql`${t.amount} >= 0 and ${t.claimed} >= 0 and ${t.amount} + ${t.claimed} > 0`),
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
    /** Null, of what was ordered before it was kept: all that there was. */
    amount: minor('amount'),
    status: text('status').$type<GiveBackStatus>().notNull(),
    /** Why the provider refused it, or nobody sent it. */
    declined: text('declined').$type<DeclineReason>(),
    /** Why somebody ordered it, and who; null for the platform itself. */
    reason: text('reason').notNull(),
    requestedBy: uuid('requested_by'),
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

/**
 * Lines of statements by which a provider took back, by itself, money whose receipt they name: what reconciliation has read is
 * kept, so that no statement of before is read again. Each is answered for by one transfer, and a transfer by one line; but one that took
 * back all that was left of a payment may answer for several, which told of it in parts.
 */
export const takenBackLines = payments.table(
  'taken_back_lines',
  {
    provider: text('provider').$type<PaymentProvider>().notNull(),
    market: text('market').$type<Market>().notNull(),
    /** Of what went back, in its normal form, as the one of the payment. */
    receipt: text('receipt').notNull(),
    originalReceipt: text('original_receipt').notNull(),
    amount: minor('amount').notNull(),
    /** The day on whose statement it is: a local date of the market. */
    statedOn: date('stated_on', { mode: 'string' }).notNull(),
    /** The transfer that booked it; null while nobody has, or since that was undone. */
    transferId: uuid('transfer_id'),
    /** Among the lines that its transfer answers for: 0, but where those are several. */
    place: smallint('place').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.provider, t.market, t.receipt] }),
    uniqueIndex('taken_back_lines_transfer').on(t.transferId, t.place),
    index('taken_back_lines_original').on(t.provider, t.market, t.originalReceipt),
    check('taken_back_lines_amount', sql`${t.amount} > 0`),
  ],
);

/**
 * Payments that their provider has confirmed and the newest read of their day's statement lacks: until one has their line, or a
 * person accepts the statement as it is. Nothing is decided by it, and nothing goes out meanwhile, of a lease or of suspense.
 */
export const lackingPayments = payments.table(
  'lacking_payments',
  {
    /** Of the charge, or of what a customer paid by himself (`inbound`), wherever that is by now. */
    movementId: uuid('movement_id').primaryKey(),
    provider: text('provider').$type<PaymentProvider>().notNull(),
    market: text('market').$type<Market>().notNull(),
    /** The day whose statement lacks it: a local date of the market. */
    date: date('date', { mode: 'string' }).notNull(),
  },
  (t) => [index('lacking_payments_day').on(t.provider, t.market, t.date)],
);
