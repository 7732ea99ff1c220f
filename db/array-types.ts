import type postgres from 'postgres';
import { parse } from 'postgres-array';

/**
 * Teaches a driver the arrays of the built-in types, which it would ask of the server on each connection. A connection
 * that is lost while it asks ends the process: postgres.js 3.4.9 waits for that answer out of reach of any `catch`.
 */
export function knowArrayTypes({ options }: postgres.Sql): void {
  const { parsers, serializers } = options;
  for (const [element, array] of arrays) {
    const read = parsers[element] ?? String;
    const write = serializers[element] ?? String;
    parsers[array] = (text: string) => parse(text, read);
    serializers[array] = (values: unknown) => (Array.isArray(values) ? literal(values, write) : values);
  }
  Object.assign(options, { fetch_types: false, shared: { retries: 0, typeArrayMap: Object.fromEntries(arrays) } });
}

/** An array as Postgres reads it (PostgreSQL 18, 8.15.2). */
function literal(values: readonly unknown[], write: (value: unknown) => unknown): string {
  const parts = values.map((value) => {
    if (Array.isArray(value)) return literal(value, write);
    if (value === undefined) throw new TypeError('an array that is sent has no undefined');
    return value === null ? 'NULL' : `"${String(write(value)).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  });
  return `{${parts.join(',')}}`;
}

/**
 * Numbers of a type and of its array, which never change: bool, bytea, int8, int2, int4, text, json, float4, float8,
 * varchar, date, timestamp, timestamptz, numeric, uuid, jsonb.
 */
const arrays: readonly (readonly [element: number, array: number])[] = [
  [16, 1000],
  [17, 1001],
  [20, 1016],
  [21, 1005],
  [23, 1007],
  [25, 1009],
  [114, 199],
  [700, 1021],
  [701, 1022],
  [1043, 1015],
  [1082, 1182],
  [1114, 1115],
  [1184, 1185],
  [1700, 1231],
  [2950, 2951],
  [3802, 3807],
];
