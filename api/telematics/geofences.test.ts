import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fix, list, TrackedApi } from '#test/tracked-api';

let api: TrackedApi;
beforeAll(async () => {
  api = await TrackedApi.start();
});
afterAll(() => api.close());

/** A square of a kilometre around where `fix` is, or as far as it is said to the east. */
const around = (east = 0) => {
  const [west, south, size] = [32.578 + east, 0.343, 0.009];
  const ring = [
    [west, south],
    [west + size, south],
    [west + size, south + size],
    [west, south + size],
    [west, south],
  ];
  return { type: 'Polygon', coordinates: [ring] };
};
const order = (more: object = {}) => ({ name: 'Depot', polygon: around(), rule: 'stay_inside', ...more });
const geofence = z.looseObject({ id: z.string(), name: z.string(), inForceFrom: z.string() });
const risk = z.looseObject({ type: z.string(), endedAt: z.string().nullable(), details: z.looseObject({}) });
const inForce = () => sleep(2_000);
const east = { lon: 32.594 };

async function made(body: object) {
  const answer = await api.call('POST', '/v1/geofences', { body });
  expect(answer.status).toBe(201);
  return { ...geofence.parse(answer.body), etag: answer.headers.get('etag') ?? '' };
}
const risksOf = async (vehicleId: string) => {
  const { data } = await api.read(list(risk), `/v1/risk-events?vehicleId=${vehicleId}`);
  return data
    .map(({ type, endedAt, details }) => [type, details['geofenceId'], endedAt === null] as const)
    .toReversed();
};

