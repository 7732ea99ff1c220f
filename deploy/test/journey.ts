import { randomUUID } from 'node:crypto';
import mqtt from 'mqtt';
import type { Lease } from '#dev/api-types';
import { ApiError, eventually, MarketplaceClient } from '#dev/client';
import {
  leaseThat,
  login,
  proveIdentity,
  reallyCharged,
  register,
  takeLease,
  type Customer,
  type Place,
} from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';

/** Where the deployment is reached from this host. */
export interface Stage extends Place {
  /** mqtts:// */
  readonly mqtt: string;
  /** The certificate of the broker, PEM. */
  readonly certificate: string;
  readonly staff: { readonly email: string; readonly password: string };
}

export interface Journey {
  /** Positions that the broker acknowledged and that never came. */
  lost(): number;
  /** What is paid of the lease, in minor units. */
  paid(): Promise<number>;
  /** Pays a tenth of an instalment's worth and says where the vehicle is, over whatever fails meanwhile; both have to arrive. */
  goesOn(): Promise<void>;
  /** Settles the lease, and holds the books against what the provider charged. @returns what was paid */
  ends(): Promise<number>;
}

const TENTH = 10;
/** What a kill may take: a container starts, a time-out passes, a provider is asked again. */
const PATIENCE_MS = 240_000;
/** A tracker says where it is every few seconds; so long is waited for one of them before the next. */
const POSITION_MS = 90_000;

/** A company begins: staff, a plan, a vehicle with its tracker, and a customer who rides away. */
export async function beginJourney(stage: Stage): Promise<Journey> {
  const run = String(Date.now() % 100_000).padStart(5, '0');
  const admin = await login(stage, stage.staff.email, stage.staff.password);
  const agentLogin = { email: `agent-${run}@example.com`, password: randomUUID() };
  await admin.post('/v1/users', { body: { ...agentLogin, name: 'An agent', role: 'agent' } });
  const agent = await login(stage, agentLogin.email, agentLogin.password);
  const { planId, vehicleId } = await offers(admin, run);
  const tracker = await agent.post('/v1/trackers', { body: { vehicleId, kind: 'native' } });
  const person = { name: 'Amina Nakato', phone: `+25677${run}00`, market: 'UG', provider: 'mtn' } as const;
  const customer = await register(stage, person);
  await proveIdentity(customer, `CF${run}1234567`, 'UG');
  const lease = await takeLease(customer, agent, vehicleId, planId);
  return live({ stage, customer, lease, tracker });
}

async function offers(admin: MarketplaceClient, run: string): Promise<{ planId: string; vehicleId: string }> {
  const plan = await admin.post('/v1/plans', {
    body: {
      name: `Boda ${run}`,
      market: 'UG',
      vehicleTypes: ['motorcycle'],
      frequency: 'weekly',
      instalments: 52,
      depositPercent: 10,
      markupPercent: 30,
      graceDays: 1,
      immobiliseAfterDaysPastDue: null,
      immobiliseNoticeHours: 24,
      components: { vehicle: 100 },
    },
  });
  const vehicle = await admin.post('/v1/vehicles', {
    body: {
      type: 'motorcycle',
      make: 'Bajaj',
      model: 'Boxer',
      year: 2026,
      market: 'UG',
      price: { amount: 5_200_000, currency: 'UGX' },
      registration: `UFK ${run.slice(0, 3)}A`,
      vin: `DEPLOY${run}`,
    },
  });
  return { planId: plan.id, vehicleId: vehicle.id };
}

interface Life {
  readonly stage: Stage;
  readonly customer: Customer;
  readonly lease: Lease;
  readonly tracker: { id: string; username: string; password: string; topics: { telemetry: string } };
}

