import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, holds, latestPositions, leases, outbox, users, vehicles } from '#db/schema/index';
import { writeOffLease } from '#use-cases/leases/write-off';
import { transact } from '#use-cases/context';
import { setVehicleStatus } from '#use-cases/vehicles/set-vehicle-status';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { vehicleMoves } from '#domain/vehicles/states';
import { vehicleStatuses } from '#domain/vehicles/vehicle';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { logIn } from '#test/log-in';
import { plateOf } from '#test/plates';

let world: ApiWorld;
let agent: Person;
let admin: Person;
let serial = 0;
beforeAll(async () => {
  world = await createApiWorld();
  [agent, admin] = [await world.staff('agent'), await world.staff('admin')];
});
afterAll(() => world.close());

interface Vehicle {
  id: string;
  price: { amount: number };
  status: string;
  year: number;
  location: unknown;
}

const input = (more: object = {}) => {
  serial += 1;
  return {
    type: 'motorcycle',
    make: 'Bajaj',
    model: 'Boxer',
    year: 2024,
    market: 'UG',
    price: { amount: 5_000_000, currency: 'UGX' },
    registration: plateOf(serial),
    vin: `VEHI${serial}`,
    ...more,
  };
};
const add = async (more: object = {}) =>
  (await world.call('POST', '/v1/vehicles', { token: agent.token, body: input(more) })).body as Vehicle;
