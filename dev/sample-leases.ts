import { eventually, MarketplaceClient } from './client.ts';
import { leaseThat, login, proveIdentity, register, takeLease, travel, type Customer, type Place } from './journey.ts';

interface Person {
  readonly name: string;
  readonly phone: string;
  readonly market: 'UG' | 'KE';
  readonly provider: 'mtn' | 'airtel' | 'mpesa';
  readonly documentNumber: string;
}

/** Their numbers are of nobody: a test or a demo meets other people. */
const grace: Person = {
  name: 'Grace Auma',
  phone: '+256779900200',
  market: 'UG',
  provider: 'mtn',
  documentNumber: 'CF99002001AUMA',
};
const moses: Person = {
  name: 'Moses Kiprotich',
  phone: '+254719900200',
  market: 'KE',
  provider: 'mpesa',
  documentNumber: '39900200',
};
const sarah: Person = {
  name: 'Sarah Namubiru',
  phone: '+256759900200',
  market: 'UG',
  provider: 'airtel',
  documentNumber: 'CF99002002NAMU',
};

/**
 * Gives a fresh marketplace some life, as people would, over HTTP alone: a lease three weeks on its way, an
 * offer that waits for its customer, a referral that waits for an agent. Operators see them in the Temporal
 * UI. A marketplace that has a lease is left alone.
 *
 * @throws Error when the platform does not go along.
 */
export async function sampleLeases(place: Place, password: string): Promise<void> {
  const admin = await login(place, 'admin@example.com', password);
  const { data } = await admin.get('/v1/leases', { query: { limit: 1 } });
  if (data.length > 0) return;
  await Promise.all([ridesFor(place, admin, password), isOffered(place), isReferred(place, admin)]);
}

async function ridesFor(place: Place, admin: MarketplaceClient, password: string): Promise<void> {
  const agent = await login(place, 'agent@example.com', password);
  const customer = await verified(place, grace);
  const { vehicleId, planId } = await choice(customer, grace.market, 'weekly');
  const { id } = await takeLease(customer, agent, vehicleId, planId);
  await travel(admin, id, 22);
}

async function isOffered(place: Place): Promise<void> {
  const customer = await verified(place, moses);
  const { id } = await apply(customer, moses.market, 'daily');
  await leaseThat(customer.client, id, 'offered', ({ status }) => status === 'offered');
}

/** A stated income below the instalment is for an agent to look at. */
async function isReferred(place: Place, admin: MarketplaceClient): Promise<void> {
  const customer = await verified(place, sarah);
  await customer.client.patch('/v1/me', { body: { monthlyIncome: { amount: 200_000, currency: 'UGX' } } });
  const { id } = await apply(customer, sarah.market, 'monthly');
  await eventually('a referred assessment', async () => {
    const { data } = await admin.get('/v1/credit/assessments', { query: { leaseId: id } });
    return data[0];
  });
}

async function verified(place: Place, { documentNumber, ...person }: Person): Promise<Customer> {
  const customer = await register(place, person);
  await proveIdentity(customer, documentNumber, person.market);
  return customer;
}

async function apply(customer: Customer, market: Person['market'], frequency: string) {
  const { client, paymentMethodId } = customer;
  const application = { ...(await choice(customer, market, frequency)), paymentMethodId };
  return client.post('/v1/leases', { body: application });
}

/** The last motorcycle of the list, so that what a visitor sees first is free. */
async function choice({ client }: Customer, market: Person['market'], frequency: string) {
  const { data: vehicles } = await client.get('/v1/vehicles', {
    query: { type: 'motorcycle', market, status: 'available', limit: 100 },
  });
  const { data: plans } = await client.get('/v1/plans', { query: { market, limit: 100 } });
  const vehicle = vehicles.at(-1);
  const plan = plans.find((one) => one.frequency === frequency);
  if (vehicle === undefined || plan === undefined) throw new Error(`nothing to lease in ${market}`);
  return { vehicleId: vehicle.id, planId: plan.id };
}
