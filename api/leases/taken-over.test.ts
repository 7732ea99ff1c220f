import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leases, methods } from '#db/schema/index';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { changeCustomer } from '#use-cases/leases/change-customer';
import { lockLease } from '#use-cases/leases/lease-record';
import { restructureLease } from '#use-cases/leases/restructure-lease';

let world: ApiWorld;
let heir: Person;
let agent: Person;
let leaseId: string;

beforeAll(async () => {
  world = await createApiWorld();
  const owner = await world.customer();
  [heir, agent] = [await world.customer(), await world.staff('agent')];
  const lease = await bookLease(world.database, world.deps.config, { customerId: owner.user.id });
  leaseId = lease.id;
  await lease.pays('2026-01-05T09:00:00Z', 20_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  await lease.at('2026-01-20T09:00:00Z', (context) =>
    restructureLease(
      { ...context, actor: { role: 'agent', id: randomUUID() } },
      { leaseId, instalments: 12, reason: 'ill' },
    ),
  );
  const [paymentMethodId, customerId] = [uuidv7(), heir.user.id];
  const account = { provider: 'mtn', phoneEncrypted: 'x', phoneHash: paymentMethodId, masked: '+256*' } as const;
  await world.deps.db.insert(methods).values({ id: paymentMethodId, userId: customerId, ...account });
  const at = '2026-01-22T06:00:00Z';
  const signed = { customerId, paymentMethodId, signedName: 'Okello', signedAt: new Date(at) };
  await lease.at(at, async (context) => changeCustomer(context, await lockLease(context.tx, leaseId), signed));
});
afterAll(() => world.close());

const ask = async (person: Person, path = '') =>
  world.call('GET', `/v1/leases/${leaseId}${path}`, { token: person.token });

it('how late who had the lease before was is told staff alone', async () => {
  const restructured = { restructuredOn: '2026-01-20', arrearsRestructured: 7 };
  expect((await ask(agent)).body).toMatchObject(restructured);
  const nothing = { restructuredOn: null, arrearsRestructured: null };
  expect((await ask(heir)).body).toMatchObject(nothing);
  const { body } = await world.call('GET', '/v1/leases', { token: heir.token });
  expect(body).toMatchObject({ data: [{ id: leaseId, ...nothing }] });
});

it('a lease is found by its reference, however that is typed, by whoever may read it', async () => {
  const reference = 'K7WQ2MTPA';
  await world.database.db.update(leases).set({ reference }).where(eq(leases.id, leaseId));
  const found = async (typed: string, { token }: Person = agent) =>
    (await world.call('GET', `/v1/leases?q=${encodeURIComponent(typed)}`, { token })).body;
  expect(await found('k7wq 2mtpa')).toMatchObject({ data: [{ id: leaseId }] });
  expect(await found(reference, heir)).toMatchObject({ data: [{ id: leaseId }] });
  expect(await found('K7WQ2MTPB')).toMatchObject({ data: [] });
});

it('schedules of before it was made over are told staff alone', async () => {
  expect((await ask(agent, '/schedule?version=1')).status).toBe(200);
  expect((await ask(heir, '/schedule?version=1')).status).toBe(404);
  expect((await ask(heir, '/schedule?version=2')).status).toBe(200);
  expect((await ask(heir, '/schedule')).status).toBe(200);
});
