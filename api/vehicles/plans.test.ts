import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createApiWorld, type Answer, type ApiWorld, type Person } from '#test/api-world';

let world: ApiWorld;
let admin: Person;
let serial = 0;
beforeAll(async () => {
  world = await createApiWorld();
  admin = await world.staff('admin');
});
afterAll(() => world.close());

const vehicle = {
  type: 'motorcycle',
  make: 'Bajaj',
  model: 'Boxer',
  year: 2024,
  market: 'UG',
  price: { amount: 5_000_000, currency: 'UGX' },
  registration: 'UPL 001A',
  vin: 'PLAN1',
};
const terms = (more: object = {}) => {
  serial += 1;
  return {
    name: `Plan ${serial}`,
    market: 'UG',
    vehicleTypes: ['motorcycle'],
    frequency: 'weekly',
    instalments: 50,
    depositPercent: 20,
    markupPercent: 30,
    graceDays: 2,
    immobiliseAfterDaysPastDue: 7,
    immobiliseNoticeHours: 24,
    components: { vehicle: 80, insurance: 20 },
    ...more,
  };
};

const plan = z.object({ id: z.string() });
const page = z.object({ data: z.array(plan), nextCursor: z.string().nullable() });
const idOf = ({ body }: Answer) => plan.parse(body);

it('plans are made by admins, read by everybody, changed and withdrawn', async () => {
  const created = await world.call('POST', '/v1/plans', { token: admin.token, body: terms() });
  expect(created).toMatchObject({
    status: 201,
    body: { lateFee: null, offerHours: 72, signHours: 48, depositHours: 72, active: true },
  });
  const { id, name } = created.body as { id: string; name: string };
  expect(await world.call('GET', `/v1/plans/${id}`)).toMatchObject({ status: 200, body: { id, name } });
  expect(await world.call('POST', '/v1/plans', { token: admin.token, body: terms({ name }) })).toMatchObject({
    status: 409,
    body: { errors: [{ path: 'name' }] },
  });
  const patch = (body: unknown, tag = '*') =>
    world.call('PATCH', `/v1/plans/${id}`, { token: admin.token, body, headers: { 'if-match': tag } });
  expect((await patch({ graceDays: 3 }, '"9"')).status).toBe(412);
  expect(await patch({ graceDays: 3, lateFee: { amount: 5_000, cap: 20_000 } }, '"1"')).toMatchObject({
    status: 200,
    body: { graceDays: 3, lateFee: { amount: 5_000, cap: 20_000 } },
  });
  expect(await patch({ components: { vehicle: 50 } })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'components' }] },
  });
  expect(await patch({ lateFee: { amount: 5, cap: 1 } })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'lateFee.cap' }] },
  });

  const listed = async (query: string, token?: string) =>
    (await world.call('GET', `/v1/plans?${query}`, { token })).body as {
      data: { id: string }[];
      nextCursor: string | null;
    };
  expect((await listed('market=UG&type=motorcycle&frequency=weekly')).data.map((plan) => plan.id)).toContain(id);
  expect((await listed('type=truck')).data).toEqual([]);
  expect((await patch({ active: false })).status).toBe(200);
  expect((await listed('market=UG')).data.map((plan) => plan.id)).not.toContain(id);
  expect((await listed('market=UG&all=true')).data.map((plan) => plan.id)).not.toContain(id);
  expect((await listed('market=UG&all=true', admin.token)).data.map((plan) => plan.id)).toContain(id);
});

it('plans are paged', async () => {
  for (let i = 0; i < 3; i += 1)
    await world.call('POST', '/v1/plans', { token: admin.token, body: terms({ market: 'RW' }) });
  const paged: string[] = [];
  for (let cursor = ''; ;) {
    const { data, nextCursor } = page.parse((await world.call('GET', `/v1/plans?market=RW&limit=1${cursor}`)).body);
    paged.push(...data.map(({ id }) => id));
    if (nextCursor === null) break;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
  expect(paged).toHaveLength(3);
  expect(new Set(paged).size).toBe(3);
});

it('quotes say what a vehicle costs, and name the plan that does not fit', async () => {
  const { id } = idOf(await world.call('POST', '/v1/vehicles', { token: admin.token, body: vehicle }));
  const plan = idOf(await world.call('POST', '/v1/plans', { token: admin.token, body: terms() }));
  expect(await world.call('GET', `/v1/vehicles/${id}/quote?planId=${plan.id}`)).toMatchObject({
    status: 200,
    body: {
      deposit: { amount: 1_000_000, currency: 'UGX' },
      instalment: { amount: 104_000, currency: 'UGX' },
      instalments: 50,
      frequency: 'weekly',
      total: { amount: 6_200_000, currency: 'UGX' },
      components: { vehicle: { amount: 83_200 }, insurance: { amount: 20_800 } },
    },
  });
  const trucks = terms({ vehicleTypes: ['truck'] });
  const other = idOf(await world.call('POST', '/v1/plans', { token: admin.token, body: trucks }));
  for (const planId of [other.id, uuidv7()])
    expect(await world.call('GET', `/v1/vehicles/${id}/quote?planId=${planId}`)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'planId' }] },
    });
  expect(await world.call('GET', `/v1/vehicles/${id}/quote`)).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'planId' }] },
  });
  expect((await world.call('GET', `/v1/vehicles/${uuidv7()}/quote`)).status).toBe(404);
});