/** All pages, with something done after the first. */
async function readAll(path: string, between: () => Promise<unknown> = () => Promise.resolve()): Promise<Vehicle[]> {
  const all: Vehicle[] = [];
  for (let cursor = ''; ;) {
    const { status, body } = await world.call('GET', `${path}${cursor}`);
    expect(status).toBe(200);
    const { data, nextCursor } = body as { data: Vehicle[]; nextCursor: string | null };
    const isFirst = all.length === 0;
    all.push(...data);
    if (isFirst) await between();
    if (nextCursor === null) return all;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}

describe('the catalogue', () => {
  it('takes a vehicle in, with an event and an audit entry, and shows it to everybody', async () => {
    const body = input({
      location: { lat: 0.31, lon: 32.58, place: 'Kampala' },
      photos: ['https://example.com/a.jpg'],
    });
    const created = await world.call('POST', '/v1/vehicles', { token: agent.token, body });
    expect(created).toMatchObject({
      status: 201,
      body: { ...body, status: 'available', odometerKm: 0, location: { lat: 0.31, lon: 32.58, place: 'Kampala' } },
    });
    const { id } = created.body as Vehicle;
    const read = await world.call('GET', `/v1/vehicles/${id}`);
    expect([read.status, read.body, read.headers.get('etag')]).toEqual([200, created.body, '"1"']);
    const { db } = world.database;
    expect(await db.select().from(outbox).where(eq(outbox.subject, id))).toMatchObject([
      { type: 'vehicle.created', data: { vehicleId: id } },
    ]);
    expect(await db.select().from(audit).where(eq(audit.subject, id))).toMatchObject([
      { type: 'vehicle.created', actor: { role: 'agent', id: agent.user.id } },
    ]);
  });

  it('is searched, filtered and sorted', async () => {
    const make = `Make${uuidv7().slice(-6)}`;
    for (const amount of [3_000_000, 1_000_000, 2_000_000])
      await add({
        make,
        year: 2015 + amount / 1_000_000,
        price: { amount, currency: 'UGX' },
        type: amount === 2_000_000 ? 'car' : 'motorcycle',
      });
    const prices = async (query: string) =>
      (await readAll(`/v1/vehicles?make=${make.toLowerCase()}&${query}`)).map(({ price }) => price.amount / 1_000_000);
    expect(await prices('sort=price')).toEqual([1, 2, 3]);
    expect(await prices('sort=-price&limit=1')).toEqual([3, 2, 1]);
    expect(await prices('sort=-year')).toEqual([3, 2, 1]);
    expect(await prices('')).toEqual([2, 1, 3]);
    expect(await prices('type=car')).toEqual([2]);
    expect(await prices('minPrice=1500000&maxPrice=2500000')).toEqual([2]);
    expect(await prices('market=KE')).toEqual([]);
    expect(await prices('status=maintenance')).toEqual([]);
    expect(await prices(`q=${make.slice(1, 8)}&sort=price`)).toEqual([1, 2, 3]);
    expect(await prices('q=100%25')).toEqual([]);
  });

  it('is sorted by distance from a place', async () => {
    const make = `Near${uuidv7().slice(-6)}`;
    for (const [lat, lon] of [
      [0.6, 32.5],
      [0.3, 32.5],
      [1.5, 33],
    ])
      await add({ make, location: { lat, lon } });
    await add({ make });
    const found = await readAll(`/v1/vehicles?make=${make}&near=0.31,32.58&limit=1`);
    expect(found.map(({ location }) => (location as { lat: number } | null)?.lat)).toEqual([0.3, 0.6, 1.5, undefined]);
  });

  it('has pages that stand still while vehicles come in', async () => {
    const make = `Page${uuidv7().slice(-6)}`;
    for (let i = 0; i < 7; i += 1) await add({ make, price: { amount: 1_000_000 + (i % 3), currency: 'UGX' } });
    for (const sort of ['price', '-price', '-created']) {
      const before = (await readAll(`/v1/vehicles?make=${make}&sort=${sort}&limit=100`)).map(({ id }) => id);
      const late: string[] = [];
      const paged = await readAll(`/v1/vehicles?make=${make}&sort=${sort}&limit=2`, async () =>
        late.push((await add({ make, price: { amount: 1_000_001, currency: 'UGX' } })).id),
      );
      const ids = paged.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => !late.includes(id))).toEqual(before);
    }
  });

  it('refuses cursors that were touched or are of another order, by name', async () => {
    for (let i = 0; i < 3; i += 1) await add();
    const { body } = await world.call('GET', '/v1/vehicles?sort=price&limit=1');
    const cursor = (body as { nextCursor: string }).nextCursor;
    const touched = `${cursor.slice(0, 12)}${cursor[12] === 'A' ? 'B' : 'A'}${cursor.slice(13)}`;
    for (const bad of [touched, `${cursor}!`, cursor.slice(0, -3), 'nonsense', '%00']) {
      expect(await world.call('GET', `/v1/vehicles?sort=price&cursor=${bad}`), bad).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'cursor' }] },
      });
    }
    expect(await world.call('GET', `/v1/vehicles?sort=year&cursor=${cursor}`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'cursor' }] },
    });
    expect(await world.call('GET', `/v1/users?cursor=${cursor}`, { token: admin.token })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'cursor' }] },
    });
  });

  it('refuses filters that make no sense, by name', async () => {
    for (const [query, path] of [
      ['near=91,0', 'near'],
      ['near=a,b', 'near'],
      ['sort=colour', 'sort'],
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['limit=x', 'limit'],
      ['minPrice=-1', 'minPrice'],
      ['market=XX', 'market'],
      ['unknown=1', 'unknown'],
      ['sort=distance', 'near'],
    ]) {
      expect(await world.call('GET', `/v1/vehicles?${query}`), query).toMatchObject({
        status: 400,
        body: { code: 'invalid_input', errors: [{ path }] },
      });
    }
  });

  it('refuses vehicles that cannot be', async () => {
    const post = (more: object) => world.call('POST', '/v1/vehicles', { token: agent.token, body: input(more) });
    expect(await post({ price: { amount: 1, currency: 'KES' } })).toMatchObject({
      status: 422,
      body: { code: 'currency_mismatch', errors: [{ path: 'price.currency' }] },
    });
    expect(await post({ price: { amount: 0, currency: 'UGX' } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'price.amount' }] },
    });
    expect(await post({ location: { lat: 100, lon: 0 } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'location.lat' }] },
    });
    for (const photo of ['javascript:alert(1)', 'https://example.com/a\u0007.jpg'])
      expect(await post({ photos: [photo] })).toMatchObject({ status: 400, body: { errors: [{ path: 'photos.0' }] } });
    const { vin, registration } = input();
    expect((await post({ vin, registration })).status).toBe(201);
    expect(await post({ vin })).toMatchObject({
      status: 409,
      body: { code: 'already_exists', errors: [{ path: 'vin' }] },
    });
    expect(await post({ registration })).toMatchObject({ status: 409, body: { errors: [{ path: 'registration' }] } });
  });
});

