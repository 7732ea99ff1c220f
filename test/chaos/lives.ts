import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import { eventually, MarketplaceClient } from '#dev/client';
import { login } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import type { SimulatedProvider } from '#dev/simulators/simulated';
import { fastForward } from '#platform/temporal/fast-forward';
import { observeClock } from '#use-cases/leases/observe-clock';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { createFleet, startFleet, type FleetLease, type Payer } from '../fleet.ts';
import { Newcomer } from './newcomer.ts';
import { logInByCode, Person } from './person.ts';
import type { Promised } from './promised.ts';
import type { Stage } from './stage.ts';
import { Vehicle } from './vehicle.ts';

const DAY = 86_400_000;
/** The last digits of a phone are how its charges go: docs/simulator.md. */
const payers: readonly (readonly [SimulatedProvider, string])[] = [
  ['mtn', '100'],
  ['airtel', '100'],
  ['mpesa', '100'],
  ['mtn', '005'],
  ['mtn', '020'],
  ['airtel', '002'],
  ['airtel', '007'],
  ['mpesa', '022'],
];
/** They never have enough: their vehicles are to be stopped as soon as they stand. */
const debtors: readonly (readonly [SimulatedProvider, string])[] = [
  ['mtn', '010'],
  ['airtel', '010'],
];
const homes = {
  mtn: { market: 'UG', prefix: '+25677' },
  airtel: { market: 'UG', prefix: '+25675' },
  mpesa: { market: 'KE', prefix: '+25471' },
} as const;
/** Milliseconds for what passes by itself, on a machine that others share. */
const PATIENCE = 240_000;
/** Milliseconds that a vehicle drives, and stands. */
const DRIVES = 5_000;

/** Everybody who lives on the platform, in all cells of a run. */
export class Lives {
  readonly promised: Promised = { payments: new Set(), leases: new Set() };
  readonly vehicles: Vehicle[] = [];
  readonly refused: string[] = [];
  readonly agent: Person;
  readonly admin: Person;
  readonly #stage: Stage;
  readonly #db: Database;
  readonly #temporal: Client;

  constructor(stage: Stage, db: Database, temporal: Client) {
    this.#stage = stage;
    this.#db = db;
    this.#temporal = temporal;
    const staff = (name: string) =>
      new Person(() => login({ api: stage.api, simulators: stage.simulators }, `${name}@example.com`, 'rent-to-own'));
    this.agent = staff('agent');
    this.admin = staff('admin');
  }

  /** Prepares those who live through cell `number`: leases that were just handed over, and two in long arrears. */
  async prepare(number: number): Promise<Episode> {
    const people = [...payers, ...debtors].map(([provider, digits], i): Payer => {
      const { market, prefix } = homes[provider];
      return { provider, market, phone: `${prefix}${String(1_000 + number * 12 + i)}${digits}` };
    });
    const { broker } = this.#stage;
    const fleet = await this.fleet(`C${String(number).padStart(3, '0')}X`, people);
    const late = fleet.slice(payers.length);
    const vehicles: Vehicle[] = [];
    for (const { state } of [...late, ...fleet.slice(0, 1)]) {
      vehicles.push(new Vehicle(broker, await this.fit(state.application.vehicleId)));
    }
    this.vehicles.push(...vehicles);
    await Promise.all(late.map((lease) => this.fallsBehind(lease)));
    const customers = fleet.slice(0, 2).map((lease) => ({ lease, person: this.customerOf(lease) }));
    for (const { lease, person } of customers)
      await person.must('a look', (client) => client.get('/v1/leases/{id}', { path: { id: idOf(lease) } }));
    const newcomer = await Newcomer.arrives(number, {
      ...this.#stage,
      agent: this.agent,
      admin: this.admin,
      temporal: this.#temporal,
      promised: this.promised,
    });
    return new Episode(this, { fleet: fleet.slice(0, payers.length), customers, vehicles, newcomer, number });
  }

