import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  date,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Actor } from '../../domain/identity/roles.ts';
import { currency, id, instant, minor } from './columns.ts';

export const ledger = pgSchema('ledger');

/** One account per purpose, currency and, where it belongs to one, lease, provider or agent. */
export const accounts = ledger.table(
  'accounts',
  {
    id: id(),
    /** `lease:<id>:receivable`, `clearing:mtn`, `income:vehicle`, … see domain/ledger/ledger.ts. */
    name: text('name').notNull(),
    currency: currency(),
    leaseId: uuid('lease_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('accounts_name').on(t.name, t.currency),
    // The order of the list, and its prefixes; the database's own collation serves neither.
    index('accounts_list').on(sql`${t.name} collate "C"`, t.id),
    index('accounts_lease').on(t.leaseId),
  ],
);

/** A balanced movement. Never edited: triggers refuse it, and refuse one whose entries do not balance. */
export const transfers = ledger.table(
  'transfers',
  {
    id: id(),
    /** Whose journal it is in: `lease:<id>`, `provider:<name>` (suspense) or `agent:<id>` (remittances). */
    book: text('book').notNull(),
    /** 1, 2, 3 … in its book, without gaps: given by a trigger. */
    sequence: integer('sequence').notNull().default(0),
    number: bigint('number', { mode: 'number' }).generatedAlwaysAsIdentity(),
    /** Business key: the same movement posted again is the same transfer. */
    key: text('key').notNull(),
    kind: text('kind').notNull(),
    leaseId: uuid('lease_id'),
    /** What caused it: an attempt, a handover, a decision. */
    cause: jsonb('cause').$type<Record<string, string>>().notNull(),
    actor: jsonb('actor').$type<Actor>().notNull(),
    description: text('description').notNull(),
    /** Local date of the market on the lease's clock. */
    businessDate: date('business_date', { mode: 'string' }).notNull(),
    /** The local date from which it counts: the day of a payment that became known later, else the business date. */
    valueOn: date('value_on', { mode: 'string' }).notNull(),
    /** On the lease's clock. */
    at: instant('at').notNull(),
    reverses: uuid('reverses'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('transfers_key').on(t.key),
    uniqueIndex('transfers_reverses').on(t.reverses),
    uniqueIndex('transfers_sequence').on(t.book, t.sequence),
    index('transfers_day').on(t.businessDate, t.number),
    index('transfers_lease').on(t.leaseId, t.number),
  ],
);

/** Debits are positive, credits negative: the entries of a transfer sum to zero in each currency. */
export const entries = ledger.table(
  'entries',
  {
    transferId: uuid('transfer_id')
      .notNull()
      .references(() => transfers.id),
    line: smallint('line').notNull(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    amount: minor('amount').notNull(),
    currency: currency(),
  },
  (t) => [
    primaryKey({ columns: [t.transferId, t.line] }),
    index('entries_account').on(t.accountId),
    check('entries_amount', sql`${t.amount} <> 0`),
  ],
);
