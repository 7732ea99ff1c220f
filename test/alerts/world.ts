import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { openDriver } from '#db/driver';
import { connectDatabase, type DatabaseConnection } from '#db/client';
import { register, type Customer } from '#dev/journey';
import { workerKinds } from '#domain/task-queues';
import { connectTemporal } from '#platform/temporal/connection';
import type { Client } from '@temporalio/client';
import { Lives } from '../chaos/lives.ts';
import type { Person } from '../chaos/person.ts';
import { startStage, type Stage } from '../chaos/stage.ts';
import { Vehicle } from '../chaos/vehicle.ts';
import type { FleetLease, Payer } from '../fleet.ts';

/** What no worker runs at the beginning. */
const MISSING = 'kyc';
/** Leases with a vehicle that speaks: more than an alert wants to see of trackers. */
const LEASES = 24;

/** A whole platform of separate processes, with leases and vehicles, that faults are done to. */
export interface World {
  readonly stage: Stage;
  readonly lives: Lives;
  readonly database: DatabaseConnection;
  readonly temporal: Client;
  readonly fleet: readonly FleetLease[];
  readonly vehicles: Vehicle[];
  /** A lease whose phone ends in these digits: docs/simulator.md. */
  leaseOf(digits: string): Promise<FleetLease>;
  /** Its customer's own number is asked for money. */
  pays(lease: FleetLease): Promise<void>;
  /** A customer who has just registered. */
  arrives(): Promise<Customer>;
  /** A vehicle that speaks until the end. */
  fits(account: ConstructorParameters<typeof Vehicle>[1]): Vehicle;
  /** A connection of somebody else to the database. */
  visitor(max?: number): postgres.Sql;
  /** The look for dead and stuck workflows comes every few seconds: a worker that starts sets it to minutes again. */
  hurriesLooks(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld(logs: string): Promise<World> {
  const stage = await startStage(logs, () => {}, {
    COLLECT_POLLS: '4',
    TEXTS_ADDRESS_HOUR: '300',
    // A vehicle is stopped whenever this runs.
    IMMOBILISE_HOURS: 'any',
    WORKERS: workerKinds.filter((kind) => kind !== MISSING).join(','),
  });
  try {
    return await populate(stage);
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

async function populate(stage: Stage): Promise<World> {
  const database = connectDatabase(stage.config.DATABASE_URL, { pool: 6, name: 'alerts', travels: true });
  const temporal = await connectTemporal(stage.config);
  const lives = new Lives(stage, database.db, temporal);
  let serial = 0;
  const payer = (digits: string): Payer => {
    serial += 1;
    return { provider: 'mtn', market: 'UG', phone: `+25677${1_000 + serial}${digits}` };
  };
  const fleet = await lives.fleet(
    'ALERTS',
    Array.from({ length: LEASES }, () => payer('100')),
  );
  const vehicles: Vehicle[] = [];
  // One after the other: each has a password, which takes a processor a while.
  for (const { state } of fleet) vehicles.push(new Vehicle(stage.broker, await lives.fit(state.application.vehicleId)));
  const visitors: postgres.Sql[] = [];
  /** They pay themselves: staff ring nobody at night. */
  const customers = new Map<string, Person>();
  return {
    stage,
    lives,
    database,
    temporal,
    fleet,
    vehicles,
    async leaseOf(digits) {
      const [lease] = await lives.fleet(`A${serial}X`, [payer(digits)]);
      if (lease === undefined) throw new Error('no lease began');
      return lease;
    },
    async pays(lease) {
      const { application, terms } = lease.state;
      const customer = customers.get(lease.phone) ?? lives.customerOf(lease);
      customers.set(lease.phone, customer);
      await customer.does('a payment', (client) =>
        client.post('/v1/leases/{id}/pay', {
          path: { id: application.leaseId },
          body: { amount: { amount: 1_000, currency: terms.currency } },
          key: randomUUID(),
        }),
      );
    },
    arrives() {
      const { phone } = payer('100');
      return register(stage, { name: 'Grace Akello', phone, market: 'UG', provider: 'mtn' });
    },
    fits(account) {
      const vehicle = new Vehicle(stage.broker, account);
      vehicles.push(vehicle);
      return vehicle;
    },
    visitor(max = 1) {
      const sql = openDriver(stage.config.DATABASE_URL, { max });
      visitors.push(sql);
      return sql;
    },
    async hurriesLooks() {
      const handle = temporal.schedule.getHandle('dead-leases');
      await handle.update((old) => ({ ...old, spec: { intervals: [{ every: '5s' }] } }));
    },
    async stop() {
      await Promise.all(visitors.map((sql) => sql.end({ timeout: 1 })));
      await stage.stop();
      await temporal.connection.close();
      await database.close();
    },
  };
}
