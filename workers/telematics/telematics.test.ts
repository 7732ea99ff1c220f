import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, latestPositions, outbox, positions, quarantine, riskEvents, trackers } from '#db/schema/index';
import { eventually } from '#dev/client';
import { refuseWrites } from '#test/refusing';
import { createTelematicsWorld, type TelematicsWorld } from '#test/telematics-world';

let world: TelematicsWorld;
beforeAll(async () => {
  world = await createTelematicsWorld();
});
afterAll(() => world.close());

const place = { lat: 0.3476, lon: 32.5825 };
const rowsOf = (trackerId: string) =>
  world.database.db.select().from(positions).where(eq(positions.trackerId, trackerId)).orderBy(asc(positions.ts));
const risksOf = (trackerId: string) =>
  world.database.db
    .select()
    .from(riskEvents)
    .where(eq(riskEvents.trackerId, trackerId))
    .orderBy(asc(riskEvents.occurredAt));
const quarantineOf = (trackerId: string) =>
  world.database.db.select().from(quarantine).where(eq(quarantine.trackerId, trackerId));
const say = (value: unknown) => JSON.stringify(value);

async function tracker(options: Parameters<TelematicsWorld['newTracker']>[0] = {}) {
  const made = await world.newTracker(options);
  const client = await world.connect(made.username, made.password);
  return {
    ...made,
    client,
    send: (value: unknown) =>
      client.publishAsync(made.topics.telemetry, typeof value === 'string' ? value : say(value), { qos: 1 }),
  };
}

