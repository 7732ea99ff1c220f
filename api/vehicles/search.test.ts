import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transact } from '#use-cases/context';
import { setVehicleStatus } from '#use-cases/vehicles/set-vehicle-status';
import { branches, plans, vehicles } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { leastInstalment } from '#domain/vehicles/least-instalment';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { weeklyPlan } from '#test/lease-books';

let world: ApiWorld;
let agent: Person;
let serial = 0;

interface Found {
  id: string;
  make: string;
  model: string;
  status: string;
  price: { amount: number };
  distanceKm: number | null;
  instalmentFrom: { planId: string; frequency: string; amount: { amount: number } } | null;
}
interface Page {
  data: Found[];
  nextCursor: string | null;
}
interface Counts {
  total: number;
  price: { least: { amount: number }; most: { amount: number } }[];
  [facet: string]: unknown;
}

const offered = (more: Partial<typeof plans.$inferInsert>): typeof plans.$inferInsert => ({
  ...weeklyPlan,
  lateFee: null,
  vehicleTypes: [...weeklyPlan.vehicleTypes],
  id: uuidv7(),
  name: `Plan ${uuidv7()}`,
  ...more,
});

async function add(more: Partial<typeof vehicles.$inferInsert> = {}) {
  serial += 1;
  const row = {
    id: uuidv7(),
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer BM 100',
    year: 2024,
    market: 'UG',
    price: 5_000_000,
    currency: 'UGX',
    registration: `USEA ${serial}`,
    vin: `SEA${serial}`,
    ...more,
  } as const;
  await world.database.db.insert(vehicles).values(row);
  return row;
}

beforeAll(async () => {
  world = await createApiWorld();
  agent = await world.staff('agent');
  await world.database.db
    .insert(plans)
    .values([
      offered({ frequency: 'daily', instalments: 728, markupPercent: 45 }),
      offered({ frequency: 'weekly', instalments: 52, vehicleTypes: ['motorcycle', 'car'] }),
      offered({ frequency: 'monthly', instalments: 24, market: 'KE', vehicleTypes: ['van'], depositPercent: 20 }),
      offered({ frequency: 'monthly', instalments: 3, active: false, markupPercent: 0, depositPercent: 90 }),
    ]);
  await add({ model: 'Boxer BM 100', place: 'Kampala, Ntinda', latitude: 0.3546, longitude: 32.6125 });
  await add({ model: 'Pulsar 125', price: 6_000_000, place: 'Entebbe', latitude: 0.0512, longitude: 32.4637 });
  await add({ make: 'TVS', model: 'HLX-125', price: 5_900_000, features: ['top box', 'electric start'] });
  await add({ make: 'Spiro', model: 'Ekon 450', price: 6_600_000, features: ['electric'], status: 'maintenance' });
  await add({ make: 'Yamaha', model: 'YBR 125G', price: 9_100_000 });
  await add({ make: 'Toyota', model: 'Vitz', type: 'car', price: 29_500_000 });
  await add({ make: 'Toyota', model: 'HiAce', type: 'van', price: 235_000_000, market: 'KE', currency: 'KES' });
});
afterAll(() => world.close());

const list = async (query: string, token?: string) =>
  (await world.call('GET', `/v1/vehicles?${query}`, { token })).body as Page;
const models = async (query: string) => (await list(query)).data.map(({ model }) => model);
const count = async (query: string) => (await world.call('GET', `/v1/vehicles/facets?${query}`)).body as Counts;

