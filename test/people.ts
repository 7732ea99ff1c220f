import { listOf, MarketplaceClient, shapes, type Lease } from '#dev/client';
import { leaseThat, login, proveIdentity, register, type Customer } from '#dev/journey';
import { fastForward } from '#platform/temporal/fast-forward';
import type { TestPlatform } from './platform.ts';

let serial = 0;

export interface Cast {
  readonly admin: MarketplaceClient;
  readonly agent: MarketplaceClient;
}

/** The staff of a test platform. */
export async function cast(platform: TestPlatform): Promise<Cast> {
  const place = { api: platform.url, simulators: platform.simulators };
  const [admin, agent] = await Promise.all([
    login(place, 'admin@example.com', 'rent-to-own'),
    login(place, 'agent@example.com', 'rent-to-own'),
  ]);
  return { admin, agent };
}

/** A new customer whose phone ends in `digits`, which choose how the simulator treats every charge. */
export async function newCustomer(
  platform: TestPlatform,
  options: { digits?: string; verified?: boolean } = {},
): Promise<Customer> {
  const { digits = '100', verified = true } = options;
  serial += 1;
  const number = String(1_000 + serial);
  const place = { api: platform.url, simulators: platform.simulators };
  const customer = await register(place, {
    name: `Test Person ${serial}`,
    phone: `+25677${number}${digits}`,
    market: 'UG',
    provider: 'mtn',
  });
  if (verified) await proveIdentity(customer, `CM${number}123456AB`.padEnd(14, 'X'), 'UG');
  return customer;
}

/** A motorcycle nobody has, made for one test, and a plan of the market. */
export async function newChoice(admin: MarketplaceClient, frequency: 'daily' | 'weekly' | 'monthly' = 'weekly') {
  serial += 1;
  const vehicle = {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Test',
    year: 2025,
    market: 'UG',
    price: { amount: 5_000_000, currency: 'UGX' },
    registration: `UTEST ${serial}`,
    vin: `TEST${String(serial).padStart(13, '0')}`,
  };
  const { id: vehicleId } = await admin.post('/v1/vehicles', vehicle, shapes.id);
  const { data } = await admin.get('/v1/plans?market=UG', listOf(shapes.plan));
  const plan = data.find((one) => one.frequency === frequency);
  if (plan === undefined) throw new Error(`no ${frequency} plan`);
  return { vehicleId, planId: plan.id };
}

/** Applies, and goes on until the lease is in the status asked for. */
export async function leaseIn(
  status: 'verifying' | 'offered' | 'reserved' | 'awaiting_deposit' | 'awaiting_handover' | 'active',
  customer: Customer,
  { admin, agent }: Cast,
  frequency?: 'daily' | 'weekly' | 'monthly',
): Promise<Lease & { readonly vehicleId: string }> {
  const { client, paymentMethodId, name } = customer;
  const choice = await newChoice(admin, frequency);
  const { id } = await client.post('/v1/leases', { ...choice, paymentMethodId }, shapes.lease);
  const on = (next: string) => leaseThat(client, id, next, (lease) => lease.status === next, 90_000);
  const steps: Record<typeof status, () => Promise<unknown>> = {
    verifying: () => on('verifying'),
    offered: () => on('offered'),
    reserved: () => client.post(`/v1/leases/${id}/accept-offer`, {}, shapes.lease),
    awaiting_deposit: () => client.post(`/v1/leases/${id}/sign`, { name }, shapes.lease),
    awaiting_handover: () => on('awaiting_handover'),
    active: () => agent.post(`/v1/leases/${id}/handover`, { odometerKm: 5 }, shapes.lease),
  };
  if (status === 'verifying') await steps.verifying();
  else {
    for (const step of ['offered', 'reserved', 'awaiting_deposit', 'awaiting_handover', 'active'] as const) {
      await steps[step]();
      if (step === status) break;
    }
  }
  return { ...(await client.get(`/v1/leases/${id}`, shapes.lease)), vehicleId: choice.vehicleId };
}

const HOUR = 3_600_000;

/** Moves the clock of a lease by hours. */
export function hoursLater(platform: TestPlatform, leaseId: string, hours: number) {
  return fastForward(platform.temporal, `lease-${leaseId}`, hours * HOUR);
}
