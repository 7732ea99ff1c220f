import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lease } from '#dev/api-types';
import { ApiError, type MarketplaceClient } from '#dev/client';
import {
  leaseThat,
  login,
  proveIdentity,
  reallyCharged,
  register,
  takeLease,
  travel,
  type Customer,
} from '#dev/journey';
import { startPlatform, type PartName, type Platform } from '#dev/platform';
import { freePorts, portVariables } from '#dev/ports';
import { ownDirectory } from './directory.ts';

/** Real processes over a fresh directory, as `npm start` makes them; nothing is looked at but HTTP. */
let platform: Platform;
let dataDir: string;
let ports: Record<string, string>;
let admin: MarketplaceClient;
let agent: MarketplaceClient;
const output: string[] = [];

const start = () => startPlatform({ dataDir, env: ports, log: (line) => output.push(line) });
const place = () => ({ api: platform.urls.api, simulators: platform.urls.simulators ?? '' });

beforeAll(async () => {
  dataDir = await ownDirectory('journey');
  const names = Object.keys(portVariables);
  const free = await freePorts(8);
  ports = Object.fromEntries(names.map((name, i) => [name, String(free[i])]));
  platform = await start();
  [admin, agent] = await Promise.all([
    login(place(), 'admin@example.com', 'rent-to-own'),
    login(place(), 'agent@example.com', 'rent-to-own'),
  ]);
}, 240_000);
afterAll(async () => {
  await platform.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function begin(phone: string, frequency: string): Promise<{ customer: Customer; lease: Lease }> {
  const customer = await register(place(), { name: 'Journey Person', phone, market: 'UG', provider: 'mtn' });
  await proveIdentity(customer, `CM${phone.slice(-10)}AB`, 'UG');
  const { data: vehicles } = await customer.client.get('/v1/vehicles', {
    query: { type: 'motorcycle', market: 'UG', status: 'available' },
  });
  const { data: plans } = await customer.client.get('/v1/plans', { query: { market: 'UG' } });
  const vehicleId = vehicles[0]?.id ?? '';
  const planId = plans.find((plan) => plan.frequency === frequency)?.id ?? '';
  return { customer, lease: await takeLease(customer, agent, vehicleId, planId) };
}

/** Travels until the lease has ended; a part that is down meanwhile is waited for. */
async function travelToTheEnd(leaseId: string, client: MarketplaceClient, days: number): Promise<Lease> {
  for (let i = 0; i < 40; i += 1) {
    try {
      await travel(admin, leaseId, days);
      const lease = await client.get('/v1/leases/{id}', { path: { id: leaseId } });
      if (lease.status === 'completed') return lease;
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 409) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  throw new Error(`lease ${leaseId} did not complete; the platform said:\n${output.slice(-20).join('\n')}`);
}

async function expectBooksToAgree({ customer, lease }: { customer: Customer; lease: Lease }): Promise<void> {
  const final = await customer.client.get('/v1/leases/{id}', { path: { id: lease.id } });
  expect(final).toMatchObject({
    status: 'completed',
    ownedPercent: 100,
    instalmentsPaid: lease.instalmentsTotal,
    daysPastDue: 0,
  });
  expect(final.paid).toEqual(final.totalPrice);
  expect(await reallyCharged(place(), customer.phone)).toBe(final.totalPrice.amount);
  const { currencies } = await admin.get('/v1/ledger/trial-balance');
  for (const { debits, credits } of currencies) expect(debits).toBe(credits);
}

describe('a journey over the API alone', () => {
  it('52 weekly instalments to ownership, while worker, API, Temporal, Postgres and all at once are killed', async () => {
    const { customer, lease } = await begin('+256771230100', 'weekly');
    let over = false;
    const killing = (async () => {
      const victims: PartName[] = ['worker', 'api', 'temporal', 'postgres', 'simulators', 'worker'];
      for (const name of victims) {
        if (over) return;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        const { pid } = platform.part(name);
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      }
    })();
    await travelToTheEnd(lease.id, customer.client, 60);
    over = true;
    await killing;
    await leaseThat(customer.client, lease.id, 'completed', ({ status }) => status === 'completed', 60_000);
    await expectBooksToAgree({ customer, lease });
  }, 240_000);

  it('a second start finds its data again', async () => {
    const before = await admin.get('/v1/leases');
    await platform.stop();
    platform = await start();
    const after = await admin.get('/v1/leases');
    expect(after.data.map(({ id }) => id)).toEqual(before.data.map(({ id }) => id));
  }, 120_000);

  it('nobody’s phone, document number or token is in any log', async () => {
    const directory = join(dataDir, 'logs');
    // The simulators play the outside world, which knows the numbers that it is told.
    const names = (await readdir(directory)).filter((name) => !name.startsWith('simulators'));
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) {
      const log = await readFile(join(directory, name), 'utf8');
      for (const secret of [/771230100/, /CM\d{10}AB/, /eyJ[\w-]{10,}\./, /Journey Person/])
        expect(secret.exec(log)?.[0], `${secret} in ${name}`).toBeUndefined();
    }
  });
});
