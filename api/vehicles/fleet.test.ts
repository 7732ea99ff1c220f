import { and, eq, isNotNull, like } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, cases, holds, inspectionPictures, odometers, vehicles } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { checklists, type Side } from '#domain/vehicles/inspection';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { uuidv7 } from 'uuidv7';
import { remindOfService } from '#use-cases/vehicles/remind-of-service';

let world: ApiWorld;
let agent: Person;
let admin: Person;
beforeAll(async () => {
  world = await createApiWorld();
  [agent, admin] = [await world.staff('agent'), await world.staff('admin')];
});
afterAll(() => world.close());

/** What is read of answers of all kinds. */
interface Reply {
  id: string;
  code: string;
  status: unknown;
  errors?: { path: string }[];
  pictures: { id: string; side: string }[];
  data: { id: string; name: string; status: unknown }[];
}

/** A lease that waits for its deposit and holds its vehicle, a motorcycle. */
async function booked() {
  const lease = await bookLease(world.database, world.deps.config);
  const { vehicleId } = await lease.row();
  await world.database.db.insert(holds).values({ id: uuidv7(), vehicleId, leaseId: lease.id });
  return { ...lease, vehicleId };
}

const send = async (method: string, path: string, body?: unknown, token = agent.token) => {
  const answer = await world.call(method, path, { token, body });
  return { status: answer.status, body: answer.body as Reply };
};

async function pictured(path: string, side: string, content = side) {
  const form = new FormData();
  form.set('side', side);
  form.set('file', new Blob([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), content], { type: 'image/jpeg' }), 'a.jpg');
  const headers = { authorization: `Bearer ${agent.token}` };
  const answer = await fetch(`${world.url}${path}/pictures`, { method: 'POST', headers, body: form });
  return { status: answer.status, body: (await answer.json()) as Reply };
}

const { items, pictures } = checklists.motorcycle;
const good = Object.fromEntries(items.map((item) => [item, { mark: 'good' }]));

/** A whole inspection. */
async function inspects(vehicleId: string, marked: object = good, odometerKm = 100, occasion = 'handover') {
  const { body: begun } = await send('POST', `/v1/vehicles/${vehicleId}/inspections`, { occasion });
  const path = `/v1/vehicles/${vehicleId}/inspections/${begun.id}`;
  for (const side of pictures) await pictured(path, side);
  return send('POST', `${path}/complete`, { odometerKm, items: marked });
}

describe('an inspection', () => {
  it('names each item and picture that is missing, and is complete once they are there', async () => {
    const { vehicleId, id: leaseId } = await booked();
    const all = `/v1/vehicles/${vehicleId}/inspections`;
    const begun = await send('POST', all, { occasion: 'return' });
    expect(begun).toMatchObject({ status: 201, body: { leaseId, result: null, pictures: [] } });
    expect(await send('POST', all, { occasion: 'routine' })).toMatchObject({ status: 409 });
    const path = `${all}/${begun.body.id}`;
    const { brakes: _brakes, ...some } = good;
    const refused = await send('POST', `${path}/complete`, { odometerKm: 5, items: some });
    expect(refused.status).toBe(422);
    expect(refused.body.errors?.map((one) => one.path)).toEqual([
      'items.brakes',
      ...pictures.map((side) => `pictures.${side}`),
    ]);
    expect((await pictured(path, 'roof')).status).toBe(400);
    for (const side of pictures) expect((await pictured(path, side)).status).toBe(201);
    const [again, other] = [await pictured(path, 'left'), await pictured(path, 'damage')];
    const items = { ...good, paint: { mark: 'fair', note: 'a scratch' } };
    const done = await send('POST', `${path}/complete`, { odometerKm: 120, items, notes: 'clean' });
    expect(done).toMatchObject({ status: 200, body: { result: 'passed', grade: 'B', odometerKm: 120, items } });
    expect(done.body.pictures).toHaveLength(pictures.length + 1);
    expect(done.body.pictures.map(({ id }) => id)).toContain(again.body.id);
    expect((await send('POST', `${path}/complete`, { odometerKm: 121, items })).status).toBe(409);
    expect((await pictured(path, 'front')).status).toBe(409);
    expect((await send('DELETE', path)).status).toBe(409);
    expect((await send(`GET`, `${path}/pictures/${other.body.id}`)).status).toBe(200);
    const { db } = world.database;
    const kept = await db.select().from(inspectionPictures).where(eq(inspectionPictures.id, other.body.id));
    expect(Buffer.from(kept[0]?.contentEncrypted ?? []).includes('damage')).toBe(false);
    const [vehicle] = await db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
    expect(vehicle?.odometerKm).toBe(120);
    const onTimeline = and(eq(audit.leaseId, leaseId), eq(audit.type, 'vehicle.inspected'));
    expect(await db.$count(audit, and(onTimeline, isNotNull(audit.leaseStatus)))).toBe(1);
    const turned = await inspects(vehicleId, good, 119);
    expect([turned.status, turned.body.errors?.map((one) => one.path)]).toEqual([422, ['odometerKm']]);
  });

  it('that fails keeps the vehicle from being handed over, until another one passes', async () => {
    const lease = await booked();
    await lease.isCharged('2026-01-05T06:00:00Z', 20_000);
    const failed = await inspects(lease.vehicleId, { ...good, brakes: { mark: 'poor' } }, 0);
    expect(failed.body).toMatchObject({ result: 'failed', grade: 'D' });
    await expect(lease.handOver('2026-01-05T07:00:00Z')).rejects.toMatchObject({ code: 'inspection_failed' });
    expect((await inspects(lease.vehicleId, good, 0)).body).toMatchObject({ result: 'passed', grade: 'A' });
    await lease.handOver('2026-01-05T07:00:00Z');
    expect((await lease.row()).status).toBe('active');
  });

  it('that is given up is gone with its pictures', async () => {
    const { vehicleId } = await booked();
    const all = `/v1/vehicles/${vehicleId}/inspections`;
    const { body: begun } = await send('POST', all, { occasion: 'routine' });
    const side: Side = 'left';
    await pictured(`${all}/${begun.id}`, side);
    expect((await send('DELETE', `${all}/${begun.id}`)).status).toBe(204);
    expect((await send('GET', all)).body.data).toEqual([]);
  });
});

