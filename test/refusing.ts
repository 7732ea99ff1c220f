import type { TestDatabase } from './database.ts';

/** A statement on a table that the database refuses with an SQLSTATE, until it is mended. */
export interface Refusing {
  mend(): Promise<void>;
}

let serial = 0;

/**
 * Makes Postgres refuse what is written to a table, as a constraint, a failover or a full disk would.
 *
 * @param on `insert`, `update` or both with `insert or update`
 * @param where a condition on `new`, for some rows only
 */
export async function refuseWrites(
  { sql }: Pick<TestDatabase, 'sql'>,
  table: string,
  { state, on = 'insert or update', where = 'true' }: { state: string; on?: string; where?: string },
): Promise<Refusing> {
  serial += 1;
  const name = `refuses_${serial}`;
  await sql.unsafe(`
    create function ${name}() returns trigger language plpgsql as $$
    begin raise exception 'the row says %', new using errcode = '${state}'; end $$;
    create trigger ${name} before ${on} on ${table} for each row when (${where}) execute function ${name}();`);
  return {
    async mend() {
      await sql.unsafe(`drop trigger ${name} on ${table}; drop function ${name}();`);
    },
  };
}
