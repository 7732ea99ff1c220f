import { and, inArray, or, sql, type SQL } from 'drizzle-orm';
import { readTyped, type TypedWords } from '#domain/vehicles/search-words';
import type { Queryable } from '../client.ts';
import { vehicles } from '../schema/index.ts';

/** What was typed, as words that vehicles have; `rest` is a tsquery, or null where nothing else was. */
export interface MeantWords extends Omit<TypedWords, 'rest'> {
  readonly rest: string | null;
}

/** A number that was typed to its letters, `bm100` for `bm 100`, where no vehicle has it so: what is before its digits, and they. */
const apart = sql`
  case when exists (select from vehicles.words where word like '%' || written || '%') then array[written]
  else string_to_array(regexp_replace(written, '([[:alpha:]])([[:digit:]])', '\\1 \\2', 'g'), ' ') end`;

/**
 * Each word that was typed as words that vehicles have: those that it is in, or where there are none those that look
 * like it.
 */
const meant = (typed: string) => sql<{ found: string[] | null }>`
  select coalesce(
    (select array_agg(word) from (
      select word from vehicles.words
      where word like case when length(asked) < 3 then asked || '%' else '%' || asked || '%' end
      order by word = asked desc, word limit 50) known),
    (select array_agg(word) from (
      select word from vehicles.words where word % asked order by similarity(word, asked) desc, word limit 5) alike),
    (select array_agg(word) from (
      select word from vehicles.words
      where left(word, 1) = left(asked, 1) and abs(length(word) - length(asked)) < 2 and similarity(word, asked) >= 0.2
      order by similarity(word, asked) desc, word limit 3) confused)) as found
  from unnest(tsvector_to_array(vehicles.lexemes(${typed}))) as written, unnest(${apart}) as asked`;

/** Null where what was typed says nothing of a vehicle; undefined where nothing can match it. */
export async function wordsMeant(db: Queryable, q: string): Promise<MeantWords | null | undefined> {
  const typed = readTyped(q);
  if (typed === null) return undefined;
  if (typed.rest === '') return typed.types.length + typed.years.length === 0 ? null : { ...typed, rest: null };
  const rows = [...(await db.execute<{ found: string[] | null }>(meant(typed.rest)))];
  if (rows.length === 0 || rows.some(({ found }) => found === null)) return undefined;
  const rest = rows.map(({ found }) => `(${anyOf(found ?? [])})`).join(' & ');
  return { ...typed, rest };
}

const anyOf = (words: readonly (string | number)[]) => words.map((word) => `'${word}'`).join(' | ');

/** What a vehicle is found by: of one whose place is hidden make, model and features alone. */
export const lexemesFor = (hidden: SQL | null): SQL =>
  hidden === null
    ? sql`${vehicles.lexemes}`
    : sql`(case when ${hidden} then ts_filter(${vehicles.lexemes}, '{a,b}') else ${vehicles.lexemes} end)`;

/** The index finds them by all their words first. */
const has = (query: string, hidden: SQL | null): SQL =>
  hidden === null
    ? sql`${vehicles.lexemes} @@ ${query}::tsquery`
    : sql`(${vehicles.lexemes} @@ ${query}::tsquery and ${lexemesFor(hidden)} @@ ${query}::tsquery)`;

/** Whether a vehicle is what was typed: of the type or with its word, of the year or with its number, and has the rest. */
export function hasWords(words: MeantWords | undefined, hidden: SQL | null): SQL {
  if (words === undefined) return sql`false`;
  const { types, typeWords, years, rest } = words;
  const isSo = and(
    types.length === 0 ? undefined : or(inArray(vehicles.type, [...types]), has(anyOf(typeWords), hidden)),
    years.length === 0 ? undefined : or(inArray(vehicles.year, [...years]), has(anyOf(years), hidden)),
    rest === null ? undefined : has(rest, hidden),
  );
  return isSo ?? sql`true`;
}
