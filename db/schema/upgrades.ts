import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { CreditConditions, CreditReason, CreditStatus, CreditTier } from '../../domain/credit/assessment.ts';
import { upgradeStatuses, type UpgradeStatus } from '../../domain/upgrades/upgrade.ts';
import type { Plan } from '../../domain/vehicles/plan.ts';
import { currency, id, instant, minor } from './columns.ts';
import { leases, leasesSchema } from './leases.ts';

/** How the credit of a customer was assessed for the other vehicle. */
export interface UpgradeCredit {
  readonly status: CreditStatus;
  readonly score: number;
  readonly tier: CreditTier;
  readonly reasons: readonly CreditReason[];
  /** What an approval asks for; left out by what was assessed before it was kept. */
  readonly conditions?: CreditConditions | null;
}

/** Exchanges of a leased vehicle for another one. Times are on the clock of the lease that is left. */
export const upgrades = leasesSchema.table(
  'upgrades',
  {
    id: id(),
    /** The lease that is left. */
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    customerId: uuid('customer_id').notNull(),
    status: text('status', { enum: upgradeStatuses }).$type<UpgradeStatus>().notNull(),
    /** The lease that begins with the swap has this id; there is none before. */
    newLeaseId: uuid('new_lease_id').notNull(),
    vehicleId: uuid('vehicle_id').notNull(),
    paymentMethodId: uuid('payment_method_id').notNull(),
    /** As it was when it was quoted. */
    plan: jsonb('plan').$type<Plan>().notNull(),
    currency: currency(),
    /** Of the other vehicle; what follows is as it was quoted last. */
    price: minor('price').notNull(),
    tradeIn: minor('trade_in').notNull(),
    /** What of that is theirs who paid a part of the old vehicle's price. */
    subsidy: minor('subsidy').notNull().default(0),
    settlement: minor('settlement').notNull(),
    deposit: minor('deposit').notNull(),
    payout: minor('payout').notNull(),
    instalment: minor('instalment').notNull(),
    total: minor('total').notNull(),
    expiresAt: instant('expires_at').notNull(),
    /** Of which end of it its customer was told that it comes. */
    lapseTold: instant('lapse_told'),
    /** Where it stood when it lapsed. */
    lapsedFrom: text('lapsed_from', { enum: upgradeStatuses }).$type<UpgradeStatus>(),
    acceptedAt: instant('accepted_at'),
    signedName: text('signed_name'),
    credit: jsonb('credit').$type<UpgradeCredit>(),
    inspectedAt: instant('inspected_at'),
    inspectedBy: uuid('inspected_by'),
    /** Of the vehicle that is given back, as inspected. */
    odometerKm: integer('odometer_km'),
    /** What whoever inspected it has noted. */
    inspectionNotes: text('inspection_notes'),
    /** Why it was declined, cancelled or decided so. */
    reason: text('reason'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('upgrades_one_per_lease')
      .on(t.leaseId)
      .where(sql`${t.endedAt} is null`),
    uniqueIndex('upgrades_new_lease').on(t.newLeaseId),
    index('upgrades_customer').on(t.customerId, t.createdAt),
    index('upgrades_created').on(t.createdAt),
    check('upgrades_status', sql`${t.status} in (${sql.raw(upgradeStatuses.map((one) => `'${one}'`).join(', '))})`),
    check(
      'upgrades_amounts',
      sql`${t.deposit} > 0 and ${t.payout} >= 0 and ${t.settlement} >= 0 and ${t.tradeIn} > 0 and ${t.subsidy} >= 0`,
    ),
  ],
);
