import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Person } from '#test/api-world';
import { insertLease } from '#test/telematics-world';
import { credential, drive, fix, list, TrackedApi } from '#test/tracked-api';
import { countDistances } from '#use-cases/telematics/count-distances';
import { telematicsRetention } from '#use-cases/telematics/keep-positions';

let api: TrackedApi;
beforeAll(async () => {
  api = await TrackedApi.start();
});
afterAll(() => api.close());

describe('trips', () => {
  const trip = z.strictObject({
    vehicleId: z.string(),
    startedAt: z.string(),
    endedAt: z.string(),
    start: z.object({ lat: z.number(), lon: z.number() }),
    end: z.object({ lat: z.number(), lon: z.number() }),
    distanceKm: z.number(),
    movingSeconds: z.int(),
    underWay: z.boolean(),
  });

  it('are from where to where a vehicle drove, page by page, in whatever order its positions came', async () => {
    const { vehicleId, send } = await api.fitted();
    const path = `/v1/vehicles/${vehicleId}/trips`;
    expect(await api.read(list(trip), path)).toEqual({ data: [], nextCursor: null });
    const [first, second, third] = [drive(7_200_000), drive(5_400_000), drive(100_000)];
    const parked = Array.from({ length: 100 }, (_, i) =>
      fix(7_000_000 - i * 10_000, { lat: 0.4376 + (i % 3) * 0.0002, speedKph: 0, ignition: false }),
    );
    for (const said of [third, parked.toReversed(), first, second, first]) await send(said);

    const { data, nextCursor } = await api.read(list(trip), path);
    const told = (fixes: typeof first) => ({
      startedAt: new Date(fixes[0]?.ts ?? 0).toISOString(),
      endedAt: new Date(fixes.at(-1)?.ts ?? 0).toISOString(),
      movingSeconds: 100,
    });
    expect(data).toMatchObject([told(first), told(second), { ...told(third), underWay: true }]);
    expect(data.map(({ distanceKm }) => distanceKm)).toEqual([1.001, 1.001, 1.001]);
    expect(data[0]).toMatchObject({
      vehicleId,
      underWay: false,
      start: { lat: 0.3476 },
      end: { lat: first.at(-1)?.lat },
    });
    expect(nextCursor).toBeNull();

    const paged: unknown[] = [];
    let cursor = '';
    do {
      const page = await api.read(list(trip), `${path}?limit=1${cursor}`);
      paged.push(...page.data);
      cursor = page.nextCursor === null ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (cursor !== '');
    expect(paged).toEqual(data);
    // One that set off before is not of this time; one that comes home later is, whole.
    const within = `?from=${new Date(7_000 + (first[0]?.ts ?? 0)).toISOString()}&to=${told(second).startedAt}`;
    expect((await api.read(list(trip), path + within)).data).toEqual([data[1]]);
  });

  it('of a day of 17,280 positions are told whole', async () => {
    const { vehicleId, id } = await api.fitted();
    // A quarter of every hour it drives up and down, then it stands, drifting.
    await api.world.database.sql`
      insert into telematics.positions (tracker_id, vehicle_id, ts, sequence, lat, lon, speed_kph, accuracy, ignition, received_at)
      select ${id}, ${vehicleId}, now() - (17280 - n) * interval '5 seconds' - interval '1 minute', n,
        0.3 + case when n % 720 < 180 then abs(n % 180 - 90) else 90 end * 0.0005 + (n % 7) * 0.00002, 32.58,
        case when n % 720 < 180 then 40 else 1 end, 5, n % 720 < 180, now()
      from generate_series(1, 17280) n`;
    const yesterday = new Date(Date.now() - 86_400_000 - 120_000).toISOString();
    const { data } = await api.read(list(trip), `/v1/vehicles/${vehicleId}/trips?limit=100&from=${yesterday}`);
    expect(data).toHaveLength(24);
  });

  it.each([
    'limit=0',
    'limit=201',
    'from=yesterday',
    'to=2026-13-01T00:00:00Z',
    'from=2099-01-01T00:00:00Z',
    'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
    'cursor=bad',
    'sort=km',
  ])('%s is no question', async (query) => {
    const { vehicleId } = await api.fitted();
    expect((await api.call('GET', `/v1/vehicles/${vehicleId}/trips?${query}`)).status).toBe(400);
  });
});

describe('an odometer', () => {
  const odometer = z.strictObject({
    vehicleId: z.string(),
    drivenKm: z.number(),
    days: z.array(z.object({ day: z.string(), distanceKm: z.number() })),
  });
  const midnight = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  const count = () => countDistances(api.world.database.sql, () => {});

  it('is the sum of days over all trackers, into which what comes late is counted, once', async () => {
    const { vehicleId, id, send } = await api.fitted();
    const path = `/v1/vehicles/${vehicleId}/odometer`;
    const driven = async (more = '') => (await api.read(odometer, path + more)).drivenKm;
    expect(await driven()).toBe(0);
    // Over midnight of yesterday: half of it is of each day.
    const late = drive(Date.now() - midnight + 86_400_000 + 45_000);
    await send([...late.slice(0, 3), ...late.slice(8)]);
    await count();
    const first = await driven();
    expect(first).toBe(1.001);
    await send(late.toReversed());
    await send(late);
    await count();
    await count();
    const days = `?from=${new Date(midnight - 2 * 86_400_000).toISOString()}`;
    const known = await api.read(odometer, path + days);
    expect(known.drivenKm).toBeGreaterThanOrEqual(first);
    expect(known.days.map(({ day, distanceKm }) => [day, distanceKm])).toEqual([
      [new Date(midnight - 2 * 86_400_000).toISOString().slice(0, 10), 0.4],
      [new Date(midnight - 86_400_000).toISOString().slice(0, 10), 0.6],
    ]);

    // Another tracker goes on where this one ended.
    expect((await api.call('DELETE', `/v1/trackers/${id}`)).status).toBe(204);
    const swap = await api.call('POST', '/v1/trackers', { body: { vehicleId, kind: 'native' } });
    const { username, password, topics } = credential.parse(swap.body);
    const client = await api.connect(username, password);
    await client.publishAsync(topics.telemetry, JSON.stringify(drive(3_600_000)), { qos: 1 });
    await count();
    expect(await driven()).toBeCloseTo(known.drivenKm + 1.001, 2);

    // Its positions go, and their days with them; what it drove does not become less.
    const config = { EVENTS_RETENTION_DAYS: 90, POSITIONS_RETENTION_DAYS: 1 };
    const sweep = { sql: api.world.database.sql, at: new Date(midnight + 1), config, beat: () => {} };
    expect(await telematicsRetention.distanceDays(sweep)).toBeGreaterThanOrEqual(1);
    expect(await telematicsRetention.distanceDays(sweep)).toBe(0);
    await count();
    const left = await api.read(odometer, path + days);
    expect(left.drivenKm).toBeCloseTo(known.drivenKm + 1.001, 2);
    expect(left.days.map(({ day }) => day)).not.toContain(known.days[0]?.day);
  });

  it('misses nothing that is stored while it counts', async () => {
    const { vehicleId, send } = await api.fitted();
    const fixes = Array.from({ length: 100 }, (_, i) =>
      fix(7_200_000 - i * 10_000, { lat: 0.3476 + i * 0.0009, speedKph: 36 }),
    );
    let sending = true;
    const counting = (async () => {
      while (sending) await count();
    })();
    // Every third first, so that batches meet days that are due, taken and counted.
    const shuffled = [0, 1, 2].flatMap((start) => fixes.filter((_, i) => i % 3 === start));
    for (let at = 0; at < shuffled.length; at += 5) await Promise.all(shuffled.slice(at, at + 5).map(send));
    sending = false;
    await counting;
    await count();
    const { drivenKm } = await api.read(odometer, `/v1/vehicles/${vehicleId}/odometer`);
    expect(drivenKm).toBeCloseTo(99 * 0.10008, 2);
  });

  it('counts a day again for which positions come while it is being counted', async () => {
    const { sql } = api.world.database;
    const { vehicleId, send } = await api.fitted();
    await send(drive(3_600_000));
    const died = () => {
      throw new Error('died');
    };
    await expect(countDistances(sql, died)).rejects.toThrow('died');
    // As one that died left it.
    await sql`update telematics.distances set state = 'taken' where vehicle_id = ${vehicleId}`;
    await count();
    const states = () =>
      sql<{ state: string }[]>`select distinct state from telematics.distances where vehicle_id = ${vehicleId}`;
    expect(await states()).toEqual([{ state: 'counted' }]);
    await send(drive(1_800_000));
    expect((await states()).map(({ state }) => state)).toContain('due');
    await count();
    expect((await api.read(odometer, `/v1/vehicles/${vehicleId}/odometer`)).drivenKm).toBeCloseTo(2.002, 2);
  });

  it("is the staff's and the customer's who has the vehicle", async () => {
    const { vehicleId } = await api.fitted();
    const status = async ({ token }: Person) =>
      (await api.call('GET', `/v1/vehicles/${vehicleId}/odometer`, { token })).status;
    expect(await status(api.customer)).toBe(404);
    await insertLease(api.world.database.db, vehicleId, api.customer.user.id);
    expect([await status(api.customer), await status(api.agent)]).toEqual([200, 200]);
    expect(await status(await api.world.customer())).toBe(404);
  });
});