describe('what trackers say', () => {
  it('is committed when it is acknowledged', async () => {
    const { id, vehicleId, send } = await tracker();
    const ts = Date.now();
    await send({ ts, seq: 1, ...place, speedKph: 30, heading: 90, ignition: true, batteryMv: 4_000 });
    expect(await rowsOf(id)).toMatchObject([
      {
        vehicleId,
        sequence: '1',
        ...place,
        speedKph: 30,
        heading: 90,
        ignition: true,
        suspect: false,
        extra: { batteryMv: 4_000 },
      },
    ]);
    const [latest] = await world.database.db
      .select()
      .from(latestPositions)
      .where(eq(latestPositions.vehicleId, vehicleId));
    expect(latest).toMatchObject({ trackerId: id, ts: new Date(ts), ...place });
  });

  it('is one position however often it comes, alone or in a backlog', async () => {
    const { id, send } = await tracker();
    const ts = Date.now();
    const [numbered, hashed] = [
      { ts, seq: 7, ...place },
      { ts: ts + 1, ...place },
    ];
    await send(numbered);
    await Promise.all([send(numbered), send([numbered, hashed]), send(hashed), send({ ...hashed, speedKph: 5 })]);
    expect(await rowsOf(id)).toHaveLength(3);
  });

  it('loses no alarm of a unit that sends its newest records first: each counts once, at its own time', async () => {
    const { id, vehicleId, password, send } = await tracker();
    const leaseId = await world.newLease(vehicleId);
    const now = Date.now();
    const at = (minutes: number) => now - minutes * 60_000;
    const there = { ...place, speedKph: 0, ignition: false };
    const record = (minutes: number, ...alarms: string[]) => ({ ts: at(minutes), seq: minutes, ...there, alarms });
    const crash = (minutes: number) => record(minutes, 'accident');
    // Shocks of the same crash, one of half an hour before, and a tamper alarm of 50 minutes that goes on for twenty.
    const tampered = [50, 45, 40, 35, 30].map((minutes) => record(minutes, 'tampering'));
    const kept = [
      record(0),
      record(20),
      crash(24),
      crash(25),
      record(26),
      ...tampered.toReversed(),
      record(52),
      crash(60),
    ];
    for (const one of kept) await send(one);
    const told = async () =>
      (await risksOf(id))
        .filter(({ type }) => type !== 'online')
        .map(({ type, occurredAt, endedAt, leaseId: of }) => [
          type,
          (now - occurredAt.getTime()) / 60_000,
          endedAt !== null,
          of,
        ]);
    const once = [
      ['crash', 24, true, leaseId],
      ['crash', 60, true, leaseId],
      ['tampering', 30, true, leaseId],
    ];
    expect((await told()).toSorted()).toEqual(once);
    // The same again, in another order, alone and in arrays, and after the process has forgotten all.
    await send([...kept].toReversed());
    await world.restart();
    const again = await world.connect(id, password);
    for (const one of kept.toReversed()) await again.publishAsync(`trackers/${id}/telemetry`, say(one), { qos: 1 });
    expect((await told()).toSorted()).toEqual(once);
    const [latest] = await world.database.db
      .select()
      .from(latestPositions)
      .where(eq(latestPositions.vehicleId, vehicleId));
    expect(latest?.ts).toEqual(new Date(now));
  });

  it('stores the good of a backlog and quarantines the bad', async () => {
    const { id, send } = await tracker();
    const ts = Date.now();
    await send([
      { ts, seq: 1, ...place },
      { ts, seq: 2, lat: 91, lon: 0 },
      { ts: ts - 8 * 86_400_000, seq: 3, ...place },
      { ts: ts + 180_000, seq: 4, ...place },
      { ts: ts + 1, seq: 5, ...place },
    ]);
    const rows = await rowsOf(id);
    expect(rows.filter(({ lat }) => lat !== null).map(({ sequence }) => sequence)).toEqual(['1', '5']);
    expect(rows.filter(({ lat }) => lat === null)).toMatchObject([{ sequence: '2', lon: null }]);
    expect((await quarantineOf(id)).map(({ reason }) => reason).sort()).toEqual([
      'in_the_future',
      'invalid: lat',
      'too_old',
    ]);
  });

  it.each([
    ['not_json', '{"ts":'],
    ['not_json', '{"ts":1795458000000,"seq":1,"lat":NaN,"lon":32.5,"speedKph":Infinity}'],
    ['invalid: ts, lat, lon', '{}'],
    ['invalid: position', '5'],
    ['invalid: text', say({ ts: Date.now(), ...place, serial: 'a\u0000b' })],
    ['position_too_large', say({ ts: Date.now(), ...place, note: 'x'.repeat(5_000) })],
    ['too_many_positions', say(Array.from({ length: 501 }, () => 1))],
    ['too_large', say('x'.repeat(65_600))],
    ['empty_backlog', '[]'],
  ])('acknowledges and quarantines %s', async (reason, payload) => {
    const { id, send, topics } = await tracker();
    await send(payload);
    await send(payload);
    expect(await rowsOf(id)).toEqual([]);
    expect(await quarantineOf(id)).toMatchObject([{ reason, topic: topics.telemetry }]);
  });

  it.each([
    ['invalid: text', { note: 'a\u0000b' }],
    ['invalid: text', { alarms: ['\ud800', 'crash'] }],
    ['invalid: text', { note: { deep: ['\udfff'] } }],
    ['invalid: text', { 'a\ud800': 1 }],
    ['invalid: heading', { heading: -1 }],
    ['invalid: lat, lon', { lat: null }],
    ['invalid: speedKph, altitude', { speedKph: 1e-60, altitude: -1e-60 }],
  ])('is stored as far as it can be read, and %s is noted: %j', async (reason, odd) => {
    const { id, send, topics } = await tracker();
    const said = { ts: Date.now(), seq: 1, ...place, ignition: true, alarms: ['crash'], ...odd };
    await send(said);
    await send(said);
    const known = 'lat' in odd ? { lat: null, lon: null } : place;
    expect(await rowsOf(id)).toMatchObject([{ ...known, ignition: true, extra: { alarms: ['crash'] } }]);
    expect(await quarantineOf(id)).toMatchObject([{ reason, topic: topics.telemetry }]);
    expect((await risksOf(id)).map(({ type }) => type)).toEqual(['crash']);
  });

  it.each([
    ['led by a byte-order mark', (json: string) => Buffer.from(`\uFEFF${json}`)],
    ['followed by NUL', (json: string) => Buffer.from(`${json}\0`)],
    ['in a field of C, with a line end', (json: string) => Buffer.from(`\uFEFF${json}\r\n\0\0\0\0`)],
  ])('is read %s', async (_, framed) => {
    const { id, client, topics } = await tracker();
    const json = say({ ts: Date.now(), seq: 1, ...place, note: 'C:\\u0000 is no NUL' });
    await client.publishAsync(topics.telemetry, framed(json), { qos: 1 });
    await client.publishAsync(topics.status, framed('{"online":true}'), { qos: 1 });
    expect(await rowsOf(id)).toMatchObject([{ sequence: '1', ...place }]);
    expect(await quarantineOf(id)).toEqual([]);
  });

  it('without a fix is no place: nothing moves or jumps; ignition, voltage and alarms count', async () => {
    const { id, vehicleId, send } = await tracker();
    const ts = Date.now() - 60_000;
    await send({ ts, seq: 1, ...place, ignition: true, output1: false });
    const nowhere = [
      { lat: 0, lon: 0, satellites: 0 },
      { lat: 0, lon: 0 },
      { ...place, satellites: 0, ignition: false, output1: true, externalMv: 11_900, alarms: ['powerCut'] },
      { lat: 48.1, lon: 11.6, accuracy: 10_001 },
      { lat: 48.1, lon: 11.6, valid: false },
      { lat: null, lon: null },
    ];
    await send(nowhere.map((said, index) => ({ ts: ts + (index + 1) * 5_000, seq: index + 2, ...said })));
    const rows = await rowsOf(id);
    expect(rows.map(({ lat, lon }) => [lat, lon])).toEqual([
      [place.lat, place.lon],
      ...nowhere.map(() => [null, null]),
    ]);
    expect(rows[3]).toMatchObject({ ignition: false, extra: { externalMv: 11_900, satellites: 0 } });
    const latest = () =>
      world.database.db.select().from(latestPositions).where(eq(latestPositions.vehicleId, vehicleId));
    expect(await latest()).toMatchObject([{ ts: new Date(ts), ...place, ignition: false, output1: true }]);
    expect(await risksOf(id)).toMatchObject([{ type: 'power_cut', position: place }]);
    // What comes late and is older changes neither, and what is newer both.
    await send({ ts: ts + 1_000, seq: 20, ...place, ignition: true });
    expect(await latest()).toMatchObject([{ ts: new Date(ts + 1_000), ignition: false, output1: true }]);
    await send({ ts: ts + 50_000, seq: 21, ...place, ignition: true, output1: false });
    expect(await latest()).toMatchObject([{ ts: new Date(ts + 50_000), ignition: true, output1: false }]);
    expect((await risksOf(id)).map(({ type }) => type)).toEqual(['power_cut']);
  });

  it('without a fix as the first word is no position yet', async () => {
    const { id, vehicleId, send } = await tracker();
    await send({ ts: Date.now() - 20_000, seq: 1, lat: 0, lon: 0, satellites: 0, ignition: true });
    expect(
      await world.database.db.select().from(latestPositions).where(eq(latestPositions.vehicleId, vehicleId)),
    ).toEqual([]);
    await send({ ts: Date.now(), seq: 2, ...place });
    expect(await risksOf(id)).toEqual([]);
  });

  it('of a backlog the database refuses one position, which alone is kept in quarantine, and its alarm counts', async () => {
    const { id, send, topics } = await tracker();
    const ts = Date.now() - 60_000;
    const backlog = [1, 2, 3, 4, 5].map((seq) => ({
      ts: ts + seq,
      seq,
      ...place,
      ...(seq === 4 && { alarms: ['crash'] }),
    }));
    const where = `new.tracker_id = '${id}' and new.sequence = '4'`;
    const refusing = await refuseWrites(world.database, 'telematics.positions', { state: '22003', where });
    try {
      await Promise.all([send(backlog), send({ ts: ts + 6, seq: 6, ...place })]);
    } finally {
      await refusing.mend();
    }
    expect((await rowsOf(id)).map(({ sequence }) => sequence)).toEqual(['1', '2', '3', '5', '6']);
    const reason = 'refused: 22003';
    expect(await quarantineOf(id)).toMatchObject([{ reason, topic: topics.telemetry, payload: say(backlog[3]) }]);
    expect((await risksOf(id)).map(({ type }) => type)).toEqual(['crash']);
  });

  it('takes nobody else by the payload: quarantined and audited', async () => {
    const other = await world.newTracker();
    const { id, send } = await tracker({ serial: '352093081234567' });
    const ts = Date.now();
    await send({ ts, seq: 1, ...place, trackerId: other.id });
    await send({ ts, seq: 2, ...place, imei: '352093080000000' });
    await send({ ts, seq: 3, ...place, topic: other.topics.telemetry });
    await send({ ts, seq: 4, ...place, trackerId: id, imei: '352093081234567' });
    expect((await rowsOf(id)).map(({ sequence }) => sequence)).toEqual(['4']);
    expect(await rowsOf(other.id)).toEqual([]);
    const held = await quarantineOf(id);
    expect(held.map(({ reason }) => reason)).toEqual(Array.from({ length: 3 }, () => 'identity_mismatch'));
    const entries = await world.database.db.select().from(audit).where(eq(audit.subject, id));
    expect(entries.map(({ detail }) => detail['quarantineId']).sort()).toEqual(held.map((row) => row.id).sort());
  });

  it('moves the latest position by newer fixes only, and past a jump when a second one agrees', async () => {
    const { id, vehicleId, send } = await tracker();
    const latest = async () =>
      (await world.database.db.select().from(latestPositions).where(eq(latestPositions.vehicleId, vehicleId)))[0];
    const ts = Date.now() - 60_000;
    const away = { lat: 1.5, lon: 33.5 };
    await send({ ts, seq: 1, ...place });
    await send({ ts: ts - 5_000, seq: 2, lat: 0.348, lon: 32.583 });
    expect(await latest()).toMatchObject({ ...place });
    await send({ ts: ts + 5_000, seq: 3, ...away });
    expect(await latest()).toMatchObject({ ...place });
    await send({ ts: ts + 10_000, seq: 4, ...away });
    expect(await latest()).toMatchObject({ ...away, suspect: false });
    expect((await rowsOf(id)).map(({ suspect }) => suspect)).toEqual([false, false, true, false]);
    expect(await risksOf(id)).toMatchObject([{ type: 'impossible_jump', occurredAt: new Date(ts + 5_000) }]);
  });

  it('lets the acknowledgement wait over the rate, and drops nothing', async () => {
    const { id, send } = await tracker();
    const ts = Date.now();
    const began = performance.now();
    await Promise.all(Array.from({ length: 124 }, (_, seq) => send({ ts: ts + seq, seq, ...place })));
    expect(performance.now() - began).toBeGreaterThan(1_500);
    expect(await rowsOf(id)).toHaveLength(124);
  });
});