describe('what people type', () => {
  it.each([
    ['bajja boxr', ['Boxer BM 100']],
    ['BAJAJ', ['Pulsar 125', 'Boxer BM 100']],
    ['boxer bajaj', ['Boxer BM 100']],
    ['Boxer BM100', ['Boxer BM 100']],
    ['ybr125g', ['YBR 125G']],
    ['pulser', ['Pulsar 125']],
    ['yamha', ['YBR 125G']],
    ['hnoda', []],
    ['toyotta vits', ['Vitz']],
    ['oyot', ['HiAce', 'Vitz']],
    ['hlx 125', ['HLX-125']],
    ['electrik', ['Ekon 450', 'HLX-125']],
    ['top box', ['HLX-125']],
    ['kampla', ['Boxer BM 100']],
    ["'; drop table", []],
    ['%', []],
    ['the boxer', ['Boxer BM 100']],
    ['bajaj motorcycle', ['Boxer BM 100', 'Pulsar 125']],
    ['boda yamaha', ['YBR 125G']],
    ['toyota hiace van', ['HiAce']],
    ['lorry', []],
    ['car', ['Vitz']],
    ['motorcyle bajaj 2024', ['Boxer BM 100', 'Pulsar 125']],
    ['boxer 2019', []],
  ])('%s finds %j', async (typed, wanted) => {
    const found = await models(`q=${encodeURIComponent(typed)}&limit=100`);
    expect(found.toSorted()).toEqual(wanted.toSorted());
  });

  it('finds a plate or a VIN, however it is spaced, for staff alone', async () => {
    const { id } = await add({ make: 'Simba', registration: 'UMB 481Q', vin: 'MD2A11CZ3KWG00481' });
    for (const typed of ['umb481q', 'UMB 481 Q', 'md2a11cz3kwg00481']) {
      const query = `q=${encodeURIComponent(typed)}`;
      expect((await list(query, agent.token)).data.map((one) => one.id)).toContain(id);
      expect((await list(query)).data.map((one) => one.id)).not.toContain(id);
    }
    // What was typed as a number stands before what its words are like.
    expect((await list('q=umb481q', agent.token)).data[0]?.id).toBe(id);
  });

  it('finds in make and model before features', async () => {
    await add({ make: 'Electric', model: 'One', market: 'RW', currency: 'RWF' });
    await add({ make: 'Ampersand', model: 'Two', market: 'RW', currency: 'RWF', features: ['electric'] });
    expect(await models('market=RW&q=electric')).toEqual(['One', 'Two']);
    const first = await list('market=RW&q=electric&limit=1');
    expect(await models(`market=RW&q=electric&limit=1&cursor=${first.nextCursor}`)).toEqual(['Two']);
  });

  it('is needed where it decides the order', async () => {
    for (const [query, path] of [
      ['sort=relevance', 'q'],
      ['withinKm=5', 'near'],
    ])
      expect(await world.call('GET', `/v1/vehicles?${query}`)).toMatchObject({
        status: 400,
        body: { errors: [{ path }] },
      });
  });
});