describe('a branch', () => {
  it('is opened by an admin, and vehicles of its market belong to it and are found by it', async () => {
    const { vehicleId } = await booked();
    const kampala = { name: 'Kampala', market: 'UG', location: { lat: 0.3, lon: 32.6 } };
    expect((await send('POST', '/v1/branches', kampala)).status).toBe(403);
    const opened = await send('POST', '/v1/branches', kampala, admin.token);
    expect(opened.status).toBe(201);
    expect((await send('POST', '/v1/branches', kampala, admin.token)).status).toBe(409);
    const nairobi = { ...kampala, market: 'KE' };
    const other = await send('POST', '/v1/branches', nairobi, admin.token);
    const belongs = (branchId: string) => send('PATCH', `/v1/vehicles/${vehicleId}`, { branchId });
    expect((await belongs(other.body.id)).body.errors?.[0]?.path).toBe('branchId');
    expect(await belongs(opened.body.id)).toMatchObject({ status: 200, body: { branchId: opened.body.id } });
    const found = (query: string) => send('GET', `/v1/vehicles?branchId=${query}`);
    expect((await found(opened.body.id)).body.data.map(({ id }) => id)).toEqual([vehicleId]);
    expect((await found(other.body.id)).body.data).toEqual([]);
    await send('PATCH', `/v1/branches/${opened.body.id}`, { name: 'Kampala Road' }, admin.token);
    const { body } = await send('GET', '/v1/branches?market=UG');
    expect(body.data.map(({ name }) => name)).toEqual(['Kampala Road']);
  });
});

describe('a service', () => {
  it('is due by distance and by time, and somebody is told of each once', async () => {
    const { vehicleId } = await booked();
    const { db } = world.database;
    const now = new Date();
    const drives = (km: number) =>
      db
        .insert(odometers)
        .values({ vehicleId, metres: km * 1_000 })
        .onConflictDoUpdate({ target: odometers.vehicleId, set: { metres: km * 1_000 } });
    const remind = async (at = now) => [await remindOfService(db, at), await remindOfService(db, at)];
    const told = async () =>
      (await db.select().from(cases).where(eq(cases.kind, 'service_due'))).flatMap(({ detail }) =>
        (detail as { vehicleId: string }).vehicleId === vehicleId ? [detail] : [],
      );
    await db.update(vehicles).set({ servicedOn: localDateAt(now.getTime(), 'UG') });
    await drives(2_999);
    expect(await remind()).toEqual([0, 0]);
    await drives(3_001);
    expect(await remind()).toEqual([1, 0]);
    expect(await told()).toEqual([{ vehicleId, km: 3_000 }]);
    // A backlog of two services is one reminder.
    await drives(9_500);
    expect(await remind()).toEqual([1, 0]);
    expect(await told()).toHaveLength(2);
    const { body } = await send('GET', `/v1/vehicles/${vehicleId}/service`);
    expect(body).toMatchObject({ drivenKm: 9_500, dueInKm: -6_500, due: true });

    const monthsAgo = addDays(localDateAt(now.getTime(), 'UG'), -183);
    const serviced = { servicedOn: monthsAgo, servicedMetres: 9_500_000, servicesTold: 0 };
    await db.update(vehicles).set(serviced).where(eq(vehicles.id, vehicleId));
    expect(await remind()).toEqual([1, 0]);
    expect((await told()).at(-1)).toEqual({ vehicleId, days: 182 });
  });
});

