import mqtt from 'mqtt';
import { formatMoney, type Money } from '#domain/money';
import type { Lease } from './api-types.ts';
import { MarketplaceClient } from './client.ts';
import { leaseThat, proveIdentity, register, type Customer, type Place } from './journey.ts';
import { models, plans as samplePlans } from './seed-data.ts';

/** What the people of the demo do, and how it is told. */
export interface Stage extends Place {
  readonly mqtt: string;
  readonly temporalUi: string;
  readonly password: string;
  /** Last digits before the ones that choose the simulator's behaviour, so that a second run meets new people. */
  readonly run: string;
}

export const say = (line = '') => process.stdout.write(`${line}\n`);

export const chapter = (title: string) => say(`\n── ${title} ${'─'.repeat(Math.max(3, 76 - title.length))}`);

export const day = (iso: string) =>
  new Date(iso).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'Africa/Kampala',
  });

export const sum = (money: Money) => formatMoney(money);

export async function arrives(stage: Stage, name: string, phone: string, documentNumber: string): Promise<Customer> {
  const customer = await register(stage, { name, phone, market: 'UG', provider: 'mtn' });
  say(`  ${name} registers with a code by SMS and sends photos of the national ID.`);
  await proveIdentity(customer, documentNumber, 'UG');
  say('  The identity check over the wire is clear.');
  return customer;
}

/** The motorcycles of the story: somebody may have added others to a platform that is joined, cheaper than those of the samples. */
export const motorcycles = {
  type: 'motorcycle',
  market: 'UG',
  status: 'available',
  sort: 'price',
  minPrice: Math.min(...models.flatMap(({ type, price }) => (type === 'motorcycle' ? (price.UG ?? []) : []))),
} as const;

const isSample = ({ name }: { readonly name: string }) => samplePlans.some((sample) => sample.name === name);

/** @param stops whether the plan is to be one by which the vehicle is stopped where nothing is paid */
export async function chooses({ client }: Customer, frequency: string, stops = false) {
  const { data: vehicles } = await client.get('/v1/vehicles', { query: { ...motorcycles, limit: 20 } });
  const { data: plans } = await client.get('/v1/plans', { query: { market: 'UG', limit: 100 } });
  const [vehicle] = vehicles;
  const plan = plans.find(
    (one) =>
      isSample(one) &&
      one.frequency === frequency &&
      one.vehicleTypes.includes('motorcycle') &&
      (!stops || one.immobiliseAfterDaysPastDue !== null),
  );
  if (vehicle === undefined || plan === undefined) throw new Error('no motorcycle or plan to choose from');
  const quote = await client.get('/v1/vehicles/{id}/quote', { path: { id: vehicle.id }, query: { planId: plan.id } });
  say(
    `  The choice: a ${vehicle.make} ${vehicle.model} on "${plan.name}": ${sum(quote.deposit)} deposit, then ${quote.instalments} × ${sum(quote.instalment)}, ${sum(quote.total)} in all.`,
  );
  return { vehicle, plan };
}

export function tellStart(stage: Stage, { name }: Customer, lease: Lease): void {
  say(
    `  Applied, assessed, offered, accepted, signed; deposit of ${sum(lease.deposit)} collected; ${name} rides away. Reference ${lease.reference}.`,
  );
  say(`  Operators see it at ${stage.temporalUi}/namespaces/default/workflows/lease-${lease.id}`);
}

/** A tracker for a vehicle; `npm run trackers` may have fitted it before, and it gets a new password then. */
export async function fitted(agent: MarketplaceClient, vehicleId: string) {
  const { data } = await agent.get('/v1/trackers', { query: { vehicleId } });
  const [known] = data;
  return known === undefined
    ? agent.post('/v1/trackers', { body: { vehicleId, kind: 'native' } })
    : agent.post('/v1/trackers/{id}/credential', { path: { id: known.id } });
}

/** The tracker tells of a ride that is too fast, and the lease hears of it. */
export async function rides(
  stage: Stage,
  agent: MarketplaceClient,
  { client }: Customer,
  lease: Lease,
  vehicleId: string,
): Promise<void> {
  const tracker = await fitted(agent, vehicleId);
  const connection = await mqtt.connectAsync(stage.mqtt, {
    clientId: tracker.id,
    username: tracker.username,
    password: tracker.password,
    protocolVersion: 4,
  });
  const now = Date.now();
  for (let second = 0; second <= 40; second += 5) {
    const fix = {
      ts: now - 60_000 + second * 1000,
      seq: second,
      lat: 0.3205 + second * 0.00027,
      lon: 32.5796,
      speedKph: 108,
      heading: 0,
      ignition: true,
    };
    await connection.publishAsync(tracker.topics.telemetry, JSON.stringify(fix), { qos: 1 });
  }
  await connection.publishAsync(
    tracker.topics.telemetry,
    JSON.stringify({ ts: now, seq: 99, lat: 0.3325, lon: 32.5796, speedKph: 0, ignition: false }),
    { qos: 1 },
  );
  await connection.endAsync();
  await leaseThat(client, lease.id, 'told of the speeding', () => true);
  const seen = await eventuallyOnTimeline(client, lease.id, 'telematics.risk.detected');
  say(
    `  The tracker reports 108 km/h through Kampala: "${String(seen['type'])}" is on the timeline of the lease, once.`,
  );
}

export async function eventuallyOnTimeline(
  client: MarketplaceClient,
  leaseId: string,
  type: string,
): Promise<Record<string, unknown>> {
  for (let i = 0; i < 100; i += 1) {
    const { data } = await client.get('/v1/leases/{id}/timeline', { path: { id: leaseId } });
    const found = data.find((entry) => entry.type === type);
    if (found !== undefined) return found.detail;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${type} never came to the timeline of lease ${leaseId}`);
}
