import { sql } from 'drizzle-orm';
import { check, date, index, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { EstateChoice } from '../../domain/leases/death.ts';
import type { HardshipReason } from '../../domain/leases/hardship.ts';
import { id, instant } from './columns.ts';
import { users } from './identity.ts';
import { leases, leasesSchema } from './leases.ts';

/** Customers who are said to have died: nothing is collected of their leases, and they are told nothing, until that is refuted. */
export const deaths = leasesSchema.table(
  'deaths',
  {
    id: id(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    /** On the clock of the lease that it was said to. */
    reportedAt: instant('reported_at').notNull(),
    reportedBy: text('reported_by').notNull(),
    /** Who said so, and how. */
    note: text('note'),
    /** What proves it, as it is filed. */
    document: text('document'),
    confirmedAt: instant('confirmed_at'),
    confirmedBy: text('confirmed_by'),
    choice: text('choice').$type<EstateChoice>(),
    /** The local day by which it has to be proven, and then by which the estate has to choose. */
    dueOn: date('due_on', { mode: 'string' }).notNull(),
    refutedAt: instant('refuted_at'),
    refutedBy: text('refuted_by'),
  },
  (t) => [
    uniqueIndex('deaths_open')
      .on(t.customerId)
      .where(sql`${t.refutedAt} is null`),
    check('deaths_confirmed', sql`${t.confirmedAt} is null or ${t.document} is not null`),
  ],
);

/** Relief that was asked for, and what was decided. On the lease's clock. */
export const hardships = leasesSchema.table(
  'hardships',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    why: text('why').$type<HardshipReason>().notNull(),
    /** What shows it, as it is filed. */
    evidence: text('evidence'),
    note: text('note'),
    requestedAt: instant('requested_at').notNull(),
    requestedBy: text('requested_by').notNull(),
    decision: text('decision').$type<'granted' | 'declined'>(),
    /** The first local day after what was granted, on which a person looks at it again. */
    reviewOn: date('review_on', { mode: 'string' }),
    agentNote: text('agent_note'),
    decidedAt: instant('decided_at'),
    decidedBy: text('decided_by'),
    reviewedAt: instant('reviewed_at'),
  },
  (t) => [
    index('hardships_lease').on(t.leaseId, t.requestedAt),
    uniqueIndex('hardships_undecided')
      .on(t.leaseId)
      .where(sql`${t.decidedAt} is null`),
    check('hardships_review', sql`${t.decision} is distinct from 'granted' or ${t.reviewOn} is not null`),
  ],
);

/** Thefts that were reported of the vehicle of a lease. */
export const thefts = leasesSchema.table(
  'thefts',
  {
    id: id(),
    leaseId: uuid('lease_id')
      .notNull()
      .references(() => leases.id),
    /** When it was stolen, as was said; on the lease's clock, as the others. */
    stolenAt: instant('stolen_at').notNull(),
    /** What the police file it under. */
    policeReference: text('police_reference'),
    reportedAt: instant('reported_at').notNull(),
    recoveredAt: instant('recovered_at'),
  },
  (t) => [index('thefts_lease').on(t.leaseId, t.reportedAt)],
);
