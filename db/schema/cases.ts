import { sql } from 'drizzle-orm';
import { index, jsonb, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { CaseKind } from '../../domain/cases.ts';
import { id, instant } from './columns.ts';
import { payments } from './payments.ts';

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
    index('cases_payment').on(t.paymentId),
  ],
);
