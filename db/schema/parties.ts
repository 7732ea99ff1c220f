import { sql } from 'drizzle-orm';
import { boolean, check, date, index, integer, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { guaranteeStatuses, type GuaranteeStatus } from '../../domain/parties/guarantee.ts';
import { transferStatuses, type TransferStatus } from '../../domain/parties/transfer.ts';
import { id, instant, minor } from './columns.ts';
import { leases, leasesSchema } from './leases.ts';
import type { UpgradeCredit } from './upgrades.ts';
import { users } from './identity.ts';

/** Who answers for a lease, was asked to, or did. Times are on the clock of the lease. */
export const guarantees = leasesSchema.table(
  'guarantees',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    guarantorId: uuid('guarantor_id')
      .notNull()
      .references(() => users.id),
    /** Of whoever was asked: it outlives an account that was made to ask him by, so that he is not asked again. */
    phoneHash: text('phone_hash'),
    /** Nobody had his phone registered: an account was made to ask him by. */
    isMadeForIt: boolean('is_made_for_it').notNull(),
    status: text('status', { enum: guaranteeStatuses }).$type<GuaranteeStatus>().notNull(),
    /** The most that he answers for, in minor units of the lease's currency. */
    cap: minor('cap').notNull(),
    invitedAt: instant('invited_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    consentedAt: instant('consented_at'),
    signedName: text('signed_name'),
    /** The oldest unpaid day that he was called upon for last, on which local day, and how often for it. */
    calledFor: date('called_for', { mode: 'string' }),
    calledOn: date('called_on', { mode: 'string' }),
    calls: integer('calls').notNull().default(0),
    reason: text('reason'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('guarantees_once').on(t.leaseId, t.guarantorId),
    index('guarantees_guarantor').on(t.guarantorId),
    index('guarantees_customer').on(t.customerId),
    index('guarantees_invited').on(t.invitedAt, t.id),
    index('guarantees_phone').on(t.phoneHash),
    // What upkeep looks through: few are open of all there were.
    index('guarantees_open')
      .on(t.status)
      .where(sql`${t.status} in ('invited', 'consented')`),
    check('guarantees_status', sql`${t.status} in (${sql.raw(guaranteeStatuses.map((one) => `'${one}'`).join(', '))})`),
    check('guarantees_cap', sql`${t.cap} > 0`),
    check('guarantees_called', sql`${t.calls} = 0 or ${t.consentedAt} is not null`),
  ],
);

/** Leases that are made over from one customer to another. Times are on the clock of the lease. */
export const leaseTransfers = leasesSchema.table(
  'transfers',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    fromCustomerId: uuid('from_customer_id')
      .notNull()
      .references(() => users.id),
    status: text('status', { enum: transferStatuses }).$type<TransferStatus>().notNull(),
    /** Of the other person, until it is over: he may not be registered yet, and nobody is told whether he is. */
    phoneEncrypted: text('phone_encrypted'),
    phoneHash: text('phone_hash'),
    proposedBy: uuid('proposed_by').notNull(),
    /** The customer has died, and it goes to an heir: an agent proposes it, and nobody has to agree. */
    isEstate: boolean('is_estate').notNull().default(false),
    /** When its customer agreed; null while he has not, and for an estate. */
    agreedAt: instant('agreed_at'),
    /** Who has accepted it, how he signed, and what he pays by. */
    toCustomerId: uuid('to_customer_id').references(() => users.id),
    signedName: text('signed_name'),
    acceptedAt: instant('accepted_at'),
    paymentMethodId: uuid('payment_method_id'),
    credit: jsonb('credit').$type<UpgradeCredit>(),
    /** What was paid and what was owed when it was made over, in minor units of the lease's currency. */
    paid: minor('paid'),
    outstanding: minor('outstanding'),
    decidedBy: uuid('decided_by'),
    reason: text('reason'),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('transfers_one_per_lease')
      .on(t.leaseId)
      .where(sql`${t.endedAt} is null`),
    index('transfers_phone').on(t.phoneHash),
    index('transfers_from').on(t.fromCustomerId, t.createdAt),
    index('transfers_to').on(t.toCustomerId, t.createdAt),
    index('transfers_created').on(t.createdAt),
    check('transfers_status', sql`${t.status} in (${sql.raw(transferStatuses.map((one) => `'${one}'`).join(', '))})`),
    check(
      'transfers_completed',
      sql`${t.status} <> 'completed' or (${t.toCustomerId} is not null and ${t.paid} >= 0 and ${t.outstanding} > 0)`,
    ),
  ],
);
