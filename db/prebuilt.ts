import {
  fillPlaceholders,
  getTableColumns,
  SQL,
  sql,
  type InferSelectModel,
  type Placeholder,
  type Query,
} from 'drizzle-orm';
import { PgDialect, type PgTable } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { Queryable } from './client.ts';

/*
 * Statements of the hot paths, whose SQL is built once. drizzle builds the text of a statement anew for each call, which
 * was a third of what a payment in the books cost; its own `prepare` belongs to one session, and each transaction has
 * another.
 */

/** Build statements, and run none. */
const dialect = new PgDialect();
const builder: PostgresJsDatabase = drizzle.mock();

type Runner = Pick<Queryable, 'execute'>;
type Values = Readonly<Record<string, unknown>>;
/** Makes a statement, with `given(name)` where a value comes later. */
type Build = (
  db: PostgresJsDatabase,
  given: <Name extends string>(name: Name) => Placeholder<Name>,
) => { toSQL(): Query };

/** A statement whose text is known. */
class Built extends SQL {
  readonly #query: Query;

  constructor(query: Query) {
    super([]);
    this.#query = query;
  }

  override toQuery(): Query {
    return this.#query;
  }
}

/** A statement whose answer, if it has one, is as the driver gives it: `Row` is the caller's word. */
export function prebuilt<Row = unknown>(build: Build) {
  let known: Query | undefined;
  return async (tx: Runner, values: Values): Promise<readonly Row[]> => {
    known ??= build(builder, (name) => sql.placeholder(name)).toSQL();
    const rows: readonly unknown[] = await tx.execute(
      new Built({ sql: known.sql, params: fillPlaceholders(known.params, values) }),
    );
    return rows as readonly Row[];
  };
}

/** As `prebuilt`, of SQL that drizzle has no words for. */
export function prebuiltSql<Row = unknown>(build: (given: (name: string) => Placeholder) => SQL) {
  return prebuilt<Row>((_, given) => ({ toSQL: () => dialect.sqlToQuery(build(given)) }));
}

/** A statement that answers whole rows of a table. */
export function prebuiltRows<Table extends PgTable>(table: Table, build: Build) {
  const run = prebuilt<Record<string, unknown>>(build);
  const read = rowOf(table);
  return async (tx: Runner, values: Values): Promise<InferSelectModel<Table>[]> => (await run(tx, values)).map(read);
}

/** An update of some columns of the rows of a table, built once for each set of them. */
export function prebuiltUpdate<Table extends PgTable>(
  table: Table,
  build: (
    db: PostgresJsDatabase,
    set: Record<string, Placeholder>,
    given: (name: string) => Placeholder,
  ) => { toSQL(): Query },
) {
  const known = new Map<string, ReturnType<typeof prebuiltRows<Table>>>();
  return (tx: Runner, changes: Partial<InferSelectModel<Table>>, values: Values) => {
    const names = Object.keys(changes)
      .filter((name) => Reflect.get(changes, name) !== undefined)
      .sort();
    const key = names.join();
    let run = known.get(key);
    if (run === undefined) {
      const set = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]));
      run = prebuiltRows(table, (db, given) => build(db, set, given));
      known.set(key, run);
    }
    return run(tx, { ...changes, ...values });
  };
}

/** Reads a row as the driver gives it, by the names of the database. */
export function rowOf<Table extends PgTable>(table: Table): (row: Record<string, unknown>) => InferSelectModel<Table> {
  const columns = Object.entries(getTableColumns(table));
  return (row) => {
    const read: Record<string, unknown> = {};
    for (const [key, column] of columns) {
      const value = row[column.name];
      read[key] = value === null || value === undefined ? null : column.mapFromDriverValue(value);
    }
    return read as InferSelectModel<Table>;
  };
}