  /** Leases that were just handed over, and their workflows. */
  async fleet(name: string, people: readonly Payer[]): Promise<FleetLease[]> {
    const { config } = this.#stage;
    const fleet = await createFleet(this.#db, config, people, undefined, name);
    await startFleet(this.#temporal, config, fleet);
    return fleet;
  }

  customerOf({ phone }: FleetLease): Person {
    const { api, simulators } = this.#stage;
    return new Person(async () => new MarketplaceClient(api, await logInByCode(api, simulators, phone)));
  }

  /** @returns what the tracker of a vehicle is set up with */
  fit(vehicleId: string) {
    return this.agent.must('a tracker', (client) =>
      client.post('/v1/trackers', { body: { vehicleId, kind: 'native' } }),
    );
  }

  /** Lets days pass for a lease, whatever is away meanwhile. */
  travel(lease: FleetLease, days: number): Promise<Date> {
    return eventually(
      `${days} days of a lease`,
      async () => {
        const there = await fastForward(this.#temporal, leaseWorkflowId(idOf(lease)), days * DAY, 60_000).catch(
          () => null,
        );
        return there?.outcome === 'reached' || there?.outcome === 'ended' ? there.at : undefined;
      },
      PATIENCE,
    );
  }

  /** Weeks pass until the vehicle may be stopped where it stands: its customer was warned, and the notice is over. */
  async fallsBehind(lease: FleetLease): Promise<void> {
    await this.travel(lease, 17);
    const inbox = new SimulatorClient(this.#stage.simulators);
    const warned = async () => {
      const { data } = await inbox.get('/sms', { query: { to: lease.phone } });
      return data.some(({ body }) => body.includes('will be stopped')) ? true : undefined;
    };
    await eventually('the warning', warned, PATIENCE);
    // Until the books know that it was delivered.
    await sleep(1_000);
    const there = await this.travel(lease, 4);
    // The vehicle's own workflow asks the books what day it is for the lease, and the lease writes nothing on this way.
    await observeClock(this.#db, idOf(lease), there);
  }

  payBill(lease: FleetLease, amount: number): Promise<unknown> {
    const { provider, phone, state } = lease;
    const body = { provider, payer: phone, account: state.reference, amount, currency: state.terms.currency };
    // The provider's own till: nobody stands between it and the customer.
    return eventually('the till', () =>
      new SimulatorClient(this.#stage.simulators).post('/pay-bill', { body }).catch(() => undefined),
    );
  }
}

const idOf = ({ state }: FleetLease) => state.application.leaseId;

interface Cast {
  readonly number: number;
  readonly fleet: readonly FleetLease[];
  readonly customers: readonly { readonly lease: FleetLease; readonly person: Person }[];
  readonly vehicles: readonly Vehicle[];
  readonly newcomer: Newcomer;
}

/** What is lived while one fault lasts. */
export class Episode {
  readonly #lives: Lives;
  readonly #cast: Cast;
  readonly #enough = new AbortController();
  #under: Promise<unknown> = Promise.resolve();
  #receipts = 0;

  constructor(lives: Lives, cast: Cast) {
    this.#lives = lives;
    this.#cast = cast;
  }

  begins(): void {
    const { fleet, customers, vehicles, newcomer } = this.#cast;
    const [first, second] = fleet;
    this.#under = Promise.all([
      ...fleet.map((lease) => this.#lives.travel(lease, 8)),
      ...customers.map(({ lease, person }) => this.#pays(lease, person)),
      ...(first === undefined ? [] : [this.#cash(first)]),
      ...(second === undefined ? [] : [this.#lives.payBill(second, 1_500)]),
      this.#drives(vehicles),
      newcomer.lives(),
    ]);
    this.#under.catch(() => {});
  }

  /** Nothing new begins; settles when what was begun is over. @throws Error of what could not be done at all */
  async comesToRest(): Promise<void> {
    this.#enough.abort();
    const { customers, vehicles } = this.#cast;
    try {
      await this.#under;
    } finally {
      await Promise.all(vehicles.map((vehicle) => vehicle.ends()));
    }
    const persons = [...customers.map(({ person }) => person), this.#lives.agent];
    for (const { refused } of persons) this.#lives.refused.push(...refused.splice(0));
  }

  /** One payment after the other. */
  async #pays(lease: FleetLease, person: Person): Promise<void> {
    for (let amount = 1_000; !this.#enough.signal.aborted; amount += 10) {
      const key = randomUUID();
      const body = { amount: { amount, currency: lease.state.terms.currency } };
      const paid = await person.does('a payment', (client) =>
        client.post('/v1/leases/{id}/pay', { path: { id: idOf(lease) }, body, key }),
      );
      if (paid !== undefined) this.#lives.promised.payments.add(paid.id);
      await sleep(500);
    }
  }

  async #cash(lease: FleetLease): Promise<void> {
    while (!this.#enough.signal.aborted) {
      this.#receipts += 1;
      // With three figures each: how a number is written does not tell receipts apart.
      const receiptNumber = [this.#cast.number, this.#receipts].map((one) => String(one).padStart(3, '0')).join('-');
      const body = {
        leaseId: idOf(lease),
        amount: { amount: 500, currency: lease.state.terms.currency },
        receiptNumber,
      };
      const key = randomUUID();
      const taken = await this.#lives.agent.does('cash', (client) => client.post('/v1/payments/cash', { body, key }));
      if (taken !== undefined) this.#lives.promised.payments.add(taken.id);
      await sleep(2_000);
    }
  }

  async #drives(vehicles: readonly Vehicle[]): Promise<void> {
    for (let turn = 0; !this.#enough.signal.aborted; turn += 1) {
      for (const vehicle of vehicles) {
        if (turn % 2 === 0) vehicle.parks();
        else vehicle.drivesOn();
      }
      await sleep(DRIVES, undefined, { signal: this.#enough.signal }).catch(() => {});
    }
  }
}
