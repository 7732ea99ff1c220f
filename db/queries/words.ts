import { sql, type Column, type SQL } from 'drizzle-orm';

/** What people type in their own words, by its names in details of the audit and in events. */
const typed = ['reason', 'note', 'notes', 'resolution', 'courtOrder', 'reference'] as const;

/** A detail without the words that people typed: they may name somebody who was erased. */
export function withoutWords(detail: Column | SQL): SQL<Record<string, unknown>> {
  const masked = typed.map(
    (name) =>
      sql`case when jsonb_typeof((${detail}) -> ${sql.raw(`'${name}'`)}) = 'string' then ${sql.raw(`'{"${name}":"erased"}'`)}::jsonb else '{}'::jsonb end`,
  );
  return sql<Record<string, unknown>>`(${detail}) || ${sql.join(masked, sql` || `)}`;
}
