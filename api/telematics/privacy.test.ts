import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { latestPositions, leases, positions, quarantine, riskEvents, trackers, vehicles } from '#db/schema/index';
import { eventually } from '#dev/client';
import { system } from '#domain/identity/roles';
import { insertLease } from '#test/telematics-world';
import { drive, fix, list, TrackedApi } from '#test/tracked-api';
import { transact } from '#use-cases/context';
import { personalData } from '#use-cases/identity/all-personal-data';
import { ownedRetention } from '#use-cases/telematics/forget-owned';
import { markSilent } from '#use-cases/telematics/mark-presence';
import { setVehicleStatus } from '#use-cases/vehicles/set-vehicle-status';

let api: TrackedApi;
beforeAll(async () => {
  api = await TrackedApi.start();
});
afterAll(() => api.close());

const DAY = 86_400_000;
const view = z.looseObject({
  vehicleId: z.string(),
  leaseId: z.string(),
  what: z.string(),
  by: z.object({ role: z.string(), name: z.string() }),
  reason: z.string().nullable(),
});

describe('a look of staff at where a vehicle is', () => {
  const look = (vehicleId: string, what: string, reason?: string) =>
    api.call(
      'GET',
      `/v1/vehicles/${vehicleId}/${what}`,
      reason === undefined ? {} : { headers: { 'x-reason': reason } },
    );
  const views = async (token: string) => (await api.read(list(view), '/v1/me/location-views', { token })).data;

  it('is told to the customer who has it, once: who, in which role, what and why', async () => {
    const [{ vehicleId, send }, customer] = [await api.fitted(), await api.world.customer()];
    await send(drive(100_000));
    // Of nobody's vehicle, nobody is told.
    expect((await look(vehicleId, 'position', 'stock')).status).toBe(200);
    const leaseId = await insertLease(api.world.database.db, vehicleId, customer.user.id, new Date(Date.now() - DAY));
    for (const [what, reason] of [
      ['position', '20 days past due'],
      ['position', '20 days past due'],
      ['trips', Buffer.from('“why not”').toString('latin1')],
      ['positions', undefined],
      ['odometer', ' '],
    ] as const)
      expect((await look(vehicleId, what, reason)).status).toBe(200);
    await Promise.all([1, 2, 3, 4].map(() => look(vehicleId, 'position', 'stolen?')));
    const seen = await views(customer.token);
    expect(seen.map(({ what, reason }) => [what, reason])).toEqual([
      ['position', 'stolen?'],
      ['odometer', null],
      ['positions', null],
      ['trips', '“why not”'],
      ['position', '20 days past due'],
    ]);
    for (const one of seen)
      expect(one).toMatchObject({ vehicleId, leaseId, by: { role: 'agent', name: api.agent.user.name } });
    // His own look is none, and neither is one at a time when he did not have it.
    await api.call('GET', `/v1/vehicles/${vehicleId}/position`, { token: customer.token });
    const before = new Date(Date.now() - 2 * DAY).toISOString();
    expect((await look(vehicleId, `trips?to=${before}&from=${before}`, 'old')).status).toBe(200);
    expect(await views(customer.token)).toHaveLength(5);
    expect(await views((await api.world.customer()).token)).toEqual([]);
    const { nextCursor } = await api.read(list(view), '/v1/me/location-views?limit=2', { token: customer.token });
    expect(nextCursor).not.toBeNull();

    const told = await api.call('GET', '/v1/me/export', { token: customer.token });
    expect(JSON.stringify(told.body)).toContain('20 days past due');
    await transact(api.world.database.db, system('test'), new Date(), (context) =>
      personalData.telematics.erase(context, customer.user),
    );
    expect(await views(customer.token)).toEqual([]);
  });

  it('where something happened to it is on record too, and the event of it is the same', async () => {
    const [{ vehicleId, send }, customer] = [await api.fitted(), await api.world.customer()];
    await insertLease(api.world.database.db, vehicleId, customer.user.id, new Date(Date.now() - DAY));
    await send({ ...fix(2_000), alarms: ['crash'] });
    const risk = z.looseObject({
      id: z.string(),
      type: z.string(),
      position: z.looseObject({ lat: z.number() }).nullable(),
    });
    const path = `/v1/risk-events?vehicleId=${vehicleId}`;
    const reason = { headers: { 'x-reason': 'a crash?' } };
    const [seen] = (await api.read(list(risk), path, reason)).data;
    expect(seen).toMatchObject({ type: 'crash', position: expect.objectContaining({ lat: expect.any(Number) }) });
    await api.call('POST', `/v1/risk-events/${seen?.id}/acknowledge`, { headers: { 'x-reason': 'seen to' } });
    const told = await views(customer.token);
    expect(told.map(({ what, reason: why }) => [what, why])).toEqual([
      ['risk_events', 'seen to'],
      ['risk_events', 'a crash?'],
    ]);
    const event = z.looseObject({ data: risk });
    const events = await eventually('the event', async () => {
      const { data } = await api.read(list(event), `/v1/events?subject=${vehicleId}&type=telematics.risk.detected`);
      return data.length > 0 ? data : undefined;
    });
    expect(events.map(({ data }) => [data.id, data.position])).toEqual([[seen?.id, seen?.position]]);
    expect(await views(customer.token)).toHaveLength(2);
    // His own he sees whole, and that is no look.
    const own = await api.read(list(risk), path, { token: customer.token });
    expect(own.data[0]?.position).toEqual(seen?.position);
    expect(await views(customer.token)).toHaveLength(2);
  });

  it('has a reason that can be read, if any', async () => {
    const { vehicleId, send } = await api.fitted();
    await send(fix(1_000));
    expect(await look(vehicleId, 'position', 'x'.repeat(201))).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', errors: [{ path: 'X-Reason' }] },
    });
  });
});