describe('work on a vehicle', () => {
  const today = localDateAt(Date.now(), 'UG');
  const booking = { kind: 'service', from: today, until: addDays(today, 1), reason: 'every 3,000 km' };

  it('is booked on days of its own, takes an available vehicle from the market and puts it back', async () => {
    const { vehicleId } = await booked();
    const { db } = world.database;
    await db.update(vehicles).set({ status: 'available' }).where(eq(vehicles.id, vehicleId));
    const all = `/v1/vehicles/${vehicleId}/maintenance`;
    const status = async () => (await send('GET', `/v1/vehicles/${vehicleId}`)).body.status;
    const book = (more: object = {}) => send('POST', all, { ...booking, ...more });
    const { body: work } = await book();
    expect(work).toMatchObject({ status: 'booked', creditDays: 0, credit: 'none' });
    expect((await book({ from: addDays(today, 1), until: addDays(today, 5) })).body.code).toBe('already_exists');
    expect((await book({ from: addDays(today, -1) })).body.errors?.[0]?.path).toBe('from');
    expect((await book({ until: addDays(today, -1) })).body.errors?.[0]?.path).toBe('until');
    const { body: later } = await book({ from: addDays(today, 9), until: addDays(today, 9) });
    const path = `${all}/${work.id}`;
    expect((await send('POST', `${path}/done`, {})).status).toBe(409);
    expect(await send('POST', `${path}/start`, {})).toMatchObject({ status: 200, body: { status: 'started' } });
    expect(await status()).toBe('maintenance');
    expect((await send('POST', `${all}/${later.id}/start`, {})).status).toBe(409);
    expect((await send('DELETE', path)).status).toBe(409);
    expect((await send('DELETE', `${all}/${later.id}`)).status).toBe(204);
    await db.insert(odometers).values({ vehicleId, metres: 7_000_000 });
    await remindOfService(db, new Date());
    const isDue = and(eq(cases.kind, 'service_due'), eq(cases.status, 'open'));
    expect(await db.$count(cases, and(isDue, like(cases.key, `service_due:${vehicleId}%`)))).toBe(1);
    const fleet = async (query: string) =>
      (await send('GET', `/v1/vehicles/maintenance${query}`)).body.data.map(({ id }) => id);
    expect([await fleet(''), await fleet('?status=cancelled')]).toEqual([[work.id], [later.id]]);
    const done = await send('POST', `${path}/done`, { odometerKm: 7_001 });
    expect(done).toMatchObject({ status: 200, body: { status: 'done', credit: 'none' } });
    expect(await status()).toBe('available');
    // From here the next service is counted, and nobody has to see to the last one any more.
    expect(await db.$count(cases, and(isDue, like(cases.key, `service_due:${vehicleId}%`)))).toBe(0);
    const service = await send('GET', `/v1/vehicles/${vehicleId}/service`);
    expect(service.body).toMatchObject({ servicedOn: today, drivenKm: 0, dueInKm: 3_000, due: false });
    const history = await send('GET', `/v1/vehicles/${vehicleId}/history`);
    expect(history.body.data.map((one) => one.status).slice(0, 2)).toEqual([
      { from: 'maintenance', to: 'available' },
      { from: 'available', to: 'maintenance' },
    ]);
  });

  it('does not begin on a vehicle that is reserved, and leaves one where it is that was in maintenance before', async () => {
    const { vehicleId } = await booked();
    const all = `/v1/vehicles/${vehicleId}/maintenance`;
    const { body: work } = await send('POST', all, booking);
    const start = () => send('POST', `${all}/${work.id}/start`, {});
    expect((await start()).body.code).toBe('invalid_state');
    const { db } = world.database;
    await db.update(vehicles).set({ status: 'maintenance' }).where(eq(vehicles.id, vehicleId));
    expect((await start()).body.status).toBe('started');
    await send('POST', `${all}/${work.id}/done`, {});
    const [vehicle] = await db.select().from(vehicles).where(eq(vehicles.id, vehicleId));
    expect(vehicle?.status).toBe('maintenance');
  });
});
