/**
 * Every figure that a process shows, beside those of Node (`nodejs_*`, `process_*`) and of Temporal's SDK (`temporal_*`).
 * A name ends in its unit or in `_total`. A label has few values, all known beforehand: never an id, a phone or a path.
 */
export interface Figure {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in the unit of its name. */
  readonly buckets?: readonly number[];
  /** The processes that show it. What is read from the database is the same in each of them. */
  readonly shownBy: string;
}

/** Upper bounds in seconds for what is asked over a network. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Shown by the worker that runs the kind `upkeep`, from the books. */
const FROM_BOOKS = 'worker (upkeep)';

export const figures = {
  figures_unread: {
    type: 'gauge',
    help: 'Figures that could not be looked up the last time that somebody asked',
    labels: ['figure'],
    shownBy: 'all',
  },
  http_request_duration_seconds: {
    type: 'histogram',
    help: 'Duration of HTTP requests by method, route pattern and status',
    labels: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    shownBy: 'api',
  },
  callbacks_rejected_total: {
    type: 'counter',
    help: 'Callbacks of providers with a wrong secret',
    labels: ['provider'],
    shownBy: 'api',
  },
  texts_refused_total: {
    type: 'counter',
    help: 'Login codes that were not sent since too many were asked for in an hour',
    labels: ['bound'],
    shownBy: 'api',
  },
  phrases_missing_total: {
    type: 'counter',
    help: 'Phrases that customers heard in English, since their language does not have them',
    labels: ['language'],
    shownBy: 'api',
  },
  notifications_total: {
    type: 'counter',
    help: 'Steps of notifications: tried by a channel, delivered by one, or dead, with the reason in the place of the channel',
    labels: ['step', 'by'],
    shownBy: 'worker',
  },
  notification_fallbacks_total: {
    type: 'counter',
    help: 'Notifications that customers got in English, since their language does not have them',
    labels: ['kind', 'language'],
    shownBy: 'worker',
  },
  provider_circuit: {
    type: 'gauge',
    help: 'State of the circuit breaker towards a provider in this process: 1 for the state it is in',
    labels: ['provider', 'state'],
    shownBy: 'worker',
  },
  provider_request_duration_seconds: {
    type: 'histogram',
    help: 'Duration of requests to a provider by outcome: the status class, no_answer, or not_sent where nothing left',
    labels: ['provider', 'outcome'],
    buckets: REQUEST_SECONDS,
    shownBy: 'api, worker',
  },
  activity_failures_total: {
    type: 'counter',
    help: 'Tries of activities that failed; refusals and polls without news are none',
    labels: ['activity', 'kind'],
    shownBy: 'worker',
  },
  events_reader_delay_seconds: {
    type: 'gauge',
    help: 'Age of the oldest event that the reader has not come to',
    labels: ['reader'],
    shownBy: 'worker',
  },
  events_subjects_lagging: {
    type: 'gauge',
    help: 'Subjects whose next event the reader cannot take',
    labels: ['reader'],
    shownBy: 'worker',
  },
  books_looked_at_timestamp_seconds: {
    type: 'gauge',
    help: 'When figures were looked up in the books last, in seconds since 1970: without it there are none',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  leases_without_workflow: {
    type: 'gauge',
    help: 'Leases that go on in the books while their workflow has died, at the last look',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  workflows_stuck: {
    type: 'gauge',
    help: 'Workflows that stand still because their own code fails, at the last look',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  workflows_looked_at_timestamp_seconds: {
    type: 'gauge',
    help: 'When dead and stuck workflows were looked for last, in seconds since 1970',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  task_queue_backlog_tasks: {
    type: 'gauge',
    help: 'Tasks of a Temporal task queue that no worker has taken; type is workflow or activity',
    labels: ['queue', 'type'],
    shownBy: FROM_BOOKS,
  },
  task_queue_backlog_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest task of a Temporal task queue that no worker has taken',
    labels: ['queue', 'type'],
    shownBy: FROM_BOOKS,
  },
  task_queue_pollers: {
    type: 'gauge',
    help: 'Workers that ask for tasks of a Temporal task queue and get them: of the current version, or of the ramping one where they are fewer',
    labels: ['queue', 'type'],
    shownBy: FROM_BOOKS,
  },
  disk_free_ratio: {
    type: 'gauge',
    help: 'The share of a disk that is free, of those that DISKS names',
    labels: ['disk'],
    shownBy: FROM_BOOKS,
  },
  certificate_expires_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate of a server ends that CERTIFICATES names, in seconds since 1970',
    labels: ['of'],
    shownBy: FROM_BOOKS,
  },
  database_connections: {
    type: 'gauge',
    help: 'Connections to the database server, those of Temporal among them, by the process that holds them and what they do',
    labels: ['application', 'state'],
    shownBy: FROM_BOOKS,
  },
  database_connections_limit: {
    type: 'gauge',
    help: 'Connections that the database allows in all',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  database_oldest_transaction_seconds: {
    type: 'gauge',
    help: 'Age of the oldest open transaction',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  database_archive_failing_seconds: {
    type: 'gauge',
    help: 'Time since the database’s log was archived last, where archiving has failed since; 0 where it has not',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  database_backup_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last base backup of deploy/postgres/backup.sh ended, in seconds since 1970; 0 is never. Only where the log is archived',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  payments_recent: {
    type: 'gauge',
    help: 'Payments that were begun in the last hour, by what became of them; refunds and cash have their own kind',
    labels: ['provider', 'kind', 'status', 'reason'],
    shownBy: FROM_BOOKS,
  },
  payments_unknown: {
    type: 'gauge',
    help: 'Payments of which nobody knows whether they were made',
    labels: ['provider'],
    shownBy: FROM_BOOKS,
  },
  payments_unknown_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest payment of which nobody knows whether it was made',
    labels: ['provider'],
    shownBy: FROM_BOOKS,
  },
  payments_unbooked: {
    type: 'gauge',
    help: 'Payments that the provider confirmed and the books do not have',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  payments_unbooked_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest confirmed payment that the books do not have, from its request on',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  service_level_recent: {
    type: 'gauge',
    help: 'What was in time and what was late in the window that ends now, of a service level: prompts of leases within a quarter of an hour of their plan (collections), confirmed payments in the books within a minute (payments), vehicles that may start told so within a second (unlocks)',
    labels: ['level', 'window', 'outcome'],
    shownBy: FROM_BOOKS,
  },
  suspense_items: {
    type: 'gauge',
    help: 'Money that came without a lease and waits for a person',
    labels: ['provider'],
    shownBy: FROM_BOOKS,
  },
  suspense_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest money that waits for a person',
    labels: ['provider'],
    shownBy: FROM_BOOKS,
  },
  cases_open: {
    type: 'gauge',
    help: 'Open cases by kind',
    labels: ['kind'],
    shownBy: FROM_BOOKS,
  },
  dead_letters: {
    type: 'gauge',
    help: 'What nobody could be given and a person can send again, by kind',
    labels: ['kind'],
    shownBy: FROM_BOOKS,
  },
  reconciliation_good_day_timestamp_seconds: {
    type: 'gauge',
    help: 'The last day of a provider whose statement and our books agree, as its midnight UTC; of one without such a day its first payment',
    labels: ['provider'],
    shownBy: FROM_BOOKS,
  },
  leases: {
    type: 'gauge',
    help: 'Leases by market and status',
    labels: ['market', 'status'],
    shownBy: FROM_BOOKS,
  },
  portfolio_at_risk_ratio: {
    type: 'gauge',
    help: 'Outstanding of leases at least so many days past due over the outstanding of all that run',
    labels: ['market', 'days'],
    shownBy: FROM_BOOKS,
  },
  tickets_open: {
    type: 'gauge',
    help: 'Tickets that are not resolved, by priority',
    labels: ['priority'],
    shownBy: FROM_BOOKS,
  },
  trackers: {
    type: 'gauge',
    help: 'Trackers on vehicles, by whether they are online',
    labels: ['online'],
    shownBy: FROM_BOOKS,
  },
  vehicle_commands_recent: {
    type: 'gauge',
    help: 'Commands to vehicles of the last hour, by type and what became of them',
    labels: ['type', 'state'],
    shownBy: FROM_BOOKS,
  },
  vehicle_start_seconds: {
    type: 'gauge',
    help: 'Longest time from a payment that lets a vehicle start to the answer of its tracker, of those that wait (and are online) or were answered in the last two minutes',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  positions_days_ahead: {
    type: 'gauge',
    help: 'Days after today whose positions have a partition, without a gap',
    labels: [],
    shownBy: FROM_BOOKS,
  },
  telemetry_readings_total: {
    type: 'counter',
    help: 'What trackers said, by what became of it: stored, quarantined, or dropped since the vehicle is its customer’s own',
    labels: ['outcome'],
    shownBy: 'telematics',
  },
  telemetry_commit_seconds: {
    type: 'histogram',
    help: 'From a message’s arrival to the commit that it is acknowledged after',
    labels: [],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    shownBy: 'telematics',
  },
  telemetry_lag_seconds: {
    type: 'histogram',
    help: 'Age of believed fixes when they came, by their own time: what a tracker kept while it had no network, and what the broker kept while nobody took it',
    labels: [],
    buckets: [1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400],
    shownBy: 'telematics',
  },
  telemetry_waiting_messages: {
    type: 'gauge',
    help: 'Messages of trackers that have arrived and are not committed',
    labels: [],
    shownBy: 'telematics',
  },
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof figures;
export type NameOf<Type extends Figure['type']> = {
  [Name in FigureName]: (typeof figures)[Name]['type'] extends Type ? Name : never;
}[FigureName];
export type LabelOf<Name extends FigureName> = (typeof figures)[Name]['labels'][number];