describe('who has a vehicle now', () => {
  const HOUR = 3_600_000;
  const there = { lat: 0.3999, lon: 32.6111, speedKph: 0, ignition: false };
  /** A vehicle that was another's until twenty hours ago, and has had its customer of now for two. */
  const handedOn = async () => {
    const { db } = api.world.database;
    const one = await api.fitted();
    const [former, present] = [await api.world.customer(), await api.world.customer()];
    const first = await insertLease(db, one.vehicleId, former.user.id, new Date(Date.now() - 100 * HOUR));
    await one.send(fix(50 * HOUR, there));
    const endedAt = new Date(Date.now() - 20 * HOUR);
    await db.update(leases).set({ status: 'returned', endedAt }).where(eq(leases.id, first));
    const second = await insertLease(db, one.vehicleId, present.user.id, new Date(Date.now() - 2 * HOUR));
    return { ...one, former, present, first, second };
  };

  it('is not told where it last was when another had it, though nothing newer is known', async () => {
    const { vehicleId, present, send } = await handedOn();
    const asked = () => api.call('GET', `/v1/vehicles/${vehicleId}/position`, { token: present.token });
    expect((await asked()).status).toBe(404);
    expect((await api.call('GET', `/v1/vehicles/${vehicleId}/position`)).body).toMatchObject({ lat: there.lat });
    await send(fix(HOUR));
    expect((await asked()).body).toMatchObject({ lat: 0.3476 });
  });

  it('is not told what the tracker kept of the days of the one before', async () => {
    const { vehicleId, send, former, present, first, second } = await handedOn();
    const { db } = api.world.database;
    // Without a place of their own: the one that is known is lent to what happened in its time only.
    const cut = (hours: number, more: object = {}) => ({
      ...fix(hours * HOUR, { lat: null, lon: null, ...more }),
      alarms: ['powerCut'],
      externalMv: 0,
    });
    const back = (hours: number) => ({ ...cut(hours), alarms: [], externalMv: 12_600 });
    await send([cut(49), back(48.9)]);
    await send([cut(15), back(14.9)]);
    await send([cut(1), back(0.9)]);
    const rows = await db
      .select()
      .from(riskEvents)
      .where(eq(riskEvents.vehicleId, vehicleId))
      .orderBy(riskEvents.occurredAt);
    const place = { lat: there.lat, lon: there.lon };
    expect(rows.map(({ leaseId, position }) => [leaseId, position])).toEqual([
      [first, place],
      [null, place],
      [second, null],
    ]);
    const told = async (token: string) =>
      (await api.read(list(z.looseObject({ id: z.string() })), '/v1/risk-events', { token })).data.map(({ id }) => id);
    expect(await told(present.token)).toEqual([rows[2]?.id]);
    expect(await told(former.token)).toEqual([rows[0]?.id]);
  });
});

