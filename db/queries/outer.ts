import { sql, type Column, type SQL } from 'drizzle-orm';

/**
 * A column of the row for which a subquery is asked, written with the name of its table wherever that stands. Given as it is,
 * it is written without one where a statement of one table selects the subquery or returns it, and then means the subquery's
 * own column of that name.
 */
export const outer = (column: Column): SQL => sql`${column}`;
