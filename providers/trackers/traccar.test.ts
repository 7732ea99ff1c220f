import { describe, expect, it } from 'vitest';
import { bridge as recorded } from './recorded/traccar.ts';
import { readMessage } from './registry.ts';

const NOW = Date.UTC(2026, 7, 21, 10, 1);
const TEN = Date.UTC(2026, 7, 21, 10);
const unit = { serial: '352093081234567', bridged: 'traccar' };
const read = (value: unknown, what = 'positions') =>
  readMessage({ topic: `traccar/${what}`, payload: Buffer.from(JSON.stringify(value)), receivedAt: NOW });
const fix = (value: unknown, what?: string) => {
  const [reading] = read(value, what) ?? [];
  if (reading?.kind !== 'fix') throw new Error(`no fix: ${JSON.stringify(reading)}`);
  return reading;
};
const { driving, braking, outdated, events } = recorded;
const changed = (fields: Record<string, unknown>, attributes: Record<string, unknown> = {}) => ({
  ...driving,
  position: { ...driving.position, ...fields, attributes: { ...driving.position.attributes, ...attributes } },
});

describe('a Traccar bridge', () => {
  it('says where a device of its is: knots, volts and metres become ours', () => {
    const reading = fix(driving);
    expect(reading).toMatchObject({ unit, claims: null });
    expect(reading.fix).toMatchObject({
      ts: TEN,
      lat: 0.3205,
      lon: 32.5796,
      heading: 183,
      altitude: 1189,
      accuracy: null,
      ignition: true,
      odometerKm: 48_211.932,
      output1: false,
      alarms: [],
    });
    expect(reading.fix.speedKph).toBeCloseTo(52.41, 2);
    expect(reading.fix.extra).toEqual({
      satellites: 11,
      motion: true,
      externalMv: 12_610,
      batteryMv: 4_020,
      batteryPercent: 97,
      valid: true,
      output1: false,
    });
    expect(reading.unread).toBeUndefined();
    expect(reading.source).not.toMatch(/Test Person|256700000000|KJA/);
  });

  it('names a tracker by its serial, or by its id', () => {
    const uniqueId = '01a209b6-d691-7e95-9f0a-5a770bab73a2';
    expect(fix({ ...driving, device: { uniqueId } }).unit).toEqual({ trackerId: uniqueId, bridged: 'traccar' });
    // As it may be fitted: any text.
    for (const serial of ['KJA 123', 'Büro 7'])
      expect(fix({ ...driving, device: { uniqueId: serial } }).unit).toEqual({ serial, bridged: 'traccar' });
  });

  it('says a position again with another id and time of the server, and with its event: it is one', () => {
    const { sequence } = fix(braking).fix;
    const again = { ...braking, position: { ...braking.position, id: 912, serverTime: '2026-08-21T10:00:59.000Z' } };
    expect(fix(again).fix.sequence).toBe(sequence);
    // Its unit said it twice: Traccar counts no way between the two.
    const { attributes } = braking.position;
    const repeated = { ...braking, position: { ...braking.position, attributes: { ...attributes, distance: 0 } } };
    expect(attributes).toMatchObject({ distance: expect.any(Number) });
    expect(fix(repeated).fix.sequence).toBe(sequence);
    expect(fix(events.braking, 'events').fix).toMatchObject({ sequence, ts: TEN, alarms: ['harsh_braking'] });
    expect(fix(driving).fix.sequence).not.toBe(sequence);
  });

  it('repeats the last place where there is no fix: at the time of the device it is none', () => {
    const reading = fix(outdated);
    expect(reading.fix).toMatchObject({
      ts: TEN + 20_000,
      lat: null,
      lon: null,
      speedKph: null,
      heading: null,
      accuracy: null,
      ignition: false,
      output1: true,
      alarms: ['low_battery', 'power_cut'],
      extra: { externalMv: 11_900 },
    });
    expect(reading.unread).toBeUndefined();
    expect(fix(changed({ valid: false, fixTime: '1970-01-01T00:00:00.000+00:00' })).fix).toMatchObject({
      ts: TEN,
      lat: null,
      lon: null,
      ignition: true,
    });
  });

  it('raises what a Teltonika unit alarms whose model Traccar was not told: AVL ids as they came', () => {
    expect(fix(changed({}, { io252: 1, io246: 0, io113: 97 })).fix.alarms).toEqual(['power_cut']);
    expect(fix(changed({ protocol: 'gps103' }, { io252: 1 })).fix.alarms).toEqual([]);
  });

  it('tells of events: alarms count also without a position, and whether a device is there', () => {
    expect(read(events.powerCut, 'events')).toMatchObject([
      { kind: 'fix', unit, fix: { ts: TEN + 30_000, lat: null, alarms: ['power_cut'] } },
    ]);
    expect(read(events.online, 'events')).toMatchObject([{ kind: 'presence', unit, online: true }]);
    expect(read(events.offline, 'events')).toMatchObject([{ kind: 'presence', unit, online: false }]);
    expect(read(events.unknown, 'events')).toEqual([]);
    expect(read(events.result, 'events')).toMatchObject([{ kind: 'sign_of_life', unit }]);
  });

  it.each([
    ['position.speed', changed({ speed: 'NaN' }), { speedKph: null }],
    ['position.speed', changed({ speed: 600 }), { speedKph: null }],
    ['position.latitude', changed({ latitude: 91 }), { lat: null, lon: null }],
    ['position.course', changed({ course: -1 }), { heading: null }],
    ['position.attributes.power', changed({}, { power: '12.6' }), {}],
    ['position.attributes.ignition', changed({}, { ignition: 'on' }), { ignition: null }],
    ['position.attributes.odometer', changed({}, { odometer: -1 }), { odometerKm: null }],
    ['position.attributes.sat', changed({}, { sat: '11' }), {}],
    ['attributes.alarm.0', changed({}, { alarm: 7 }), { alarms: [] }],
  ])('%s is named by its own name, and the rest counts', (field, value, absent) => {
    const reading = fix(value);
    expect(reading.unread).toBe(`invalid: ${field}`);
    expect(reading.fix).toMatchObject({ altitude: 1189, ...absent });
  });

  it.each([
    [{}, 'invalid: device.uniqueId', null],
    [{ ...driving, device: { uniqueId: 'a\u0000b' } }, 'invalid: device.uniqueId', null],
    [{ ...driving, device: { uniqueId: ' ' } }, 'invalid: device.uniqueId', null],
    [{ ...driving, device: { uniqueId: 5 } }, 'invalid: device.uniqueId', null],
    [{ device: driving.device }, 'invalid: position', unit],
    [changed({ fixTime: 'yesterday' }), 'invalid: position.fixTime', unit],
    [changed({ fixTime: '2026-08-01T10:00:00.000+00:00' }), 'too_old', unit],
  ])('%j is put into quarantine', (value, reason, whose) => {
    expect(read(value)).toMatchObject([{ kind: 'rejected', unit: whose, reason }]);
  });
});
