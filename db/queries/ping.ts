import type postgres from 'postgres';

/** Asks the database nothing: that it answers is all. */
export const pingDatabase = async (sql: postgres.Sql): Promise<unknown> => sql`select 1`;
