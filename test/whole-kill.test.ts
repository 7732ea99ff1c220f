import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Lease } from '#dev/api-types';
import { eventually, MarketplaceClient } from '#dev/client';
import { leaseThat, login, proveIdentity, register, takeLease, travel, type Customer } from '#dev/journey';
import { freePorts, portVariables } from '#dev/ports';
import { startOf } from '#dev/processes';
import { SimulatorClient } from '#dev/simulator-client';
import { startTestServer, type TestServer } from '#providers/test-server';
import { ownDirectory } from './directory.ts';
import { npmStart, type NpmStart } from './npm-start.ts';

/** `npm start` as a person runs it, killed whole while money is on its way. */
let dataDir: string;
let ports: Record<string, string>;
let running: NpmStart;
let admin: MarketplaceClient;
let customer: Customer;
let lease: Lease;
/** What an integrator is told, in order of arrival. */
let integrator: TestServer;
/** Payments that the API has acknowledged, by the key they were asked with. */
const acknowledged = new Map<string, string>();

const notice = z.object({ id: z.string(), subject: z.string().optional() });

const place = () => ({
  api: `http://localhost:${ports['PORT']}`,
  simulators: `http://localhost:${ports['SIMULATOR_PORT']}`,
});

beforeAll(async () => {
  dataDir = await ownDirectory('whole');
  const free = await freePorts(8);
  ports = Object.fromEntries(Object.keys(portVariables).map((name, i) => [name, String(free[i])]));
  running = await npmStart(dataDir, ports);
  admin = await login(place(), 'admin@example.com', 'rent-to-own');
  const agent = await login(place(), 'agent@example.com', 'rent-to-own');
  integrator = await startTestServer();
  integrator.reply = () => ({ status: 204 });
  await admin.post('/v1/webhooks', { body: { url: integrator.url } });
  // 001: every charge takes three seconds.
  const person = { name: 'Slow Person', phone: '+256771240001', market: 'UG', provider: 'mtn' } as const;
  customer = await register(place(), person);
  await proveIdentity(customer, 'CM9100012400AB', 'UG');
  const { client } = customer;
  const { data: vehicles } = await client.get('/v1/vehicles', {
    query: { type: 'motorcycle', market: 'UG', status: 'available' },
  });
  const { data: plans } = await client.get('/v1/plans', { query: { market: 'UG' } });
  const weekly = plans.find(({ frequency }) => frequency === 'weekly')?.id ?? '';
  lease = await takeLease(customer, agent, vehicles[0]?.id ?? '', weekly);
}, 240_000);
afterAll(async () => {
  for (const pid of running.pids()) if (startOf(pid) !== undefined) process.kill(pid, 'SIGKILL');
  await integrator.close();
  await rm(dataDir, { recursive: true, force: true });
});

function pay(amount: number, key: string = randomUUID()) {
  return customer.client
    .post('/v1/leases/{id}/pay', { path: { id: lease.id }, body: { amount: { amount, currency: 'UGX' } }, key })
    .then(({ id }) => acknowledged.set(key, id));
}

/** Lets a due date come and the customer pay besides, and kills by a random moment of it. */
async function killAmidst(kill: () => void): Promise<string> {
  const travelling = travel(admin, lease.id, 8).catch(() => {});
  const moment = Number(process.env['TEST_SEED']) % 4_000;
  const paying = (async () => {
    for (const amount of [1_000, 2_000]) await pay(amount).catch(() => {});
  })();
  await sleep(moment);
  kill();
  await Promise.all([travelling, paying, running.exited]);
  return `killed ${moment} ms after the due date was let come`;
}

/** After all has come to rest: what was charged is what was paid, each once, and the books agree. */
async function expectNothingLostOrDoubled(when: string): Promise<void> {
  const { client, phone } = customer;
  const payments = await eventually(
    `every payment to be settled, ${when}`,
    async () => {
      const { data } = await client.get('/v1/payments', { query: { leaseId: lease.id, limit: 100 } });
      return data.some(({ status }) => status === 'pending' || status === 'unknown') ? undefined : data;
    },
    90_000,
  );
  const truth = new SimulatorClient(place().simulators);
  const { data: charged } = await truth.get('/transactions', { query: { payer: phone } });
  const succeeded = payments.filter(({ status }) => status === 'succeeded');
  const byReference = (rows: readonly { readonly of: string | null; readonly amount: number }[]) =>
    rows.map(({ of, amount }) => `${of} ${amount}`).toSorted();
  expect(
    byReference(charged.map(({ reference, amount }) => ({ of: reference, amount }))),
    `charges of the provider against payments, ${when}`,
  ).toEqual(byReference(succeeded.map(({ id, amount }) => ({ of: id, amount: amount.amount }))));
  for (const id of acknowledged.values())
    expect(
      payments.map((payment) => payment.id),
      `acknowledged payments, ${when}`,
    ).toContain(id);
  const sum = charged.reduce((total, { amount }) => total + amount, 0);
  // A payment is posted to its lease a moment after it is known.
  await leaseThat(client, lease.id, `paid as much as was charged, ${sum}, ${when}`, ({ paid }) => paid.amount === sum);
  const { currencies } = await admin.get('/v1/ledger/trial-balance');
  for (const { debits, credits } of currencies) expect(debits).toBe(credits);
}

/** Every event of the lease reaches the integrator, at least once, none before the one before it. */
async function expectAllTold(when: string): Promise<void> {
  const heard = () => {
    const told = integrator.asked.map(({ body }) => notice.parse(JSON.parse(body)));
    return [...new Set(told.flatMap(({ subject, id }) => (subject === lease.id ? [id] : [])))];
  };
  const { data: events } = await admin.get('/v1/events', { query: { subject: lease.id, limit: 100 } });
  expect(events.length).toBeGreaterThan(5);
  await eventually(`${events.length} events to be told, ${when}`, async () =>
    heard().length >= events.length ? true : undefined,
  );
  expect(heard().slice(0, events.length), when).toEqual(events.map(({ id }) => id));
}

it('goes on after its main process is killed, and then after all of it is, with money on its way', async () => {
  const first = await killAmidst(() => running.signalGroup('SIGKILL'));
  running = await npmStart(dataDir, ports);
  await expectNothingLostOrDoubled(first);

  const second = await killAmidst(() => {
    for (const pid of running.pids()) process.kill(pid, 'SIGKILL');
  });
  running = await npmStart(dataDir, ports);
  await expectNothingLostOrDoubled(`${first}, then ${second}`);

  // The same key again, after two kills, is the same payment.
  for (const [key, id] of [...acknowledged].slice(0, 2)) {
    const amount = (await customer.client.get('/v1/payments/{id}', { path: { id } })).amount.amount;
    await pay(amount, key);
    expect(acknowledged.get(key)).toBe(id);
  }
  await travel(admin, lease.id, 7);
  await expectNothingLostOrDoubled(`${first}, then ${second}, then a week`);
  await expectAllTold(`${first}, then ${second}`);
}, 240_000);

it('stops in order by Ctrl-C, once and for all', async () => {
  const pids = running.pids();
  expect(running.signalGroup('SIGINT')).toBe(true);
  await sleep(100);
  running.signalGroup('SIGINT');
  expect(await running.exited).toBe(0);
  expect(running.lines.at(-1), 'a second signal is not worth a word').toBe('stopping');
  expect(pids.filter((pid) => startOf(pid) !== undefined)).toEqual([]);
  expect(['lock', 'run'].filter((name) => existsSync(join(dataDir, name)))).toEqual([]);
}, 60_000);