describe('geofences', () => {
  it('are made, read, listed newest first, changed by their ETag, and taken away', async () => {
    const vehicleId = await api.newVehicle();
    const first = await made(order({ market: 'UG', vehicleIds: [vehicleId] }));
    expect(first).toMatchObject({ ...order({ market: 'UG', vehicleIds: [vehicleId] }), etag: '"1"' });
    const second = await made(order({ name: 'Border', rule: 'stay_outside' }));
    expect(second).toMatchObject({ vehicleIds: null, market: null });
    const path = `/v1/geofences/${first.id}`;
    const { data } = await api.read(list(geofence), '/v1/geofences?limit=2');
    expect(data.map(({ id }) => id)).toEqual([second.id, first.id]);

    const stale = { body: { name: 'Yard' }, headers: { 'if-match': '"7"' } };
    expect(await api.call('PATCH', path, stale)).toMatchObject({ status: 412 });
    const renamed = await api.call('PATCH', path, { ...stale, headers: { 'if-match': '"1"' } });
    expect([renamed.status, renamed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(renamed.body).toMatchObject({ name: 'Yard', inForceFrom: first.inForceFrom });
    const nothing = await api.call('PATCH', path, { body: { name: 'Yard', rule: 'stay_inside' } });
    expect(nothing.headers.get('etag')).toBe('"2"');
    const moved = await api.call('PATCH', path, { body: { polygon: around(1), vehicleIds: null, market: null } });
    expect(moved.body).toMatchObject({ vehicleIds: null, market: null, polygon: around(1) });
    expect(await api.read(geofence, path)).toEqual(moved.body);

    expect((await api.call('DELETE', path, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await api.call('DELETE', path)).status).toBe(204);
    expect((await api.call('GET', path)).status).toBe(404);
    expect((await api.call('DELETE', `/v1/geofences/${second.id}`)).status).toBe(204);
  });

  it('that cannot be are refused, with the reason and its place', async () => {
    const open = { type: 'Polygon', coordinates: [around().coordinates[0]?.slice(0, 4)] };
    const bow = [
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ];
    const swap = (ring: readonly number[][]) => ({ type: 'Polygon', coordinates: [ring.map((at) => at.toReversed())] });
    const [kampala = []] = around().coordinates;
    const ofUganda = { vehicleIds: [await api.newVehicle()] };
    const longitudeFirst = /longitude first/;
    const wrong: [object, number, string, RegExp][] = [
      [order({ polygon: open }), 400, 'polygon.coordinates.0', /closed/],
      [order({ polygon: { type: 'Polygon', coordinates: [bow] } }), 400, 'polygon.coordinates.0', /cross/],
      [order({ polygon: { type: 'Point', coordinates: [0, 0] } }), 400, 'polygon.type', /./],
      [order({ polygon: { type: 'Polygon', coordinates: [[[0, 'x']]] } }), 400, 'polygon.coordinates.0.0.1', /./],
      [order({ polygon: undefined }), 400, 'polygon', /./],
      [order({ rule: 'stay_calm' }), 400, 'rule', /./],
      [order({ name: '' }), 400, 'name', /./],
      [order({ vehicleIds: [] }), 400, 'vehicleIds', /./],
      [order({ vehicleIds: ['0198c0de-0000-7000-8000-000000000000'] }), 422, 'vehicleIds.0', /no vehicle/],
      [order({ vehicleIds: [await api.newVehicle()], market: 'KE' }), 422, 'vehicleIds.0', /not of KE/],
      [order({ polygon: swap(kampala), rule: 'protected' }), 422, 'polygon.coordinates', longitudeFirst],
      [order({ polygon: swap(kampala), rule: 'protected', market: 'UG' }), 422, 'polygon.coordinates', longitudeFirst],
      [order({ polygon: swap(kampala), ...ofUganda }), 422, 'polygon.coordinates', longitudeFirst],
      [order({ polygon: around(5), ...ofUganda }), 422, 'polygon.coordinates', /outside of UG/],
    ];
    const known = await made(order({ name: 'Far', polygon: around(5) }));
    for (const [body, status, path, message] of wrong) {
      const refusal = { status, body: { errors: [{ path, message: expect.stringMatching(message) }] } };
      expect([body, await api.call('POST', '/v1/geofences', { body })]).toMatchObject([body, refusal]);
      if (path === 'polygon') continue;
      expect(await api.call('PATCH', `/v1/geofences/${known.id}`, { body })).toMatchObject(refusal);
    }
    expect((await api.call('DELETE', `/v1/geofences/${known.id}`)).status).toBe(204);
  });

  it('are for staff', async () => {
    for (const [method, body] of [['GET'], ['POST', order()]] as const) {
      const asked = { token: api.customer.token, ...(body === undefined ? {} : { body }) };
      expect(await api.call(method, '/v1/geofences', asked)).toMatchObject({ status: 403 });
    }
  });

  it('are in force two seconds later: leaving and entering raise once, the way back nothing', async () => {
    const { vehicleId, send } = await api.fitted();
    const other = await api.fitted();
    const inside = await made(order({ vehicleIds: [vehicleId] }));
    const outside = await made(order({ rule: 'stay_outside', polygon: around(0.01), vehicleIds: [vehicleId] }));
    await inForce();
    await other.send([fix(60_000), fix(1_000, east)]);
    await send(fix(110_000));
    await send(fix(60_000, east));
    await send(fix(50_000, east));
    const told = await risksOf(vehicleId);
    expect(told).toHaveLength(2);
    expect(told).toEqual(
      expect.arrayContaining([
        ['geofence_exit', inside.id, true],
        ['geofence_enter', outside.id, true],
      ]),
    );
    await send([fix(30_000), fix(30_000)]);
    await send(fix(45_000, east));
    expect((await risksOf(vehicleId)).map(([, , open]) => open)).toEqual([false, false]);
    expect(await risksOf(other.vehicleId)).toEqual([]);
    for (const { id } of [inside, outside]) expect((await api.call('DELETE', `/v1/geofences/${id}`)).status).toBe(204);
  });

  it('raise once for a vehicle that is out already, and end with a change or when they go', async () => {
    const { vehicleId, send } = await api.fitted();
    await send(fix(30_000, east));
    const { id } = await made(order({ vehicleIds: [vehicleId] }));
    await inForce();
    await send(fix(1_000, east));
    await send(fix(500, east));
    expect(await risksOf(vehicleId)).toEqual([['geofence_exit', id, true]]);
    // Another area, and still out.
    await api.call('PATCH', `/v1/geofences/${id}`, { body: { polygon: around(0.005) } });
    expect(await risksOf(vehicleId)).toEqual([['geofence_exit', id, false]]);
    await inForce();
    await send(fix(0, east));
    expect(await risksOf(vehicleId)).toEqual([
      ['geofence_exit', id, false],
      ['geofence_exit', id, true],
    ]);
    expect((await api.call('DELETE', `/v1/geofences/${id}`)).status).toBe(204);
    await inForce();
    await send(fix(0, east));
    expect((await risksOf(vehicleId)).map(([, , open]) => open)).toEqual([false, false]);
  });
});
