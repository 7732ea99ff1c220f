import type postgres from 'postgres';
import { Gauge, type Registry } from 'prom-client';

interface Figure {
  readonly reader: string;
  readonly value: number;
}

/** What the readers of the events have not taken, looked up when somebody asks for the figures. */
export function measureReaders(metrics: Registry, sql: postgres.Sql): void {
  measure(
    metrics,
    'events_reader_delay_seconds',
    'Age of the oldest event that the reader has not come to',
    () =>
      sql<Figure[]>`
      select r.name as reader, coalesce(extract(epoch from now() - least(
        (select created_at from events.outbox where position > r.position order by position limit 1),
        (select created_at from events.outbox where position is null order by number limit 1)
      )), 0)::float8 as value
      from events.readers r where r.subject is null`,
  );
  measure(
    metrics,
    'events_subjects_lagging',
    'Subjects whose next event the reader cannot take',
    () => sql<Figure[]>`select name as reader, count(subject)::int as value from events.readers group by name`,
  );
}

function measure(metrics: Registry, name: string, help: string, read: () => Promise<Figure[]>): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: ['reader'],
    registers: [metrics],
    // Without a database there is no figure; the others are shown.
    async collect() {
      gauge.reset();
      for (const { reader, value } of await read().catch(() => [])) gauge.set({ reader }, value);
    },
  });
}
