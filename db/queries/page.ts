import { sql, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/** A row of a list that is ordered by time and id, the newest first. */
export interface PagePlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** A part of such a list: what comes after the row that `before` names. */
export interface Page {
  readonly limit: number;
  readonly before?: PagePlace | undefined;
}

/** What comes after that row, where a list has such a time and id. */
export function olderThan(place: PagePlace | undefined, at: AnyPgColumn, id: AnyPgColumn): SQL | undefined {
  if (place === undefined) return undefined;
  return sql`(${at}, ${id}) < (${place.createdAt.toISOString()}::timestamptz, ${place.id}::uuid)`;
}
