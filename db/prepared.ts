import type postgres from 'postgres';
import { traceStatement } from './trace-statements.ts';

/**
 * Prepares what is sent as text, as drizzle does. The driver prepares its own templates only, and a statement
 * that is not prepared goes two ways there and back, the first to ask for the types, and is planned each time.
 */
export function prepareStatements(sql: postgres.Sql): postgres.Sql {
  const begin = (work: (tx: postgres.TransactionSql) => unknown) => sql.begin((tx) => work(prepared(tx)));
  return new Proxy(prepared(sql), {
    get: (target, name): unknown => (name === 'begin' ? begin : Reflect.get(target, name)),
  });
}

function prepared<Statements extends Pick<postgres.Sql, 'unsafe'>>(client: Statements): Statements {
  const unsafe: postgres.Sql['unsafe'] = (query, parameters, options) =>
    traceStatement(query, client.unsafe(query, parameters, { ...options, prepare: query.length <= LONGEST }));
  return new Proxy(client, {
    get: (target, name): unknown => (name === 'unsafe' ? unsafe : Reflect.get(target, name)),
  });
}

/** Characters. What is longer differs in the number of its rows, and would fill the memory of every session. */
const LONGEST = 4_000;
