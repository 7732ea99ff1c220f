import type postgres from 'postgres';
import type { Metrics } from '#platform/metrics/metrics';

interface OfReader {
  readonly reader: string;
  readonly value: number;
}

/** What the readers of the events have not taken, looked up when somebody asks for the figures. */
export function measureReaders(metrics: Metrics, sql: postgres.Sql): void {
  metrics.look(
    'events_reader_delay_seconds',
    () =>
      sql<OfReader[]>`
      select r.name as reader, coalesce(extract(epoch from now() - least(
        (select created_at from events.outbox where position > r.position order by position limit 1),
        (select created_at from events.outbox where position is null order by number limit 1)
      )), 0)::float8 as value
      from events.readers r where r.subject is null`,
  );
  metrics.look(
    'events_subjects_lagging',
    () => sql<OfReader[]>`select name as reader, count(subject)::int as value from events.readers group by name`,
  );
}
