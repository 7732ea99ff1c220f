import { and, desc, eq, ne } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { remittances, users } from '../schema/index.ts';
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