describe('what it means', () => {
  const ride = (ts: number, speeds: readonly number[]) =>
    speeds.map((speedKph, index) => ({ ts: ts + index * 5_000, seq: index, ...place, speedKph }));

  it('speeding is one event an episode, over a restart too', async () => {
    const { id, vehicleId, send, username, password, topics } = await tracker({ speedLimitKph: 60 });
    const ts = Date.now() - 100_000;
    const fixes = ride(ts, [50, 64, 64, 64, 64, 70, 70, 50, 70, 70, 70]);
    await send(fixes.slice(0, 2));
    await send(fixes.slice(2, 4));
    await world.restart();
    const again = await world.connect(username, password);
    for (const fix of fixes.slice(1, 7)) await again.publishAsync(topics.telemetry, say(fix), { qos: 1 });
    await world.restart();
    const last = await world.connect(username, password);
    await last.publishAsync(topics.telemetry, say(fixes), { qos: 1 });
    const raised = (await risksOf(id)).filter(({ type }) => type === 'speeding');
    expect(raised).toMatchObject([
      {
        severity: 'medium',
        vehicleId,
        occurredAt: new Date(ts + 5_000),
        endedAt: new Date(ts + 30_000),
        details: { limitKph: 60 },
      },
    ]);
    const events = await world.database.db.select().from(outbox).where(eq(outbox.subject, vehicleId));
    expect(events.filter(({ data }) => data['type'] === 'speeding')).toMatchObject([
      { type: 'telematics.risk.detected', data: { id: raised[0]?.id, vehicleId, trackerId: id } },
    ]);
  });

  it("the device's own alarms are events once an episode", async () => {
    const { id, send } = await tracker();
    const ts = Date.now() - 60_000;
    const alarms = [[], ['powerCut'], ['powerCut', 'hardBraking'], ['powerCut'], [], ['powerCut']];
    await send(alarms.map((names, seq) => ({ ts: ts + seq * 5_000, seq, ...place, alarms: names })));
    expect((await risksOf(id)).map(({ type }) => type).sort()).toEqual(['harsh_braking', 'power_cut', 'power_cut']);
  });

  it('a tracker whose clock is wrong is there, and its alarms count when they come', async () => {
    const { id, send } = await tracker();
    const wrong = (seq: number, more: object = {}) => ({
      ts: Date.now() - 7_168 * 86_400_000 + seq,
      seq,
      ...place,
      ...more,
    });
    const began = Date.now();
    const seen = async () =>
      (await world.database.db.select().from(trackers).where(eq(trackers.id, id)))[0]?.lastSeenAt;
    await send(wrong(1));
    await send(wrong(2, { alarms: ['powerCut'] }));
    await send(wrong(3, { alarms: ['powerCut'] }));
    expect(await seen()).not.toBeNull();
    const risks = await risksOf(id);
    expect(risks).toMatchObject([{ type: 'power_cut', endedAt: null }]);
    expect(risks[0]?.occurredAt.getTime()).toBeGreaterThanOrEqual(began - 1_000);
    await send(wrong(4));
    expect(await risksOf(id)).toMatchObject([{ type: 'power_cut', endedAt: expect.any(Date) }]);
    expect(await rowsOf(id)).toEqual([]);
    expect((await quarantineOf(id)).map(({ reason }) => reason)).toEqual(Array.from({ length: 4 }, () => 'too_old'));
  });

  it('what a tracker with a right clock has kept for too long alarms nobody today', async () => {
    const { id, send } = await tracker();
    const now = Date.now();
    await send([
      { ts: now - 9 * 86_400_000, seq: 1, ...place, alarms: ['powerCut'] },
      { ts: now, seq: 2, ...place },
    ]);
    expect(await risksOf(id)).toEqual([]);
    expect(await quarantineOf(id)).toMatchObject([{ reason: 'too_old' }]);
  });

  it('a tracker is lost when its last connection breaks, and found after that only', async () => {
    const { id, client, username, password, send } = await tracker();
    await send({ ts: Date.now(), ...place });
    const second = await world.connect(username, password);
    await client.endAsync();
    await second.publishAsync(`trackers/${id}/status`, say({ online: true, ts: Date.now() }), { qos: 1, retain: true });
    expect(await risksOf(id)).toEqual([]);
    second.stream.destroy();
    await eventually('the tracker to be lost', async () => ((await risksOf(id)).length === 1 ? true : undefined));
    await world.connect(username, password);
    await eventually('the tracker to be found', async () => ((await risksOf(id)).length === 2 ? true : undefined));
    expect((await risksOf(id)).map(({ type, details }) => [type, details['cause']])).toEqual([
      ['offline', 'connection_lost'],
      ['online', undefined],
    ]);
  });

  it('a last will says that it is lost, and after a power cut that is grave', async () => {
    const made = await world.newTracker();
    const will = {
      topic: made.topics.status,
      payload: Buffer.from(say({ online: false, ts: Date.now() })),
      qos: 1,
      retain: true,
    } as const;
    const client = await world.connect(made.username, made.password, { will });
    await client.publishAsync(made.topics.telemetry, say({ ts: Date.now(), ...place, alarms: ['powerCut'] }), {
      qos: 1,
    });
    client.stream.destroy();
    const lost = await eventually('the tracker to be lost', async () =>
      (await risksOf(made.id)).find(({ type }) => type === 'offline'),
    );
    expect(lost).toMatchObject({
      severity: 'critical',
      details: { cause: 'last_will', afterPowerCut: true },
      position: place,
    });
    const [row] = await world.database.db.select().from(trackers).where(eq(trackers.id, made.id));
    expect(row?.online).toBe(false);
  });

  it('a last will is believed only when no other connection of the tracker stands', async () => {
    const { id, username, password, topics } = await world.newTracker();
    const will = { topic: topics.status, payload: Buffer.from('{"online":false}'), qos: 1, retain: true } as const;
    const boot = (clientId: string) => world.connect(username, password, { will, clientId });
    const first = await boot('boot-1');
    await first.publishAsync(topics.telemetry, say({ ts: Date.now(), ...place, alarms: ['powerCut'] }), { qos: 1 });
    await boot('boot-2');
    first.stream.destroy();
    await sleep(1_000);
    // The broker ends the second one, which the third takes over, and publishes its will.
    const third = await boot('boot-2');
    await sleep(1_000);
    expect((await risksOf(id)).map(({ type }) => type)).toEqual(['power_cut']);
    third.stream.destroy();
    const lost = await eventually('the tracker to be lost', async () =>
      (await risksOf(id)).find(({ type }) => type === 'offline'),
    );
    expect(lost).toMatchObject({ details: { cause: 'last_will' } });
  });
});
