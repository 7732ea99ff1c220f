import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '#test/api-world';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { addDays, localDateAt } from '#domain/calendar';
import { attempts, audit, branches, leases, promises, vehicles } from '#db/schema/index';
import { keepDay } from '#use-cases/portfolio/keep-day';
import { toCall } from './calls.ts';
import { collectionReport, forecast, promiseReport, vintageReport } from './collections.ts';
import { portfolioReport, stages } from './portfolio.ts';
import { utilisationReport } from './utilisation.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.close());

it('is for staff, by market unless asked otherwise', async () => {
  const [agent, admin, customer] = await Promise.all([world.staff('agent'), world.staff('admin'), world.customer()]);
  const lease = await bookLease(world.database, world.deps.config);
  await lease.pays('2026-01-05T09:00:00Z', 20_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  const read = (token?: string, query = '') => world.call('GET', `/v1/portfolio/at-risk${query}`, { token });
  expect((await read()).status).toBe(401);
  expect((await read(customer.token)).status).toBe(403);
  for (const { token } of [agent, admin]) {
    const { status, body } = await read(token);
    expect(status, JSON.stringify(body)).toBe(200);
    const { by, groups, totals } = portfolioReport.parse(body);
    expect([by, groups.map(({ group, leases }) => [group, leases])]).toEqual([
      'market',
      [[{ key: 'UG', name: 'UG' }, 1]],
    ]);
    expect(totals).toMatchObject([{ currency: 'UGX', outstanding: { amount: 100_000 } }]);
  }
  const elsewhere = await read(agent.token, '?by=vintage&market=KE');
  expect(elsewhere).toMatchObject({ status: 200, body: { by: 'vintage', groups: [], totals: [] } });
  for (const query of ['?by=colour', '?market=US', '?days=30'])
    expect(await read(agent.token, query), query).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
});

describe('what came in', () => {
  let token: string;
  const get = async (path: string) => {
    const { status, body } = await world.call('GET', `/v1/portfolio/${path}`, { token });
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const rwanda = { market: 'RW', plan: { ...weeklyPlan, market: 'RW' } } as const;
  const rwf = (amount: number) => ({ amount, currency: 'RWF' });

  beforeAll(async () => {
    ({ token } = await world.staff('agent'));
    const lease = await bookLease(world.database, world.deps.config, rwanda);
    await lease.pays('2026-01-05T09:00:00Z', 20_000);
    await lease.handOver('2026-01-06T09:00:00Z');
    // Lines of 10,000 are due on 13, 20, 27 January …
    await lease.pays('2026-01-13T09:00:00Z', 10_000);
    await lease.pays('2026-01-20T09:00:00Z', 5_000);
    await lease.pays('2026-01-21T09:00:00Z', 10_000);
  });

  it('is by the day of the money, beside what was due by the schedule', async () => {
    const { periods } = collectionReport.parse(
      await get('collections?from=2026-01-12&to=2026-02-01&by=week&market=RW'),
    );
    const of = { market: 'RW', due: rwf(10_000), foreseen: null };
    expect(periods).toEqual([
      { ...of, from: '2026-01-12', received: rwf(10_000), receivedBasisPoints: 10_000 },
      { ...of, from: '2026-01-19', received: rwf(15_000), receivedBasisPoints: 15_000 },
      { ...of, from: '2026-01-26', received: rwf(0), receivedBasisPoints: 0 },
    ]);
    const query = 'from=2026-01-12&to=2026-01-13&format=csv&market=RW';
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${world.url}/v1/portfolio/collections?${query}`, { headers });
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual([
      'text/csv; charset=utf-8; header=present',
      'from,market,currency,due,received,foreseen\r\n2026-01-12,RW,RWF,0,0,\r\n2026-01-13,RW,RWF,10000,10000,\r\n',
    ]);
    for (const wrong of ['from=2026-01-02&to=2026-01-01', 'from=2026-01-01&to=2027-02-01', 'from=2026-01-01'])
      expect(await world.call('GET', `/v1/portfolio/collections?${wrong}`, { token })).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'to' }] },
      });
  });

  it('is held against what was foreseen, once a day was kept; and a day that was kept is told again', async () => {
    // Half an hour after midnight in Kigali; in Kampala and Nairobi it is half past one, which is early enough as well.
    const at = new Date('2026-01-20T22:30:00Z');
    expect(await keepDay(world.database.db, at)).toBe(3);
    expect(await keepDay(world.database.db, at)).toBe(0);
    expect(await keepDay(world.database.db, new Date('2026-01-22T04:30:00Z'))).toBe(0);
    const { groups } = portfolioReport.parse(await get('at-risk?asOf=2026-01-20&market=RW'));
    expect(groups).toMatchObject([{ group: { key: 'RW' }, leases: 1, outstanding: rwf(75_000) }]);
    const missed = await world.call('GET', '/v1/portfolio/at-risk?asOf=2026-01-21&market=RW', { token });
    expect(missed).toMatchObject({ status: 404, body: { detail: 'The portfolio of this day was not kept' } });
    const of = `asOf=${localDateAt(Date.now(), 'RW')}&market=RW`;
    const now = portfolioReport.parse(await get(`at-risk?${of}`));
    expect(now.groups).toEqual(portfolioReport.parse(await get('at-risk?market=RW')).groups);
    // Until the 20th 20,000 were due, and 15,000 had come by its value date; half of the line of the 27th is paid ahead.
    const { periods } = collectionReport.parse(await get('collections?from=2026-01-27&to=2026-01-27&market=RW&lead=7'));
    expect(periods).toMatchObject([{ due: rwf(10_000), received: rwf(0), foreseen: rwf(3_750) }]);
  });

  it('is expected of the next days by how much came lately', async () => {
    const { rateBasisPoints, days } = forecast.parse(await get('forecast?market=RW&days=30'));
    expect([rateBasisPoints, days]).toEqual([null, []]);
    const unnamed = await world.call('GET', '/v1/portfolio/forecast', { token });
    expect(unnamed).toMatchObject({ status: 400, body: { errors: [{ path: 'market' }] } });
  });

  it('is told of each month of handover, month by month', async () => {
    const { vintages } = vintageReport.parse(await get('vintages?market=RW'));
    const month = { month: 0, collected: rwf(45_000), collectedBasisPoints: 3_750, lossBasisPoints: 0 };
    expect(vintages).toMatchObject([{ vintage: '2026-01', leases: 1, price: rwf(120_000), months: [month] }]);
  });

  it('says how many leases stand where', async () => {
    const { stages: found } = stages.parse(await get('stages?market=RW'));
    expect(found).toMatchObject([{ market: 'RW', leases: 1, outstanding: rwf(75_000), overdue: rwf(75_000) }]);
  });
});

describe('whom to ring', () => {
  const kenya = { market: 'KE', plan: { ...weeklyPlan, market: 'KE' } } as const;
  const today = localDateAt(Date.now(), 'KE');
  let token: string;
  beforeAll(async () => {
    ({ token } = await world.staff('agent'));
  });

  /** A lease that runs and is so many days past due, with what else is said of it. */
  async function late(days: number, changes: Partial<typeof leases.$inferInsert> = {}) {
    const plan = { ...kenya.plan, id: randomUUID() };
    const lease = await bookLease(world.database, world.deps.config, { ...kenya, plan });
    await lease.pays('2026-01-05T09:00:00Z', 20_000);
    await lease.handOver('2026-01-06T09:00:00Z');
    await lease.pays('2026-01-13T09:00:00Z', 10_000);
    const oldestUnpaidOn = addDays(today, -days);
    await world.database.db
      .update(leases)
      .set({ oldestUnpaidOn, ...changes })
      .where(eq(leases.id, lease.id));
    return lease;
  }
  async function list() {
    const { status, body } = await world.call('GET', '/v1/portfolio/call-list?market=KE', { token });
    expect(status, JSON.stringify(body)).toBe(200);
    return toCall.parse(body).data;
  }
  const rings = (leaseId: string, body: object) => world.call('POST', `/v1/leases/${leaseId}/calls`, { token, body });
  const promised = (leaseId: string, on: string, status: 'open' | 'broken') =>
    world.database.db
      .insert(promises)
      .values({ id: uuidv7(), leaseId, on, amount: 10_000, status, madeAt: new Date() });

  it('is who is late and why, the most pressing first, until he was rung', async () => {
    const [broken, soon, deep, promising, inDoubt] = [
      await late(4, { status: 'in_arrears' }),
      await late(6),
      await late(40, { status: 'in_arrears' }),
      await late(5, { promisedOn: addDays(today, 2) }),
      await late(9, { status: 'in_arrears' }),
      await late(-3),
      await late(30, { status: 'paused' }),
    ];
    await promised(broken.id, addDays(today, -2), 'broken');
    await promised(promising.id, addDays(today, 2), 'open');
    const of = { leaseId: inDoubt.id, kind: 'instalment', due: 'x', provider: 'mpesa', payerMasked: '+254*' } as const;
    const charge = { ...of, id: uuidv7(), amount: 10_000, currency: 'KES', status: 'unknown' } as const;
    await world.database.db.insert(attempts).values({ ...charge, requestedAt: new Date() });

    expect((await list()).map(({ leaseId, reasons, daysPastDue }) => [leaseId, daysPastDue, reasons])).toEqual([
      [broken.id, 4, ['promise_broken', 'immobilise_soon', 'in_arrears']],
      [soon.id, 6, ['immobilise_soon']],
      [deep.id, 40, ['in_arrears']],
    ]);
    const overdue = { amount: 90_000, currency: 'KES' };
    expect((await list())[0]).toMatchObject({ overdue, customer: { id: broken.customerId }, lastCall: null });

    const noDay = await rings(broken.id, { outcome: 'call_again' });
    expect(noDay).toMatchObject({ status: 422, body: { errors: [{ path: 'callAgainOn' }] } });
    expect(await rings(broken.id, { outcome: 'reached', callAgainOn: addDays(today, -1) })).toMatchObject({
      status: 422,
    });
    const made = { outcome: 'reached', callAgainOn: null };
    expect(await rings(broken.id, { outcome: 'reached' })).toMatchObject({ status: 201, body: made });
    for (let tries = 0; tries < 3; tries += 1) {
      expect((await list()).map(({ leaseId }) => leaseId)).toContain(soon.id);
      await rings(soon.id, { outcome: 'no_answer' });
    }
    await rings(deep.id, { outcome: 'wrong_number' });
    await rings(deep.id, { outcome: 'call_again', callAgainOn: addDays(today, 1) });
    const { body: open } = await world.call('GET', '/v1/cases?status=open&kind=wrong_number', { token });
    expect(open).toMatchObject({ data: [{ kind: 'wrong_number', leaseId: deep.id }] });
    expect(await list()).toEqual([]);
    await world.database.db.update(leases).set({ clockOffsetMs: 86_400_000 }).where(eq(leases.id, deep.id));
    const lastCall = { on: today, outcome: 'call_again' };
    expect(await list()).toMatchObject([{ leaseId: deep.id, reasons: ['call_again', 'in_arrears'], lastCall }]);

    const { body } = await world.call('GET', `/v1/leases/${soon.id}/calls`, { token });
    const unanswered = { leaseId: soon.id, outcome: 'no_answer' };
    expect(body).toMatchObject({ data: [unanswered, unanswered, unanswered] });
    const { body: timeline } = await world.call('GET', `/v1/leases/${broken.id}/timeline`, { token });
    expect(JSON.stringify(timeline)).toContain('"type":"lease.called"');
    const over = await late(1, { status: 'completed' });
    expect(await rings(over.id, { outcome: 'reached' })).toMatchObject({ status: 409 });

    const days = `from=${addDays(today, -9)}&to=${addDays(today, 9)}&market=KE`;
    const kept = promiseReport.parse((await world.call('GET', `/v1/portfolio/promises?${days}`, { token })).body);
    expect(kept.keptBasisPoints).toBe(0);
    expect(kept.promises.map(({ status, promises: count }) => [status, count]).toSorted()).toEqual([
      ['broken', 1],
      ['open', 1],
    ]);
  });
});

describe('what the fleet did', () => {
  const dayIn = (day: string, hour = 0) => new Date(`2025-${day}T${String(hour).padStart(2, '0')}:00:00+03:00`);
  const came = { make: 'Bajaj', model: 'Boxer', year: 2024, market: 'KE', currency: 'KES', price: 15_000_000 } as const;

  it('is told by month, market, branch and type, from the history of states', async () => {
    const { db } = world.database;
    const { token } = await world.staff('agent');
    const branchId = uuidv7();
    const branch = { id: branchId, name: 'Mombasa', market: 'KE', latitude: -4, longitude: 39.7 } as const;
    await db.insert(branches).values(branch);
    const add = async (number: number, more: Partial<typeof vehicles.$inferInsert> = {}) => {
      const [id, vin] = [uuidv7(), `UTIL${number}`];
      const createdAt = dayIn('03-01');
      const vehicle = { id, vin, registration: vin, type: 'motorcycle', ...came, createdAt, ...more } as const;
      await db.insert(vehicles).values(vehicle);
      return id;
    };
    const moved = async (subject: string, at: Date, from: string | null, to: string) => {
      const actor = { role: 'system', id: 'test' } as const;
      const [id, type] = [uuidv7(), from === null ? 'vehicle.created' : 'vehicle.moved'];
      await db.insert(audit).values({ id, key: id, at, type, subject, actor, detail: { status: { from, to } } });
    };
    const ridden = await add(1, { branchId, status: 'available' });
    await moved(ridden, dayIn('03-01'), null, 'available');
    await moved(ridden, dayIn('03-11'), 'available', 'reserved');
    await moved(ridden, dayIn('03-12', 12), 'reserved', 'leased');
    await moved(ridden, dayIn('04-02'), 'leased', 'maintenance');
    await moved(ridden, dayIn('04-12'), 'maintenance', 'available');
    // Before there was a history of states; sold in the middle of the time.
    const old = await add(2, { branchId, status: 'sold' });
    await moved(old, dayIn('03-21'), 'leased', 'sold');
    await add(3, { type: 'car', status: 'maintenance' });

    const path = '/v1/portfolio/utilisation?from=2025-03-01&to=2025-04-30&market=KE';
    const { body } = await world.call('GET', path, { token });
    const of = { market: 'KE', branchId, branch: 'Mombasa', type: 'motorcycle' };
    const none = { leased: 0, reserved: 0, available: 0, maintenance: 0, leasedBasisPoints: 0 };
    const car = { market: 'KE', branchId: null, branch: null, type: 'car', vehicles: 1, ...none };
    expect(utilisationReport.parse(body).months).toEqual([
      {
        month: '2025-03',
        ...of,
        vehicles: 2,
        leased: 39.5,
        reserved: 1.5,
        available: 10,
        maintenance: 0,
        leasedBasisPoints: 7_745,
      },
      { month: '2025-03', ...car, maintenance: 31 },
      {
        month: '2025-04',
        ...of,
        ...none,
        vehicles: 1,
        leased: 1,
        available: 19,
        maintenance: 10,
        leasedBasisPoints: 333,
      },
      { month: '2025-04', ...car, maintenance: 30 },
    ]);
    const file = await world.call('GET', `${path}&format=csv`, { token });
    expect(file.headers.get('content-type')).toContain('text/csv');
    expect(String(file.body).split('\r\n').slice(0, 2)).toEqual([
      'month,market,branchId,branch,type,vehicles,leased,reserved,available,maintenance,leasedBasisPoints',
      `2025-03,KE,${branchId},Mombasa,motorcycle,2,39.5,1.5,10,0,7745`,
    ]);
    const nothing = await world.call('GET', '/v1/portfolio/utilisation?from=2024-01-01&to=2024-02-01', { token });
    expect(nothing.body).toEqual({ months: [] });
    const turned = await world.call('GET', '/v1/portfolio/utilisation?from=2025-03-02&to=2025-03-01', { token });
    expect(turned.status).toBe(400);
  });
});
