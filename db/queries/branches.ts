import { and, asc, eq, sql } from 'drizzle-orm';
import type { Market } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { branches } from '../schema/index.ts';

export async function findBranch(db: Queryable, id: string) {
  const [row] = await db.select().from(branches).where(eq(branches.id, id));
  return row;
}

/** Branches by name, after the one that `after` names. */
export function listBranches(
  db: Queryable,
  market: Market | undefined,
  { limit, after }: { readonly limit: number; readonly after?: readonly [name: string, id: string] | undefined },
) {
  return db
    .select()
    .from(branches)
    .where(
      and(
        market === undefined ? undefined : eq(branches.market, market),
        after === undefined
          ? undefined
          : sql`(${branches.name}, ${branches.id}) > (${after[0]}::text, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(asc(branches.name), asc(branches.id))
    .limit(limit);
}
