import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { createApiWorld, type Answer, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { restructureLease } from '#use-cases/leases/restructure-lease';

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
  // What takes its place one day is called as it was.
  const second = await world.call('POST', '/v1/plans', { token: admin.token, body: terms({ name }) });
  expect(second).toMatchObject({ status: 201, body: { name } });
  expect(idOf(second).id).not.toBe(id);
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
  const withBattery = { components: { vehicle: 70, battery: 30 } };
  expect(await patch(withBattery)).toMatchObject({ status: 200, body: withBattery });
  await patch({ components: { vehicle: 80, insurance: 20 } });
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
      keyFacts: {
        price: { amount: 5_000_000 },
        financed: { amount: 4_000_000 },
        totalCost: { amount: 6_200_000 },
        costOfCredit: { amount: 1_200_000 },
        effectiveAnnualRate: {
          eu: { percent: 74.99, formula: expect.stringContaining('2008/48/EC') },
          us: { percent: 56.26, formula: expect.stringContaining('appendix J') },
        },
        example: { lines: [{ number: 1, amount: { amount: 104_000 } }, { number: 2 }, { number: 3 }, { number: 50 }] },
        whenLate: { graceDays: 2, fee: null, repossession: { afterDaysPastDue: 7, noticeDays: 14 } },
        // 1,000,000 and 31 of 104,000 are less than two thirds of 6,200,000; with one more they are not.
        twoThirds: { paid: { amount: 4_133_334 }, instalment: 31 },
        // 25 of 104,000, each less its 30 of 130.
        settlingEarly: { afterInstalments: 25, amount: { amount: 2_000_000 }, saved: { amount: 600_000 } },
        texts: {
          en: { cost: expect.stringContaining('6,200,000 UGX'), late: expect.stringContaining('no late fee') },
          lg: { cost: expect.stringContaining('Omuwendo') },
          sw: { cost: expect.stringContaining('Bei') },
          rw: { cost: expect.stringContaining('Igiciro') },
        },
      },
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

it('the key facts of a lease stay as they were agreed on, and are for its customer and staff', async () => {
  const customer = await world.customer();
  const owner = { customerId: customer.user.id, deposit: 20_000, instalment: 21_600 };
  const lease = await bookLease(world.database, world.deps.config, owner);
  const read = async (token: string) => world.call('GET', `/v1/leases/${lease.id}/key-facts`, { token });
  expect((await read(customer.token)).body).toMatchObject({ example: { lines: [{ number: 1 }, {}, {}, {}] } });
  await lease.pays('2026-01-05T09:00:00Z', 50_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  const agreed = {
    status: 200,
    body: {
      totalCost: { amount: 236_000, currency: 'UGX' },
      costOfCredit: { amount: 36_000 },
      instalments: 10,
      example: {
        handedOverOn: '2026-01-06',
        lines: [{ number: 1, dueOn: '2026-01-13', amount: { amount: 21_600 } }, {}, {}, { dueOn: '2026-03-17' }],
      },
    },
  };
  expect(await read(customer.token)).toMatchObject(agreed);
  await lease.at('2026-01-07T09:00:00Z', (context) =>
    restructureLease(
      { ...context, actor: { id: admin.user.id, role: 'admin' } },
      { leaseId: lease.id, instalments: 20, reason: 'less' },
    ),
  );
  expect(await read(admin.token)).toMatchObject(agreed);
  expect((await read((await world.customer()).token)).status).toBe(404);
});

const declining = { method: 'declining', annualRatePercent: 24, markupPercent: 0 };
const earnings = { sharePercent: 30, floor: 10_000, ceiling: 50_000 };
it.each([
  ['annualRatePercent', { annualRatePercent: 24 }],
  ['annualRatePercent', { method: 'declining', markupPercent: 0 }],
  ['annualRatePercent', { ...declining, annualRatePercent: 24.005 }],
  ['markupPercent', { ...declining, markupPercent: 10 }],
  ['instalments', { ...declining, instalments: 1 }],
  ['instalments', { ...declining, instalments: 521 }],
  ['season', { ...declining, season: { 12: 50 } }],
  ['season.13', { season: { 13: 50 } }],
  ['earnings', { ...declining, earnings }],
  ['earnings', { season: { 12: 50 }, earnings }],
  ['earnings.ceiling', { earnings: { ...earnings, ceiling: 9_000 } }],
  ['earnings.floor', { market: 'KE', earnings: { ...earnings, floor: 10_050 } }],
  ['daysOffPerMonth', { daysOffPerMonth: 2 }],
  ['depositAmount', { market: 'KE', depositAmount: 150 }],
  ['subsidy.amount', { market: 'KE', subsidy: { amount: 150, by: 'A fund' } }],
] as const)('a plan whose %s does not go with the rest is refused', async (path, more) => {
  const refused = await world.call('POST', '/v1/plans', { token: admin.token, body: terms(more) });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: expect.stringContaining(path) }] } });
});

it('a plan is changed only into one that goes together, and quotes of every kind say what they are made of', async () => {
  const sold = { ...vehicle, type: 'car', registration: 'UPL 002A', vin: 'PLAN2' };
  const { id } = idOf(await world.call('POST', '/v1/vehicles', { token: admin.token, body: sold }));
  const planned = idOf(
    await world.call('POST', '/v1/plans', { token: admin.token, body: terms({ vehicleTypes: ['car'] }) }),
  );
  const patch = (body: unknown) =>
    world.call('PATCH', `/v1/plans/${planned.id}`, { token: admin.token, body, headers: { 'if-match': '*' } });
  const quote = async () => (await world.call('GET', `/v1/vehicles/${id}/quote?planId=${planned.id}`)).body;

  expect(await patch({ method: 'declining' })).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  expect(await patch({ ...declining, components: { vehicle: 100 } })).toMatchObject({ status: 200, body: declining });
  // 24/52 percent a week of 4,000,000 over fifty weeks.
  expect(await quote()).toMatchObject({
    instalment: { amount: 89_769 },
    components: { principal: { amount: 71_307 }, interest: { amount: 18_462 } },
    keyFacts: { effectiveAnnualRate: { us: { percent: 24 }, eu: { percent: 27.05 } } },
  });
  expect((await patch({ markupPercent: 30 })).status).toBe(400);

  const plain = { method: 'markup', annualRatePercent: null, markupPercent: 30, depositPercent: 0 };
  const subsidy = { amount: 1_000_000, by: 'Green Fund' };
  const shaped = { frequency: 'daily', daysOffPerMonth: 4, season: { 12: 50 }, depositAmount: 500_000, subsidy };
  expect(await patch({ ...plain, ...shaped })).toMatchObject({ status: 200, body: shaped });
  expect(await quote()).toMatchObject({
    deposit: { amount: 500_000 },
    total: { amount: 5_050_000 },
    keyFacts: {
      subsidy: { amount: { amount: 1_000_000 }, by: 'Green Fund' },
      financed: { amount: 3_500_000 },
      costOfCredit: { amount: 1_050_000 },
      texts: { sw: { cost: expect.stringContaining('Green Fund') } },
    },
  });
  const found = await world.call(
    'GET',
    '/v1/vehicles?market=UG&frequency=daily&minInstalment=91000&maxInstalment=91000',
  );
  expect(found.body).toMatchObject({ data: [{ id, instalmentFrom: { amount: { amount: 91_000 } } }] });
});
