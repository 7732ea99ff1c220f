import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgSchema, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { CreditConditions, CreditReason, CreditStatus, CreditTier } from '../../domain/credit/assessment.ts';
import { id, instant } from './columns.ts';
import { users } from './identity.ts';

export const credit = pgSchema('credit');

/** Every assessment with the facts it was made on, so that a decision can be explained years later. */
export const assessments = credit.table(
  'assessments',
  {
    id: id(),
    leaseId: uuid('lease_id').notNull(),
    customerId: uuid('customer_id')
      .notNull()
      .references(() => users.id),
    status: text('status').$type<CreditStatus>().notNull(),
    score: integer('score').notNull(),
    tier: text('tier').$type<CreditTier>().notNull(),
    reasons: jsonb('reasons').$type<CreditReason[]>().notNull(),
    conditions: jsonb('conditions').$type<CreditConditions>(),
    facts: jsonb('facts').$type<Record<string, unknown>>().notNull(),
    scorecardVersion: text('scorecard_version').notNull(),
    decidedBy: uuid('decided_by'),
    decisionReason: text('decision_reason'),
    decidedAt: instant('decided_at'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('assessments_lease').on(t.leaseId),
    index('assessments_customer').on(t.customerId, t.createdAt),
    check('assessments_status', sql`${t.status} in ('approved', 'referred', 'declined')`),
  ],
);
