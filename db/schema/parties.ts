import { sql } from 'drizzle-orm';
import { boolean, check, index, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { transferStatuses, type TransferStatus } from '../../domain/parties/transfer.ts';
import { id, instant, minor } from './columns.ts';
import { leases, leasesSchema } from './leases.ts';
import type { UpgradeCredit } from './upgrades.ts';
import { users } from './identity.ts';

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
