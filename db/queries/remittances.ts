import { and, desc, eq, isNotNull, ne, sql } from 'drizzle-orm';
import { accounts as names } from '#domain/ledger/ledger';
import type { Currency } from '#domain/money';
import type { Queryable } from '../client.ts';
import { prebuilt } from '../prebuilt.ts';
import { accounts, entries, remittances, users } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type RemittanceRow = typeof remittances.$inferSelect;

/** Newest first. */
export async function listRemittances(
  db: Queryable,
  agentId: string,
  { limit, before }: Page,
): Promise<(RemittanceRow & { readonly createdAt: Date })[]> {
  const rows = await db
    .select()
    .from(remittances)
    .where(and(eq(remittances.agentId, agentId), olderThan(before, remittances.declaredAt, remittances.id)))
    .orderBy(desc(remittances.declaredAt), desc(remittances.id))
    .limit(limit);
  return rows.map((row) => ({ ...row, createdAt: row.declaredAt }));
}

/** One agent's remittance; undefined where it is another's. */
export async function findRemittance(db: Queryable, agentId: string, id: string): Promise<RemittanceRow | undefined> {
  const [row] = await db
    .select()
    .from(remittances)
    .where(and(eq(remittances.agentId, agentId), eq(remittances.id, id)));
  return row;
}

/** A member of staff, disabled or not; undefined for anybody else. */
export async function findStaff(db: Queryable, id: string): Promise<{ readonly id: string } | undefined> {
  const [row] = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), ne(users.role, 'customer')));
  return row;
}

/** Whether an agent is disabled; locked by his float, since that is looked at when he is. */
export const isDisabled = async (db: Queryable, agentId: string): Promise<boolean> =>
  (await disabledOf(db, { id: agentId })).length > 0;

const disabledOf = prebuilt((db, given) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, given('id')), isNotNull(users.disabledAt))),
);

/** What an agent holds, from the ledger, in minor units. */
export async function floatOf(db: Queryable, agentId: string, currency: Currency): Promise<number> {
  const [held] = await balanceOf(db, { name: names.float(agentId), currency });
  return Number(held?.balance ?? 0);
}

const balanceOf = prebuilt<{ balance: string }>((db, given) =>
  db
    .select({ balance: sql<string>`coalesce(sum(${entries.amount}), 0)`.as('balance') })
    .from(entries)
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(and(eq(accounts.name, given('name')), eq(accounts.currency, given('currency')))),
);

/** What an agent has declared and nobody has confirmed yet, in minor units. */
export async function declaredOf(db: Queryable, agentId: string, currency: Currency): Promise<number> {
  const open = and(eq(remittances.agentId, agentId), eq(remittances.status, 'declared'));
  const [sum] = await db
    .select({ amount: sql<string>`coalesce(sum(${remittances.amount}), 0)` })
    .from(remittances)
    .where(and(open, eq(remittances.currency, currency)));
  return Number(sum?.amount ?? 0);
}
