import { randomUUID } from 'node:crypto';
import { openDriver } from '#db/driver';
import { eventually } from '#dev/client';
import type { FleetLease } from '../fleet.ts';
import type { Lives } from './lives.ts';
import type { Person } from './person.ts';
import type { Stage } from './stage.ts';
import { Vehicle } from './vehicle.ts';

/** Milliseconds in which a payment is made or has failed. */
const PAID = 20_000;

/** A lease that is paid for and a vehicle that drives, to see whether the whole of it works. */
export class Canary {
  readonly #stage: Stage;
  readonly #lives: Lives;
  readonly #leaseId: string;
  /** Himself: staff ring nobody at night. */
  readonly #customer: Person;
  readonly #vehicle: Vehicle;

  private constructor(stage: Stage, lives: Lives, lease: FleetLease, vehicle: Vehicle) {
    this.#stage = stage;
    this.#lives = lives;
    this.#leaseId = lease.state.application.leaseId;
    this.#customer = lives.customerOf(lease);
    this.#vehicle = vehicle;
  }

  static async hatches(stage: Stage, lives: Lives): Promise<Canary> {
    const [lease] = await lives.fleet('CANARY', [{ provider: 'mtn', market: 'UG', phone: '+256779999100' }]);
    if (lease === undefined) throw new Error('no lease began');
    const vehicle = new Vehicle(stage.broker, await lives.fit(lease.state.application.vehicleId));
    lives.vehicles.push(vehicle);
    return new Canary(stage, lives, lease, vehicle);
  }

  /** With whose token the API is asked, and about which lease. */
  async eyes(): Promise<[token: string, leaseId: string]> {
    const body = { email: 'agent@example.com', password: 'rent-to-own' };
    const { accessToken } = await this.#lives.admin.must('a login', (client) =>
      client.post('/v1/auth/login', { body }),
    );
    return [accessToken, this.#leaseId];
  }

  /** @throws Error where no payment comes through, or no position, in so many milliseconds */
  async sings(patience: number): Promise<void> {
    await Promise.all([eventually('a payment', () => this.#pays(), patience), this.#isSeen(patience)]);
  }

  /** @returns true where it was booked, undefined where another has to be tried */
  async #pays(): Promise<true | undefined> {
    const id = this.#leaseId;
    const body = { amount: { amount: 100, currency: 'UGX' } } as const;
    const key = randomUUID();
    const payment = await this.#customer.must('the canary', (client) =>
      client.post('/v1/leases/{id}/pay', { path: { id }, body, key }),
    );
    this.#lives.promised.payments.add(payment.id);
    const settled = await eventually(
      'the payment',
      async () => {
        const { status } = await this.#customer.must('the payment', (client) =>
          client.get('/v1/payments/{id}', { path: { id: payment.id } }),
        );
        return status === 'pending' ? undefined : status;
      },
      PAID,
    ).catch(() => 'pending');
    return settled === 'succeeded' ? true : undefined;
  }

  async #isSeen(patience: number): Promise<void> {
    const { trackerId, acknowledged } = this.#vehicle;
    const { size } = acknowledged;
    const sql = openDriver(this.#stage.config.DATABASE_URL, { max: 1 });
    try {
      const from = new Date();
      const look = () => sql`select from telematics.positions where tracker_id = ${trackerId} and ts > ${from} limit 1`;
      await eventually(
        'a position',
        async () => (acknowledged.size > size && (await look().catch(() => [])).length > 0 ? true : undefined),
        patience,
      );
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}
