import { DashboardBuilder, RowBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** A graph: what it asks Prometheus, how a line is called, and the unit as Grafana names it. */
interface Graph {
  readonly title: string;
  readonly unit: string;
  readonly queries: Readonly<Record<string, string>>;
}

type Rows = Readonly<Record<string, readonly Graph[]>>;

const graph = (title: string, unit: string, queries: Readonly<Record<string, string>>): Graph => ({
  title,
  unit,
  queries,
});

/** Gauges that several workers read from the books are the same in each. */
const fromBooks = (figure: string, ...labels: string[]) => `max by (${labels.join(', ')}) (${figure})`;
const rate = (figure: string, ...labels: string[]) => `sum by (${labels.join(', ')}) (rate(${figure}[5m]))`;
const quantile = (q: number, histogram: string, ...labels: string[]) =>
  `histogram_quantile(${q}, sum by (${['le', ...labels].join(', ')}) (rate(${histogram}_bucket[5m])))`;

const business: Rows = {
  'Service levels': [
    graph('Late, of an hour', 'percentunit', {
      '{{level}}': 'service_level:late:ratio{window="1h"}',
      positions: 'telemetry:late:ratio_rate1h',
      api: 'api:errors:ratio_rate1h',
    }),
    graph('Counted in an hour', 'short', {
      '{{level}} {{outcome}}': 'max by (level, outcome) (service_level_recent{window="1h"})',
    }),
  ],
  Leases: [
    graph('Leases by status', 'short', { '{{market}} {{status}}': fromBooks('leases', 'market', 'status') }),
    graph('Portfolio at risk', 'percentunit', {
      '{{market}}, {{days}} days': fromBooks('portfolio_at_risk_ratio', 'market', 'days'),
    }),
  ],
  Payments: [
    graph('Payments of the last hour', 'short', {
      '{{provider}} {{kind}} {{status}} {{reason}}': fromBooks(
        'payments_recent',
        'provider',
        'kind',
        'status',
        'reason',
      ),
    }),
    graph('Oldest payment in doubt', 's', { '{{provider}}': fromBooks('payments_unknown_age_seconds', 'provider') }),
    graph('Confirmed and not booked', 's', { age: 'max(payments_unbooked_age_seconds)' }),
    graph('Money that waits for a lease', 'short', { '{{provider}}': fromBooks('suspense_items', 'provider') }),
  ],
  People: [
    graph('Open cases', 'short', { '{{kind}}': fromBooks('cases_open', 'kind') }),
    graph('Open tickets', 'short', { '{{priority}}': fromBooks('tickets_open', 'priority') }),
    graph('Dead letters', 'short', { '{{kind}}': fromBooks('dead_letters', 'kind') }),
  ],
};

const workflows: Rows = {
  Health: [
    graph('Dead and stuck', 'short', {
      'leases without workflow': 'max(leases_without_workflow)',
      'workflows stuck': 'max(workflows_stuck)',
    }),
    graph('Failed tries of activities', 'ops', {
      '{{activity}} {{kind}}': `${rate('activity_failures_total', 'activity', 'kind')} or vector(0)`,
    }),
  ],
  Queues: [
    graph('Tasks that wait', 'short', { '{{queue}} {{type}}': fromBooks('task_queue_backlog_tasks', 'queue', 'type') }),
    graph('Oldest task', 's', { '{{queue}} {{type}}': fromBooks('task_queue_backlog_age_seconds', 'queue', 'type') }),
    graph('Workers that ask', 'short', { '{{queue}} {{type}}': fromBooks('task_queue_pollers', 'queue', 'type') }),
  ],
  Events: [
    graph('Readers behind', 's', { '{{reader}}': fromBooks('events_reader_delay_seconds', 'reader') }),
    graph('Subjects that cannot be taken', 'short', { '{{reader}}': fromBooks('events_subjects_lagging', 'reader') }),
  ],
};

const api: Rows = {
  Requests: [
    graph('By status', 'reqps', { '{{status}}': rate('http_request_duration_seconds_count', 'status') }),
    graph('Slowest of a hundred, by route', 's', {
      '{{route}}': quantile(0.99, 'http_request_duration_seconds', 'route'),
    }),
    graph('Failed', 'percentunit', {
      'five minutes': 'api:errors:ratio_rate5m',
      'an hour': 'api:errors:ratio_rate1h',
    }),
  ],
  Providers: [
    graph('Requests by outcome', 'reqps', {
      '{{provider}} {{outcome}}': rate('provider_request_duration_seconds_count', 'provider', 'outcome'),
    }),
    graph('Slowest of twenty', 's', {
      '{{provider}}': quantile(0.95, 'provider_request_duration_seconds', 'provider'),
    }),
    graph('Circuits that are open', 'short', {
      '{{provider}} {{component}}': 'max by (provider, component) (provider_circuit{state="open"})',
    }),
  ],
  Processes: [
    graph('Memory', 'bytes', { '{{component}}': 'process_resident_memory_bytes' }),
    graph('Processor', 'percentunit', { '{{component}}': 'rate(process_cpu_seconds_total[5m])' }),
    graph('Event loop, slowest of a hundred', 's', { '{{component}}': 'nodejs_eventloop_lag_p99_seconds' }),
  ],
};

const telemetry: Rows = {
  Trackers: [
    graph('Trackers', 'short', { 'online {{online}}': fromBooks('trackers', 'online') }),
    graph('What they say', 'ops', { '{{outcome}}': rate('telemetry_readings_total', 'outcome') }),
    graph('From arrival to commit', 's', {
      'half of them': quantile(0.5, 'telemetry_commit_seconds'),
      'all but one of a hundred': quantile(0.99, 'telemetry_commit_seconds'),
    }),
    graph('Age when it came', 's', { 'half of them': quantile(0.5, 'telemetry_lag_seconds') }),
    graph('Messages that wait', 'short', { messages: 'sum(telemetry_waiting_messages)' }),
  ],
  Vehicles: [
    graph('Commands of the last hour', 'short', {
      '{{type}} {{state}}': fromBooks('vehicle_commands_recent', 'type', 'state'),
    }),
    graph('Longest wait of a vehicle that may start', 's', { seconds: 'max(vehicle_start_seconds)' }),
  ],
};

const postgres: Rows = {
  Connections: [
    graph('By process', 'short', {
      '{{application}} {{state}}': fromBooks('database_connections', 'application', 'state'),
    }),
    graph('Allowed', 'short', { connections: 'max(database_connections_limit)' }),
    graph('Oldest transaction', 's', { seconds: 'max(database_oldest_transaction_seconds)' }),
  ],
};

const temporal: Rows = {
  Tasks: [
    graph('Workflow tasks, schedule to start, slowest of a hundred', 's', {
      '{{task_queue}}': quantile(0.99, 'temporal_workflow_task_schedule_to_start_latency_seconds', 'task_queue'),
    }),
    graph('Activities, schedule to start, slowest of a hundred', 's', {
      '{{task_queue}}': quantile(0.99, 'temporal_activity_schedule_to_start_latency_seconds', 'task_queue'),
    }),
    graph('Activities, execution, slowest of a hundred', 's', {
      '{{activity_type}}': quantile(0.99, 'temporal_activity_execution_latency_seconds', 'activity_type'),
    }),
  ],
  Workers: [
    graph('Slots that are free', 'short', {
      '{{task_queue}} {{worker_type}}': 'min by (task_queue, worker_type) (temporal_worker_task_slots_available)',
    }),
    graph('Workflows in the cache', 'short', { workflows: 'sum(temporal_sticky_cache_size)' }),
    graph('Requests to the server', 'reqps', { '{{operation}}': rate('temporal_request_total', 'operation') }),
  ],
};

/** The dashboards by the name of their file; `npm run documents` writes them to deploy/grafana/dashboards. */
export const dashboards: Readonly<Record<string, Dashboard>> = {
  business: dashboard('business', 'Leases and payments', business),
  workflows: dashboard('workflows', 'Workflows and events', workflows),
  api: dashboard('api', 'API, providers, processes', api),
  telemetry: dashboard('telemetry', 'Trackers and vehicles', telemetry),
  postgres: dashboard('postgres', 'Database', postgres),
  temporal: dashboard('temporal', 'Temporal', temporal),
};

/** What each of them asks, for whoever tries each query. */
export const asked = Object.entries({ business, workflows, api, telemetry, postgres, temporal }).flatMap(
  ([name, rows]) =>
    Object.values(rows)
      .flat()
      .flatMap(({ title, queries }) => Object.values(queries).map((query) => ({ dashboard: name, title, query }))),
);

function dashboard(uid: string, title: string, rows: Rows): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`rent-to-own-${uid}`)
    .tags(['rent-to-own'])
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser');
  for (const [name, graphs] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(name));
    for (const one of graphs) builder.withPanel(panelOf(one));
  }
  return builder.build();
}

function panelOf({ title, unit, queries }: Graph): PanelBuilder {
  const panel = new PanelBuilder().title(title).unit(unit).min(0).height(8).span(12);
  for (const [legend, expr] of Object.entries(queries))
    panel.withTarget(new DataqueryBuilder().expr(expr).legendFormat(legend));
  return panel;
}