describe('one vehicle', () => {
  it('is changed by staff, with the version that If-Match names', async () => {
    const { id } = await add();
    const patch = (body: unknown, tag?: string) =>
      world.call('PATCH', `/v1/vehicles/${id}`, {
        token: agent.token,
        body,
        headers: tag === undefined ? {} : { 'if-match': tag },
      });
    const changed = await patch(
      { price: { amount: 4_000_000, currency: 'UGX' }, status: 'maintenance', odometerKm: 12 },
      '"1"',
    );
    expect(changed).toMatchObject({
      status: 200,
      body: { price: { amount: 4_000_000 }, status: 'maintenance', odometerKm: 12 },
    });
    expect(changed.headers.get('etag')).toBe('"2"');
    expect(await patch({ odometerKm: 13 }, '"1"')).toMatchObject({
      status: 412,
      body: { code: 'precondition_failed' },
    });
    expect((await patch({ odometerKm: 13 }, '"1", "2"')).status).toBe(200);
    expect(await patch({ price: { amount: 1, currency: 'KES' } })).toMatchObject({ status: 422 });
    expect(await patch({ vin: 'OTHER' })).toMatchObject({ status: 400, body: { errors: [{ path: 'vin' }] } });
    const missing = await world.call('PATCH', `/v1/vehicles/${uuidv7()}`, { token: agent.token, body: { vin: 1 } });
    expect(missing.status).toBe(404);
  });

  it('that somebody else holds is waited for less than ten seconds', async () => {
    const { id } = await add();
    const began = performance.now();
    // More than there are connections: some wait for one, and all but one for their turn, before they wait for who has it.
    const all = [...Array(12).keys()];
    const answers = await world.database.db.transaction(async (tx) => {
      await tx.select().from(vehicles).where(eq(vehicles.id, id)).for('update');
      const patch = () => world.call('PATCH', `/v1/vehicles/${id}`, { token: agent.token, body: { odometerKm: 12 } });
      return Promise.all(all.map(patch));
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    for (const answer of answers)
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  });

  it('may be sent back as it was read; what is only read and has changed is refused, by name', async () => {
    const { id } = await add({ location: { lat: 0.31, lon: 32.58 }, odometerKm: 7 });
    const { db } = world.database;
    const read = async () =>
      (await world.call('GET', `/v1/vehicles/${id}`, { token: agent.token })).body as Vehicle & Record<string, unknown>;
    const patch = (body: unknown) => world.call('PATCH', `/v1/vehicles/${id}`, { token: agent.token, body });
    const refused = (path: string) => ({ status: 400, body: { code: 'invalid_input', errors: [{ path }] } });

    const { updatedAt, ...as } = await read();
    expect(await patch({ ...as, updatedAt, odometerKm: 8 })).toMatchObject({
      status: 200,
      body: { ...as, odometerKm: 8 },
    });
    const before = await read();
    const [{ version } = { version: 0 }] = await db.select().from(vehicles).where(eq(vehicles.id, id));
    expect(await patch(before)).toMatchObject({ status: 200, body: before });
    expect(await db.select().from(vehicles).where(eq(vehicles.id, id))).toMatchObject([{ version }]);
    await db.update(vehicles).set({ status: 'leased' }).where(eq(vehicles.id, id));
    expect((await patch(await read())).status).toBe(200);
    for (const [field, value] of Object.entries({
      id: uuidv7(),
      type: 'car',
      market: 'KE',
      vin: 'OTHER',
      status: 'sold',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    }))
      expect(await patch({ ...(await read()), [field]: value }), field).toMatchObject(refused(field));

    const now = new Date();
    const fix = { vehicleId: id, trackerId: uuidv7(), ts: now, lat: 1.25, lon: 30.5, receivedAt: now };
    await db.insert(latestPositions).values(fix);
    const seen = await read();
    expect(seen.location).toMatchObject({ lat: 1.25 });
    expect((await patch(seen)).status).toBe(200);
    const [row] = await db.select().from(vehicles).where(eq(vehicles.id, id));
    expect(row).toMatchObject({ latitude: 0.31, longitude: 32.58 });
    const elsewhere = { ...(seen.location as object), lat: 1.3 };
    expect(await patch({ ...(await read()), location: elsewhere })).toMatchObject(refused('location.at'));

    serial += 1;
    const another = { ...(await read()), vin: `VEHI${serial}`, registration: plateOf(serial) };
    const make = (body: unknown) => world.call('POST', '/v1/vehicles', { token: agent.token, body });
    const made = await make(another);
    expect(made).toMatchObject({ status: 201, body: { status: 'available', odometerKm: 8, location: null } });
    expect((made.body as Vehicle).id).not.toBe(id);
    expect(await make({ ...another, status: 'sold' })).toMatchObject(refused('status'));
    expect(await make({ ...another, id: uuidv7() })).toMatchObject({ status: 400 });

    // Whoever makes another one of it drops its id first.
    serial += 1;
    const { id: _id, ...cloned } = { ...(await read()), vin: `VEHI${serial}`, registration: plateOf(serial) };
    expect(await make(cloned)).toMatchObject({ status: 201, body: { status: 'available', location: null } });
  });

  it('that was written off with its lease and is found is put back by an admin, with a reason', async () => {
    const lease = await bookLease(world.database, world.deps.config);
    await lease.pays('2026-01-05T09:00:00Z', 20_000);
    await lease.handOver('2026-01-06T09:00:00Z');
    await lease.at('2026-02-06T09:00:00Z', (context) =>
      writeOffLease(context, { leaseId: lease.id, reason: 'he and it are gone' }),
    );
    const { vehicleId } = (await lease.row()) ?? {};
    const put = (token: string, body: object) => world.call('PATCH', `/v1/vehicles/${vehicleId}`, { token, body });
    const found = { status: 'available', reason: 'the police have found it' };
    expect(await put(agent.token, found)).toMatchObject({ status: 403 });
    expect(await put(admin.token, { status: 'available' })).toMatchObject({ status: 422 });
    expect(await put(admin.token, { make: 'Other' })).toMatchObject({ status: 409 });
    expect(await put(admin.token, found)).toMatchObject({ status: 200, body: { status: 'available' } });
    const [told] = await world.database.db
      .select()
      .from(audit)
      .where(and(eq(audit.subject, vehicleId), eq(audit.type, 'vehicle.updated')));
    const status = { from: 'retired', to: 'available' };
    expect(told?.detail).toEqual({ fields: ['status'], reason: found.reason, status });
  });

  it('goes from state to state as the table has it, and its history tells who moved it and what it cost', async () => {
    const { id } = await add();
    const { db } = world.database;
    for (const from of vehicleStatuses)
      for (const to of vehicleStatuses) {
        await db.update(vehicles).set({ status: from }).where(eq(vehicles.id, id));
        const isMove = vehicleMoves.some((move) => move.from === from && move.to === to && move.by.includes('lease'));
        const moved = transact(db, system('test'), new Date(), (context) => setVehicleStatus(context, id, to));
        const outcome = await moved.then(
          () => 'moved',
          (error: unknown) => (error instanceof Problem ? error.code : error),
        );
        expect(outcome, `${from} to ${to}`).toBe(isMove || from === to ? 'moved' : 'invalid_state');
      }
    const other = await add({ price: { amount: 3_000_000, currency: 'UGX' } });
    const patch = (body: unknown) => world.call('PATCH', `/v1/vehicles/${other.id}`, { token: agent.token, body });
    await patch({ price: { amount: 2_500_000, currency: 'UGX' } });
    await patch({ status: 'maintenance' });
    await patch({ odometerKm: 5 });
    const history = (query = '') =>
      world.call('GET', `/v1/vehicles/${other.id}/history${query}`, { token: agent.token });
    const by = { role: 'agent', id: agent.user.id };
    const sum = (amount: number) => ({ amount, currency: 'UGX' });
    expect((await history()).body).toMatchObject({
      data: [
        { type: 'vehicle.updated', actor: by, status: { from: 'available', to: 'maintenance' }, price: null },
        { type: 'vehicle.updated', actor: by, status: null, price: { from: sum(3_000_000), to: sum(2_500_000) } },
        { type: 'vehicle.created', status: { from: null, to: 'available' }, price: { from: null, to: sum(3_000_000) } },
      ],
      nextCursor: null,
    });
    const { nextCursor } = (await history('?limit=2')).body as { nextCursor: string };
    expect((await history(`?limit=2&cursor=${nextCursor}`)).body).toMatchObject({
      data: [{ type: 'vehicle.created' }],
    });
  });

  it('is retired, and then out of the catalogue, unless a lease holds it', async () => {
    const make = `Retiring ${uuidv7()}`;
    const { id } = await add({ make });
    const retire = (which: string) => world.call('DELETE', `/v1/vehicles/${which}`, { token: agent.token });
    const byPatch = { token: agent.token, body: { status: 'retired' } };
    expect((await world.call('PATCH', `/v1/vehicles/${id}`, byPatch)).body).toMatchObject({
      errors: [{ path: 'status', message: expect.stringContaining('DELETE') }],
    });
    expect((await retire(id)).status).toBe(204);
    expect((await retire(id)).status).toBe(204);
    expect(await readAll(`/v1/vehicles?make=${encodeURIComponent(make)}`)).toEqual([]);
    const byName = await world.call('GET', `/v1/vehicles?make=${encodeURIComponent(make)}&status=retired`, {
      token: agent.token,
    });
    expect(byName.body).toMatchObject({ data: [{ id, status: 'retired' }] });
    expect(
      (await world.call('PATCH', `/v1/vehicles/${id}`, { token: agent.token, body: { status: 'available' } })).status,
    ).toBe(409);
    for (const status of ['reserved', 'leased'] as const) {
      const held = await add();
      await world.database.db.update(vehicles).set({ status }).where(eq(vehicles.id, held.id));
      const hold = { id: uuidv7(), vehicleId: held.id, leaseId: uuidv7(), expiresAt: new Date() };
      await world.database.db.insert(holds).values(hold);
      expect(await retire(held.id)).toMatchObject({ status: 409, body: { code: 'invalid_state' } });
      expect(
        (await world.call('PATCH', `/v1/vehicles/${held.id}`, { token: agent.token, body: { status: 'available' } }))
          .status,
      ).toBe(409);
    }
  });

  it('that is sold or retired is found by staff alone, and read by whose lease it was', async () => {
    const lease = await bookLease(world.database, world.deps.config);
    await lease.pays('2026-01-05T09:00:00Z', 20_000);
    await lease.handOver('2026-01-06T09:00:00Z');
    const row = await lease.row();
    if (row === undefined) throw new Error('it is in the books');
    const { vehicleId: id, customerId } = row;
    const { db } = world.database;
    const make = `Gone ${uuidv7()}`;
    const [buyer] = await db.select().from(users).where(eq(users.id, customerId));
    if (buyer === undefined) throw new Error('a lease has a customer');
    const [stranger, owner] = [await world.customer(), await logIn(world.deps, buyer)];
    for (const status of ['sold', 'retired'] as const) {
      const retiredAt = status === 'retired' ? new Date() : null;
      await db.update(vehicles).set({ make, status, retiredAt }).where(eq(vehicles.id, id));
      // Whatever writes a vehicle tells of it.
      await add({ make: `${make} too` });
      const found = async (what: string, token?: string) => {
        const query = `make=${encodeURIComponent(make)}${what}`;
        const { body } = await world.call('GET', `/v1/vehicles?${query}`, { token });
        const { body: facets } = await world.call('GET', `/v1/vehicles/facets?${query}`, { token });
        return [(body as { data: Vehicle[] }).data.map((one) => one.id), (facets as { total: number }).total];
      };
      const read = async (token?: string) => (await world.call('GET', `/v1/vehicles/${id}`, { token })).status;
      for (const what of ['', `&status=${status}`])
        for (const token of [undefined, stranger.token, owner.token])
          expect(await found(what, token), `${status} ${what}`).toEqual([[], 0]);
      expect(await found(`&status=${status}`, agent.token)).toEqual([[id], 1]);
      expect(await found('', agent.token)).toEqual(status === 'sold' ? [[id], 1] : [[], 0]);
      expect(await Promise.all([undefined, stranger.token, owner.token, agent.token].map(read))).toEqual([
        404, 404, 200, 200,
      ]);
    }
  });

  it('that somebody has by a lease tells everybody else no more than what it is, and that it is not to be had', async () => {
    const lease = await bookLease(world.database, world.deps.config);
    await lease.pays('2026-01-05T09:00:00Z', 20_000);
    await lease.handOver('2026-01-06T09:00:00Z');
    const { vehicleId: id, customerId } = await lease.row();
    const { db } = world.database;
    const make = `Had ${uuidv7()}`;
    await db.update(vehicles).set({ make, latitude: 0.3, longitude: 32.5 }).where(eq(vehicles.id, id));
    // Whatever writes a vehicle tells of it.
    await add({ make: `${make} too` });
    const [lessee] = await db.select().from(users).where(eq(users.id, customerId));
    if (lessee === undefined) throw new Error('a lease has a customer');
    const [stranger, owner] = [await world.customer(), await logIn(world.deps, lessee)];
    const shown = async (token?: string) => {
      const query = `/v1/vehicles?near=0.3,32.5&make=${encodeURIComponent(make)}`;
      const { body: list } = await world.call('GET', query, { token });
      const [found] = (list as { data: object[] }).data;
      const { body: one } = await world.call('GET', `/v1/vehicles/${id}`, { token });
      expect(found).toMatchObject(one as object);
      return found;
    };
    const hidden = {
      registration: null,
      vin: null,
      odometerKm: null,
      location: null,
      branchId: null,
      distanceKm: null,
    };
    const catalogue = { id, make, status: 'leased', price: { amount: 200_000 }, ...hidden, speedLimitKph: null };
    for (const token of [undefined, stranger.token]) expect(await shown(token)).toMatchObject(catalogue);
    const all = { registration: expect.any(String), odometerKm: 1, location: { lat: 0.3 }, distanceKm: 0 };
    for (const token of [owner.token, agent.token]) expect(await shown(token)).toMatchObject(all);
    // Of another lease of his he knows no more of this one.
    await db.update(leases).set({ status: 'returned' }).where(eq(leases.id, lease.id));
    expect(await shown(owner.token)).toMatchObject(hidden);
  });

  it('shows where its tracker saw it to its lessee since nobody else has it, and to staff while nobody has', async () => {
    const { id } = await add({ location: { lat: 0.3, lon: 32.5, place: 'Kampala' } });
    const [lessee, other] = [await world.customer(), await world.customer()];
    const { db } = world.database;
    const now = new Date();
    await db
      .insert(latestPositions)
      .values({ vehicleId: id, trackerId: uuidv7(), ts: now, lat: 1.25, lon: 30.5, receivedAt: now });
    const plan = {
      id: uuidv7(),
      name: 'Weekly',
      market: 'UG',
      vehicleTypes: ['motorcycle' as const],
      frequency: 'weekly',
      instalments: 10,
      depositPercent: 10,
      markupPercent: 0,
      graceDays: 2,
      lateFee: null,
      immobiliseAfterDaysPastDue: 7,
      immobiliseNoticeHours: 24,
      components: { vehicle: 100 },
      offerHours: 72,
      signHours: 48,
      depositHours: 72,
    } as const;
    const amounts = { price: 100, deposit: 10, instalment: 9, instalmentsTotal: 10, totalPrice: 100 };
    const lease = {
      id: uuidv7(),
      customerId: lessee.user.id,
      vehicleId: id,
      planId: plan.id,
      paymentMethodId: uuidv7(),
      plan,
      ...amounts,
    };
    const row = (of: typeof lease, status: 'active' | 'returned') => ({
      ...of,
      reference: of.id.slice(-12).toUpperCase(),
      status,
      market: 'UG' as const,
      currency: 'UGX' as const,
      frequency: 'weekly' as const,
      createdAt: now,
      updatedAt: now,
    });
    await db.insert(leases).values(row(lease, 'active'));
    const place = async (token?: string) =>
      ((await world.call('GET', `/v1/vehicles/${id}`, { token })).body as Vehicle).location;
    const [sale, seen] = [
      { lat: 0.3, lon: 32.5, place: 'Kampala', at: null },
      { lat: 1.25, lon: 30.5, place: null, at: now.toISOString() },
    ];
    expect(await place()).toEqual(sale);
    expect(await place(other.token)).toEqual(sale);
    expect(await place(lessee.token)).toEqual(seen);
    // Where a customer is, staff ask for with a reason and on record.
    expect(await place(agent.token)).toEqual(sale);
    await db.update(leases).set({ handedOverAt: new Date(now.getTime() + 1) });
    // Nobody had it before him; once somebody had, where it was then is not his to know.
    expect(await place(lessee.token)).toEqual(seen);
    const earlier = row({ ...lease, id: uuidv7(), customerId: other.user.id }, 'returned');
    const left = new Date(now.getTime() - 1);
    await db.insert(leases).values({ ...earlier, handedOverAt: left, endedAt: left });
    expect(await place(lessee.token)).toEqual(sale);
    const ends = (endedAt: Date) =>
      db.update(leases).set({ status: 'returned', endedAt }).where(eq(leases.id, lease.id));
    await ends(new Date(now.getTime() + 1));
    // Where it was with him stays what staff ask for, until its tracker has seen it since.
    for (const token of [lessee.token, agent.token]) expect(await place(token)).toEqual(sale);
    await ends(now);
    expect(await place(lessee.token)).toEqual(sale);
    expect(await place(agent.token)).toEqual(seen);
  });
});
