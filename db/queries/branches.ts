import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Market } from '#domain/markets';
import type { Queryable } from '../client.ts';
import { branches } from '../schema/index.ts';

export async function findBranch(db: Queryable, id: string) {
  const [row] = await db.select().from(branches).where(eq(branches.id, id));
  return row;
}

/** The names of the branches of some vehicles, by their ids. */
export async function branchNames(
  db: Queryable,
  of: readonly { readonly branchId: string | null }[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(of.flatMap(({ branchId }) => branchId ?? []))];
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: branches.id, name: branches.name })
    .from(branches)
    .where(inArray(branches.id, ids));
  return new Map(rows.map(({ id, name }) => [id, name]));
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