function live({ stage, customer, lease: { id, vehicleId, nextDue }, tracker }: Life): Journey {
  let client = customer.client;
  let seq = 0;
  let lost = 0;
  const again = <T>(what: string, act: () => Promise<T>) =>
    eventually(
      what,
      async () =>
        act().catch(async (error: unknown) => {
          if (error instanceof ApiError && error.status === 401) client = await loginAgain(stage, customer.phone);
          else if (isRefusal(error)) throw error;
          return undefined;
        }),
      PATIENCE_MS,
    );
  const lease = () => again('the lease', () => client.get('/v1/leases/{id}', { path: { id } }));

  const pays = async () => {
    const before = (await lease()).paid.amount;
    const amount = { amount: Math.floor((nextDue?.amount.amount ?? 0) / TENTH), currency: 'UGX' } as const;
    const key = randomUUID();
    await again('a payment to be taken', () =>
      client.post('/v1/leases/{id}/pay', { path: { id }, body: { amount }, key }),
    );
    await again('a payment to be booked', async () => {
      const { paid } = await lease();
      if (paid.amount > before + amount.amount)
        throw new Error(`${amount.amount} asked, ${paid.amount - before} booked`);
      return paid.amount === before + amount.amount ? true : undefined;
    });
  };
  const tells = async (): Promise<void> => {
    const admin = await again('the login', () => login(stage, stage.staff.email, stage.staff.password));
    seq += 1;
    const lat = 0.3 + seq * 0.001;
    const fix = { ts: Date.now(), seq, lat, lon: 32.58, speedKph: 20, ignition: true };
    await again('the broker', () => publish({ stage, tracker }, fix));
    const until = Date.now() + POSITION_MS;
    const came = await again('the position', async () => {
      if (Date.now() > until) return false;
      const position = await admin.get('/v1/vehicles/{id}/position', { path: { id: vehicleId } });
      return Math.abs(position.lat - lat) < 0.000_01 ? true : undefined;
    });
    if (came) return;
    lost += 1;
    await tells();
  };

  return {
    lost: () => lost,
    paid: async () => (await lease()).paid.amount,
    goesOn: async () => void (await Promise.all([pays(), tells()])),
    async ends() {
      const { id: quoteId } = await client.post('/v1/leases/{id}/settlement-quote', { path: { id } });
      await client.post('/v1/leases/{id}/settle', { path: { id }, body: { quoteId } });
      const { paid, credit } = await leaseThat(
        client,
        id,
        'settled',
        ({ status }) => status === 'settled_early',
        120_000,
      );
      const charged = await reallyCharged(stage, customer.phone);
      if (charged !== paid.amount + credit.amount)
        throw new Error(`the provider charged ${charged}, and the lease says ${paid.amount + credit.amount}`);
      const admin = await login(stage, stage.staff.email, stage.staff.password);
      const { currencies } = await admin.get('/v1/ledger/trial-balance');
      for (const { currency, debits, credits } of currencies)
        if (debits !== credits) throw new Error(`the ledger does not balance in ${currency}`);
      return charged;
    },
  };
}

/** A rule's word. What is not there yet may come, and a first request that a kill has cut off is over before long. */
const isRefusal = (error: unknown) =>
  error instanceof ApiError && error.status < 500 && error.status !== 404 && error.code !== 'request_in_progress';

async function loginAgain({ api, simulators }: Place, phone: string): Promise<MarketplaceClient> {
  const inbox = new SimulatorClient(simulators);
  const texts = async () => (await inbox.get('/sms', { query: { to: phone } })).data;
  const seen = (await texts()).length;
  const visitor = new MarketplaceClient(api);
  await visitor.post('/v1/auth/otp', { body: { phone } });
  const code = await eventually('a login code', async () => {
    const all = await texts();
    return all.length === seen ? undefined : /\b(\d{6})\b/.exec(all[0]?.body ?? '')?.[1];
  });
  return visitor.as((await visitor.post('/v1/auth/otp/verify', { body: { phone, code } })).accessToken);
}

/** Over TLS, and only believed once it is acknowledged. */
async function publish({ stage, tracker }: Pick<Life, 'stage' | 'tracker'>, fix: object): Promise<true> {
  const connection = await mqtt.connectAsync(
    stage.mqtt,
    {
      ca: stage.certificate,
      clientId: tracker.id,
      username: tracker.username,
      password: tracker.password,
      connectTimeout: 10_000,
    },
    false,
  );
  try {
    await connection.publishAsync(tracker.topics.telemetry, JSON.stringify(fix), { qos: 1 });
    return true;
  } finally {
    await connection.endAsync(true);
  }
}
