import type postgres from 'postgres';
import { beginSpan, isRecording, markFailed } from '#platform/tracing/traced';

/**
 * A statement within a trace is a span, named after what it does and to which table. Neither its text nor its values are
 * in it. Outside a trace it is left as it is.
 */
export function traceStatement<Row extends readonly postgres.MaybeRow[]>(
  text: string,
  query: postgres.PendingQuery<Row>,
): postgres.PendingQuery<Row> {
  if (!isRecording()) return query;
  const { operation, table } = whatItDoes(text);
  const span = beginSpan(table === undefined ? operation : `${operation} ${table}`, {
    kind: 'client',
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(table === undefined ? {} : { 'db.collection.name': table }),
    },
  });
  if (span === null) return query;
  const over = () =>
    query.then(
      (rows) => (span.end(), rows),
      (error: unknown) => {
        markFailed(span, error);
        span.end();
        throw error;
      },
    );
  // It is sent when somebody waits for it, perhaps after it has been told how to answer.
  const watched: postgres.PendingQuery<Row> = new Proxy(query, {
    get(target, name): unknown {
      if (name === 'then') return (...handlers: Parameters<typeof query.then>) => over().then(...handlers);
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...given: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(found, target, given);
        return result === target ? watched : result;
      };
    },
  });
  return watched;
}

/** `select` and `leases.leases`. */
function whatItDoes(text: string): { readonly operation: string; readonly table: string | undefined } {
  const [, operation = 'statement'] = /^\s*([a-z]+)/i.exec(text) ?? [];
  const [, schema, table] = /\b(?:from|into|update|join)\s+(?:"?(\w+)"?\.)?"?(\w+)"?/i.exec(text) ?? [];
  const named = table === undefined || schema === undefined ? table : `${schema}.${table}`;
  return { operation: operation.toLowerCase(), table: named };
}
