/** A figure, and where it comes from. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly what: string;
  readonly from: string;
}

const year = '`npm run capacity -- --leases 20 --year`, 953 payments at a load of 17 on two cores';
const morning = '`npm run capacity -- --leases 1000`';

/** What one lease, payment, request or position costs, as it was measured. */
export const costs = {
  workerMs: { value: 30, unit: 'ms', what: 'CPU of the worker for a payment', from: year },
  apiMs: {
    value: 14,
    unit: 'ms',
    what: 'CPU of the API for a payment: its callback',
    from: year,
  },
  relayMs: { value: 3.5, unit: 'ms', what: 'CPU of the relay for the events of a payment', from: year },
  temporalMs: { value: 32, unit: 'ms', what: 'CPU of Temporal (on SQLite) for a payment', from: year },
  postgresMs: { value: 15, unit: 'ms', what: 'CPU of Postgres for a payment', from: year },
  simulatorsMs: { value: 4, unit: 'ms', what: 'CPU of the simulated provider for a payment', from: year },
  postgresLease: {
    value: 14_300,
    unit: 'bytes',
    what: 'a lease in the books, ten lines of schedule, indexes included',
    from: morning,
  },
  postgresPayment: {
    value: 7_100,
    unit: 'bytes',
    what: 'a payment in the books, with its events and its audit',
    from: morning,
  },
  temporalLease: { value: 23_300, unit: 'bytes', what: 'an open lease in Temporal’s store, at rest', from: morning },
  temporalPayment: { value: 5_200, unit: 'bytes', what: 'what a payment adds to it', from: morning },
  eventsAtRest: {
    value: 10,
    unit: 'events',
    what: 'history of a lease at rest',
    from: '`npm run capacity -- --leases 200 --per-second 0`',
  },
  eventsPayment: {
    value: 12,
    unit: 'events',
    what: 'history of an instalment that is paid on time',
    from: '`npx vitest run workflows/lease/cost`',
  },
  bytesPayment: {
    value: 2_537,
    unit: 'bytes',
    what: 'the same, before it is stored',
    from: '`npx vitest run workflows/lease/cost`',
  },
  actionsPayment: {
    value: 3,
    unit: 'actions',
    what: 'what the hosted service bills for it',
    from: '`npx vitest run workflows/lease/cost`',
  },
  eventsAPayment: {
    value: 3,
    unit: 'events',
    what: 'events in the outbox for a payment',
    from: 'assumed; `npm run capacity` prints it',
  },
  positionBytes: {
    value: 276,
    unit: 'bytes',
    what: 'a position with its indexes',
    from: '60,000 rows of `telematics.positions`, each of another tracker',
  },
  positionMs: {
    value: 0.1,
    unit: 'ms',
    what: 'CPU of telematics for a position',
    from: 'assumed: four times the 24 µs that the rules take of it ([telematics](telematics.md))',
  },
  positionPostgresMs: {
    value: 0.05,
    unit: 'ms',
    what: 'CPU of Postgres for a position, in batches',
    from: 'assumed: half of that',
  },
  requestMs: {
    value: 8,
    unit: 'ms',
    what: 'CPU of the API for a request',
    from: '[CONTRIBUTING](../CONTRIBUTING.md), of the tests',
  },
  requestPostgresMs: {
    value: 2,
    unit: 'ms',
    what: 'CPU of Postgres for a request',
    from: 'assumed: a quarter of it',
  },
  pool: {
    value: 10,
    unit: 'connections',
    what: 'connections of each of the two pools of a worker, an API or telematics',
    from: '`DATABASE_POOL`',
  },
} as const satisfies Record<string, Figure>;

/** What customers do: assumptions, to be replaced by those of a marketplace that runs. */
export const habits = {
  paymentsAWeek: { value: 1, unit: '', what: 'payments of a customer a week', from: 'weekly plans' },
  promptsAPayment: {
    value: 3,
    unit: '',
    what: 'prompts for a payment',
    from: '`npm run bench -- collections-policy`: 3.04 over customers of five kinds, one of them broke',
  },
  shareOfTheHour: {
    value: 0.33,
    unit: '',
    what: 'of a day’s prompts, those that are due at 8',
    from: 'assumed: first tries; the others are later in the day',
  },
  shareOfTheProvider: {
    value: 0.6,
    unit: '',
    what: 'of them, those of the provider with the most customers',
    from: 'assumed',
  },
  morningHours: { value: 3, unit: 'h', what: 'in which a morning has to be over', from: 'assumed: before noon' },
  requestsADay: { value: 6, unit: '', what: 'requests to the API of a customer a day', from: 'assumed' },
  wakingHours: {
    value: 14,
    unit: 'h',
    what: 'in which they come',
    from: 'between the nights of `domain/quiet-hours.ts`',
  },
  positionsADay: {
    value: 960,
    unit: '',
    what: 'positions of a vehicle a day',
    from: 'assumed: one in 30 s of eight hours’ riding',
  },
  positionDays: { value: 90, unit: 'days', what: 'for which positions are kept', from: '`POSITIONS_RETENTION_DAYS`' },
  paymentsARun: {
    value: 330,
    unit: '',
    what: 'payments after which a lease goes on in a new run',
    from: '`LEASE_RUN_EVENTS` by the events of a payment',
  },
  utilisation: { value: 0.6, unit: '', what: 'of a core, so that nobody waits', from: 'assumed' },
} as const satisfies Record<string, Figure>;

/** A run of `npm run capacity`, as it was printed. Seconds from the hour. */
interface Run {
  readonly leases: number;
  readonly due: number;
  readonly perSecond: number;
  readonly lastPrompt: number;
  readonly mostASecond: number;
  readonly refused: number;
  /** Of the machine, whose cores it shares with other work. */
  readonly load: number;
  readonly cores: number;
}

export const runs: readonly Run[] = [
  { leases: 1_000, due: 1_000, perSecond: 20, lastPrompt: 554.7, mostASecond: 7, refused: 0, load: 9.7, cores: 2 },
];