describe('where and for how much', () => {
  it('says how far it is, and leaves out what is farther', async () => {
    const near = await list('near=0.3136,32.5811&status=available&market=UG');
    expect(near.data.slice(0, 3).map(({ model, distanceKm }) => [model, distanceKm])).toEqual([
      ['Boxer BM 100', 5.7],
      ['Pulsar 125', 32],
      [expect.any(String), null],
    ]);
    expect(await models('near=0.3136,32.5811&withinKm=10')).toEqual(['Boxer BM 100']);
    // As maps copy it.
    expect(await models('near=0.31360000000001,%2032.5811&withinKm=10')).toEqual(['Boxer BM 100']);
  });

  it.each([
    ['RW', { method: 'declining', annualRatePercent: 29.99, markupPercent: 0, instalments: 36, frequency: 'monthly' }],
    ['RW', { method: 'declining', annualRatePercent: 0, markupPercent: 0, instalments: 700, frequency: 'daily' }],
    ['KE', { method: 'declining', annualRatePercent: 100, markupPercent: 0, instalments: 520, depositPercent: 30 }],
    ['KE', { subsidy: { amount: 70_000_000, by: 'A fund' }, depositAmount: 10_000_000, depositPercent: 5 }],
  ] as const)('finds the instalment of a plan in %s of %o', async (inMarket, more) => {
    const make = `Kind ${serial}`;
    const currency = inMarket === 'KE' ? 'KES' : 'RWF';
    const plan = { ...offered({ ...more, market: inMarket, vehicleTypes: ['truck'] }), id: uuidv7() };
    await world.database.db.insert(plans).values(plan);
    for (const price of [100, 77_777_777, 123_456_700, 999_999_999_999])
      await add({ make, type: 'truck', market: inMarket, currency, price });
    const { data } = await list(`make=${make}`);
    expect(data).toHaveLength(4);
    for (const { id, instalmentFrom } of data) {
      const sum = instalmentFrom?.amount.amount;
      const found = await list(`make=${make}&minInstalment=${sum}&maxInstalment=${sum}`);
      expect(found.data.map((one) => one.id)).toContain(id);
      expect(found.data.length).toBeLessThan(4);
    }
    await world.database.db.update(plans).set({ active: false }).where(eq(plans.id, plan.id));
  });

  it('goes by what an instalment is on the plans of its market, to the unit as the rule has it', async () => {
    const offers = await world.database.db.select().from(plans).where(eq(plans.active, true));
    for (let i = 0; i < 12; i += 1)
      await add({ make: 'Sums', price: 1_000_000 + i * 7_777_777 + (i % 3), type: i % 2 === 0 ? 'car' : 'motorcycle' });
    for (const frequency of ['daily', 'weekly', undefined]) {
      const of = offers.filter((plan) => frequency === undefined || plan.frequency === frequency);
      const query = `make=Sums&limit=100${frequency === undefined ? '' : `&frequency=${frequency}`}`;
      const { data } = await list(`${query}&sort=instalment`);
      expect(data).toHaveLength(frequency === 'daily' ? 6 : 12);
      const rows = await world.database.db.select().from(vehicles).where(eq(vehicles.make, 'Sums'));
      const byRule = rows.flatMap(
        (row) => leastInstalment(of, { ...row, price: money(row.price, row.currency) }) ?? [],
      );
      const sums = byRule.map(({ amount }) => amount.amount).toSorted((a, b) => a - b);
      expect(data.map((one) => one.instalmentFrom?.amount.amount)).toEqual(sums);
      const down = await list(`${query}&sort=-instalment`);
      expect(down.data.map((one) => one.instalmentFrom?.amount.amount)).toEqual(sums.toReversed());
    }
    const all = await list('make=Sums&limit=100&sort=instalment&frequency=weekly');
    const third = all.data[2]?.instalmentFrom?.amount.amount ?? 0;
    const upTo = await list(`make=Sums&limit=100&frequency=weekly&maxInstalment=${third}`);
    expect(upTo.data).toHaveLength(3);
    const exactly = await list(`make=Sums&frequency=weekly&minInstalment=${third}&maxInstalment=${third}`);
    expect(exactly.data.map(({ id }) => id)).toEqual([all.data[2]?.id]);
    const paged: string[] = [];
    for (let cursor = '', more = true; more;) {
      const page = await list(`make=Sums&limit=5&sort=instalment&frequency=weekly${cursor}`);
      paged.push(...page.data.map(({ id }) => id));
      more = page.nextCursor !== null;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(paged).toEqual(all.data.map(({ id }) => id));
  });
});

describe('facets', () => {
  it('count what a search would find, of each filter as if it were chosen anew', async () => {
    const found = await count('market=UG&make=toyota&type=car');
    expect(found).toMatchObject({ total: 1, make: expect.arrayContaining([{ value: 'Toyota', count: 1 }]) });
    expect(found['market']).toEqual([{ value: 'UG', count: 1 }]);
    const both = await count('make=toyota');
    expect(both).toMatchObject({ total: 2 });
    expect(
      new Map((both['type'] as { value: string; count: number }[]).map(({ value, count }) => [value, count])),
    ).toEqual(
      new Map([
        ['car', 1],
        ['van', 1],
      ]),
    );
    expect(both.price).toHaveLength(2);
    const typed = await count('q=bajja&maxPrice=5000000');
    expect(typed).toMatchObject({
      total: 1,
      status: [{ value: 'available', count: 1 }],
      price: [{ least: { amount: 5_000_000 }, most: { amount: 6_000_000 } }],
    });
    expect((await count('feature=electric&market=UG'))['feature']).toEqual([{ value: 'electric', count: 1 }]);
    for (const make of ['Bajaj', 'Toyota', 'TVS']) {
      const counted = (await count('status=available'))['make'] as { value: string; count: number }[];
      const listed = await list(`status=available&limit=100&make=${make}`);
      expect(counted.find(({ value }) => value === make)?.count ?? 0, make).toBe(listed.data.length);
    }
  });
});

describe('an answer that was given before', () => {
  it('is given again, and 304 to who has it, until something changes', async () => {
    const make = `Kept${serial}`;
    const { id } = await add({ make });
    const path = `/v1/vehicles?make=${make}`;
    const first = await world.call('GET', path);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('public, no-cache');
    const { db } = world.database;
    // Behind everybody's back: what is kept is kept.
    await db.update(vehicles).set({ model: 'Other' }).where(eq(vehicles.id, id));
    expect((await world.call('GET', path)).body).toEqual(first.body);
    expect((await world.call('GET', path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const customer = await world.customer();
    const own = await world.call('GET', path, { token: customer.token });
    expect([own.headers.get('etag'), own.headers.get('cache-control')]).toEqual([etag, 'private, no-cache']);
    await transact(db, system('test'), new Date(), (context) => setVehicleStatus(context, id, 'reserved'));
    const after = await world.call('GET', path, { headers: { 'if-none-match': etag } });
    expect(after).toMatchObject({ status: 200, body: { data: [{ model: 'Other', status: 'reserved' }] } });
  });

  it('says what is true when it was asked for, whoever writes, and however many ask', async () => {
    const make = `True${serial}`;
    const { id } = await add({ make });
    const { db } = world.database;
    const path = `make=${make}&status=available`;
    for (let i = 0; i < 20; i += 1) {
      const status = i % 2 === 0 ? 'reserved' : 'available';
      // Others ask all the while.
      const asking = Promise.all([list(path), list(path), count(path)]);
      await transact(db, system('test'), new Date(), (context) => setVehicleStatus(context, id, status));
      const [seen, counted] = await Promise.all([list(path), count(path)]);
      expect([seen.data.length, counted.total]).toEqual(status === 'available' ? [1, 1] : [0, 0]);
      await asking;
    }
  });

  it('goes by a new price of a plan at once', async () => {
    const make = `Plan${serial}`;
    await add({ make });
    const admin = await world.staff('admin');
    const [plan] = await world.database.db.select().from(plans).where(eq(plans.frequency, 'daily'));
    const before = (await list(`make=${make}`)).data[0]?.instalmentFrom?.amount.amount ?? 0;
    await world.call('PATCH', `/v1/plans/${plan?.id}`, { token: admin.token, body: { markupPercent: 90 } });
    expect((await list(`make=${make}`)).data[0]?.instalmentFrom?.amount.amount).toBeGreaterThan(before);
  });

  it('has features that staff write', async () => {
    const [{ id }] = (await list('make=Yamaha')).data as [Found];
    const patch = { token: agent.token, body: { features: ['disc brake'] } };
    expect(await world.call('PATCH', `/v1/vehicles/${id}`, patch)).toMatchObject({ status: 200, body: patch.body });
    expect(await models('q=disk')).toEqual(['YBR 125G']);
    expect(await models(`feature=${encodeURIComponent('disc brake')}`)).toEqual(['YBR 125G']);
  });
});

it('tells nobody but staff where a leased vehicle is, by no order, cursor, word or count', async () => {
  const [branchId, here] = [uuidv7(), { latitude: -0.5, longitude: 30.5 }];
  const market = { market: 'RW', currency: 'RWF' } as const;
  await world.database.db.insert(branches).values({ id: branchId, name: 'Hidden', market: 'RW', ...here });
  const leased = await add({ branchId, ...here, ...market, place: 'Zungulwa', model: 'Hidden', status: 'leased' });
  await add({ latitude: -0.6, longitude: 30.6, ...market, model: 'Stands' });
  const token = agent.token;
  const near = 'market=RW&near=-0.5,30.5';
  const first = await list(`${near}&limit=1`);
  expect(first.data.map(({ model }) => model)).toEqual(['Stands']);
  const last = await list(`${near}&limit=20`);
  const found = last.data.find(({ id }) => id === leased.id);
  expect([found?.distanceKm, last.data.at(-1)?.distanceKm]).toEqual([null, null]);
  const finds = async (query: string, as?: string) => {
    const { body } = await world.call('GET', `/v1/vehicles?${query}`, { token: as });
    return (body as Page).data.some(({ id }) => id === leased.id);
  };
  const total = async (query: string, as?: string) =>
    ((await world.call('GET', `/v1/vehicles/facets?${query}`, { token: as })).body as Counts).total;
  for (const query of [`${near}&withinKm=1`, 'market=RW&q=zungulwa', `market=RW&branchId=${branchId}`]) {
    expect([query, await finds(query), await finds(query, token)]).toEqual([query, false, true]);
    expect([await total(query), await total(query, token)]).toEqual([0, 1]);
  }
  expect(await finds('market=RW&q=hidden')).toBe(true);
});
