import { and, eq, isNull } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { deaths } from '../schema/index.ts';

export type DeathRow = typeof deaths.$inferSelect;

/** A death of a customer that was reported, proven or not, and not found to be wrong. */
export async function openDeathOf(db: Queryable, customerId: string): Promise<DeathRow | undefined> {
  const isOpen = and(eq(deaths.customerId, customerId), isNull(deaths.refutedAt));
  const [row] = await db.select().from(deaths).where(isOpen);
  return row;
}