describe('from ownership on', () => {
  it('nothing of a vehicle is kept but whether it may start, and later nothing of before', async () => {
    const { db, sql } = api.world.database;
    const [{ vehicleId, id, send }, customer] = [await api.fitted(), await api.world.customer()];
    const stock = await api.fitted();
    const leaseId = await insertLease(db, vehicleId, customer.user.id, new Date(Date.now() - DAY));
    await send({ ...fix(60_000), alarms: ['powerCut'], output1: true });
    await stock.send(fix(60_000));
    const rows = () => db.select().from(positions).where(eq(positions.vehicleId, vehicleId));
    const latest = () => db.select().from(latestPositions).where(eq(latestPositions.vehicleId, vehicleId));
    const risks = () => db.select().from(riskEvents).where(eq(riskEvents.vehicleId, vehicleId));
    expect([await rows(), await risks()].map(({ length }) => length)).toEqual([1, 1]);

    await transact(db, system('test'), new Date(), async (context) => {
      const ended = new Date();
      await db
        .update(leases)
        .set({ status: 'completed', completedAt: ended, endedAt: ended })
        .where(eq(leases.id, leaseId));
      await db.update(vehicles).set({ status: 'leased' }).where(eq(vehicles.id, vehicleId));
      await setVehicleStatus(context, vehicleId, 'sold');
    });
    // Acknowledged, and dropped.
    let kept = (await rows()).length;
    await eventually('it to be forgotten', async () => {
      await send({ ...fix(0), alarms: ['crash'] });
      const now = (await rows()).length;
      const isOver = now === kept;
      kept = now;
      return isOver ? true : undefined;
    });
    const told = (await risks()).length;
    await send({ ...fix(-1_000), output1: false, lat: 0.4, alarms: ['tow'] });
    await send('{"ts":');
    await send(fix(9 * DAY));
    expect([(await rows()).length, (await risks()).length]).toEqual([kept, told]);
    expect(await db.select().from(quarantine).where(eq(quarantine.trackerId, id))).toEqual([]);
    expect(await latest()).toMatchObject([{ lat: 0.3476, output1: false }]);
    await db.update(trackers).set({ lastSeenAt: new Date(0) });
    // As long as they could not be heard they are not silent.
    expect(await markSilent(sql, new Date(), new Date(Date.now() - 599_000))).toEqual([]);
    const silent = await markSilent(sql, new Date(), new Date(Date.now() - 601_000));
    expect([silent.includes(id), silent.includes(stock.id)]).toEqual([false, true]);
    await stock.send(fix(0));
    expect(await db.select().from(positions).where(eq(positions.vehicleId, stock.vehicleId))).toHaveLength(2);

    const config = { EVENTS_RETENTION_DAYS: 90, POSITIONS_RETENTION_DAYS: 90 };
    const sweep = (days: number) =>
      ownedRetention.ownedVehicles({ sql, at: new Date(Date.now() + days * DAY), config, beat: () => {} });
    expect(await sweep(29)).toBe(0);
    expect(await sweep(31)).toBe(kept + 1);
    expect([await rows(), await latest()]).toEqual([[], []]);
    expect((await risks()).map(({ position, endedAt }) => [position, endedAt === null])).toEqual(
      Array.from({ length: told }, () => [null, false]),
    );
    expect((await api.call('DELETE', `/v1/trackers/${id}`)).status).toBe(204);
    expect(await db.select().from(positions).where(eq(positions.vehicleId, stock.vehicleId))).toHaveLength(2);
  });
});

describe('where a vehicle was last', () => {
  const lat = 0.3999;

  it('is told to the one whose lease had travelled when the vehicle was handed over to him', async () => {
    const { db } = api.world.database;
    const [{ vehicleId, send }, customer] = [await api.fitted(), await api.world.customer()];
    const leaseId = await insertLease(db, vehicleId, customer.user.id, new Date(Date.now() + 2 * DAY - 3_600_000));
    await db
      .update(leases)
      .set({ clockOffsetMs: 2 * DAY })
      .where(eq(leases.id, leaseId));
    await send(fix(1_000, { lat, lon: 32.6111 }));
    const { token } = customer;
    expect(await api.call('GET', `/v1/vehicles/${vehicleId}/position`, { token })).toMatchObject({ body: { lat } });
    expect(await api.call('GET', `/v1/vehicles/${vehicleId}`, { token })).toMatchObject({
      body: { location: { lat } },
    });
  });

  it('is no word of a list once the vehicle is its customer’s own', async () => {
    const { db } = api.world.database;
    const [{ vehicleId, send }, customer] = [await api.fitted(), await api.world.customer()];
    const leaseId = await insertLease(db, vehicleId, customer.user.id, new Date(Date.now() - DAY));
    await send(fix(60_000, { lat, lon: 32.6111 }));
    // Before it was seen there: what was seen until then is told in no list.
    const endedAt = new Date(Date.now() - 120_000);
    const end = { status: 'completed', completedAt: endedAt, endedAt } as const;
    await db.update(leases).set(end).where(eq(leases.id, leaseId));
    const shown = () => api.call('GET', `/v1/vehicles/${vehicleId}`);
    await db.update(vehicles).set({ status: 'leased' }).where(eq(vehicles.id, vehicleId));
    expect(await shown()).toMatchObject({ body: { location: { lat } } });
    await transact(db, system('test'), new Date(), (context) => setVehicleStatus(context, vehicleId, 'sold'));
    const after = await shown();
    expect(after.status).toBe(200);
    expect(after).not.toMatchObject({ body: { location: { lat } } });
  });
});
