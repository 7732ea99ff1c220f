import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MarketplaceClient } from '#dev/client';
import { photo, register } from '#dev/journey';
import { fastForward } from '#platform/temporal/fast-forward';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { logInByCode, Person } from './person.ts';
import type { Promised } from './promised.ts';

interface World {
  readonly api: string;
  readonly simulators: string;
  readonly agent: Person;
  readonly admin: Person;
  readonly temporal: Client;
  readonly promised: Promised;
}

const LOOK = 500;
/** Milliseconds after which a lease that waits for its deposit is let try again. */
const NUDGE = 10_000;
const MINUTES = 60_000;

/** A customer who proves who he is, applies, signs, pays the deposit and takes the vehicle while something fails. */
export class Newcomer {
  readonly #world: World;
  readonly #person: Person;
  readonly #number: number;
  readonly #paymentMethodId: string;

  private constructor(world: World, number: number, person: Person, paymentMethodId: string) {
    this.#world = world;
    this.#number = number;
    this.#person = person;
    this.#paymentMethodId = paymentMethodId;
  }

  static async arrives(number: number, world: World): Promise<Newcomer> {
    const phone = `+25678${String(1_000 + number)}100`;
    const customer = await register(world, { name: 'Grace Akello', phone, market: 'UG', provider: 'mtn' });
    let first: MarketplaceClient | undefined = customer.client;
    const person = new Person(async () => {
      const client = first ?? new MarketplaceClient(world.api, await logInByCode(world.api, world.simulators, phone));
      first = undefined;
      return client;
    });
    return new Newcomer(world, number, person, customer.paymentMethodId);
  }

  async lives(): Promise<void> {
    await this.#provesIdentity();
    const id = await this.#applies();
    if (id === undefined) return;
    this.#world.promised.leases.add(id);
    await this.#until(id, 'offered');
    const step = (path: '/v1/leases/{id}/accept-offer') => {
      const key = randomUUID();
      return this.#person.must(path, (client) => client.post(path, { path: { id }, key }));
    };
    await step('/v1/leases/{id}/accept-offer');
    const key = randomUUID();
    await this.#person.must('a signature', (client) =>
      client.post('/v1/leases/{id}/sign', { path: { id }, body: { name: 'Grace Akello' }, key }),
    );
    await this.#until(id, 'awaiting_handover');
    const handover = randomUUID();
    await this.#world.agent.must('the handover', (client) =>
      client.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 90_000 }, key: handover }),
    );
  }

  async #provesIdentity(): Promise<void> {
    const documents: string[] = [];
    for (const kind of ['idFront', 'idBack', 'selfie'])
      documents.push(
        await this.#person.must('a document', async (client) => {
          const form = new FormData();
          form.set('kind', kind);
          form.set('file', photo(kind), `${kind}.jpg`);
          return (await client.post('/v1/kyc/documents', { body: form })).id;
        }),
      );
    const { noticeVersion } = await this.#person.must('the notice', (client) => client.get('/v1/kyc/notice'));
    const body = {
      documentType: 'nationalId',
      documentNumber: `CM${String(9_000_000_00 + this.#number)}ABC`.slice(0, 14),
      country: 'UG',
      consent: { granted: true, noticeVersion },
      documents,
    } as const;
    const key = randomUUID();
    const { id } = await this.#person.must('the papers', (client) => client.post('/v1/kyc/submissions', { body, key }));
    for (;;) {
      const { status } = await this.#person.must('the check', (client) =>
        client.get('/v1/kyc/submissions/{id}', { path: { id } }),
      );
      if (status === 'approved') return;
      // Nobody answered for the automated check: an agent looks.
      if (status === 'in_review')
        await this.#world.agent.does('a decision', (client) =>
          client.post('/v1/kyc/submissions/{id}/decision', {
            path: { id },
            body: { decision: 'approved', reason: 'seen' },
          }),
        );
      await sleep(LOOK);
    }
  }

  async #applies(): Promise<string | undefined> {
    const plan = await this.#person.must('the plans', async (client) => {
      const { data } = await client.get('/v1/plans', { query: { market: 'UG' } });
      return data.find(({ frequency }) => frequency === 'weekly')?.id ?? '';
    });
    const vehicle = await this.#offersVehicle();
    const body = { vehicleId: vehicle, planId: plan, paymentMethodId: this.#paymentMethodId };
    const key = randomUUID();
    const lease = await this.#person.does('an application', (client) => client.post('/v1/leases', { body, key }));
    return lease?.id;
  }

  async #offersVehicle(): Promise<string> {
    const key = randomUUID();
    const number = String(this.#number).padStart(3, '0');
    const body = {
      type: 'motorcycle',
      make: 'Bajaj',
      model: 'Boxer',
      year: 2026,
      market: 'UG',
      price: { amount: 4_200_000, currency: 'UGX' },
      registration: `UFC ${number}A`,
      vin: `CHAOS${number}`,
    } as const;
    return (await this.#world.admin.must('a vehicle', (client) => client.post('/v1/vehicles', { body, key }))).id;
  }

  async #until(id: string, wanted: string): Promise<void> {
    for (let nudged = Date.now(); ; await sleep(LOOK)) {
      const { status } = await this.#person.must('the lease', (client) =>
        client.get('/v1/leases/{id}', { path: { id } }),
      );
      if (status === wanted) return;
      if (['declined', 'withdrawn', 'lapsed'].includes(status)) throw new Error(`a newcomer's lease is ${status}`);
      if (Date.now() < nudged + NUDGE) continue;
      nudged = Date.now();
      if (status === 'awaiting_deposit')
        await fastForward(this.#world.temporal, leaseWorkflowId(id), 3 * MINUTES, NUDGE).catch(() => {});
    }
  }
}
