import { describe, expect, it } from 'vitest';
import { unit as recorded } from './recorded/teltonika.ts';
import { readMessage } from './registry.ts';

const trackerId = '01a209b6-d691-7e95-9f0a-5a770bab73a2';
const NOW = Date.UTC(2026, 7, 21, 10, 1);
const read = (value: unknown, what = 'data') =>
  readMessage({
    topic: `teltonika/${trackerId}/${what}`,
    payload: Buffer.from(JSON.stringify(value)),
    receivedAt: NOW,
  });
const fix = (value: unknown) => {
  const [reading] = read(value) ?? [];
  if (reading?.kind !== 'fix') throw new Error(`no fix: ${JSON.stringify(reading)}`);
  return reading;
};
const changed = (fields: Record<string, unknown>) => ({
  state: { reported: { ...recorded.driving.state.reported, ...fields } },
});

describe('a Teltonika unit', () => {
  it('says where it is and how it is: metres of the odometer are kilometres', () => {
    const reading = fix(recorded.driving);
    expect(reading).toMatchObject({ unit: { trackerId }, claims: null });
    expect(reading.fix).toMatchObject({
      ts: 1_787_306_400_030,
      lat: 0.3205,
      lon: 32.5796,
      speedKph: 28,
      heading: 183,
      altitude: 1189,
      accuracy: null,
      ignition: true,
      odometerKm: 6.87,
      output1: false,
      alarms: [],
    });
    expect(reading.fix.extra).toEqual({
      satellites: 11,
      motion: true,
      externalMv: 11_922,
      batteryMv: 4_110,
      event: 0,
      output1: false,
    });
    expect(reading.unread).toBeUndefined();
  });

  it('may name its IMEI, which is compared', () => {
    const claims = { serial: '352093081234567' };
    expect(fix(changed({ imei: 352093081234567 }))).toMatchObject({ claims });
    expect(fix({ imei: '352093081234567', ...recorded.driving })).toMatchObject({ claims });
  });

  it('may say its numbers as text', () => {
    const reading = fix(recorded.asText);
    expect(reading.fix).toMatchObject({
      ts: 1_787_306_405_030,
      lat: 0.3206,
      lon: 32.5797,
      speedKph: 31,
      ignition: true,
      output1: false,
    });
    expect(reading.unread).toBeUndefined();
  });

  it('says that it is unplugged, and by its output that the engine is stopped', () => {
    expect(fix(recorded.unplugged).fix).toMatchObject({
      alarms: ['power_cut'],
      output1: true,
      ignition: false,
      extra: { externalMv: 0, batteryPercent: 88 },
    });
  });

  it.each([
    [{ '246': 1 }, ['tow']],
    [{ '247': 4 }, ['crash']],
    [{ '249': 1 }, ['jamming']],
    [{ '253': 1 }, ['harsh_acceleration']],
    [{ '253': '2' }, ['harsh_braking']],
    [{ '246': 0, '247': 0, '249': 0, '252': 0, '253': 0 }, []],
  ])('%j are the alarms %j', (fields, alarms) => {
    expect(fix(changed(fields)).fix.alarms).toEqual(alarms);
  });

  it('without satellites has no place, speed or course; ignition and voltage count', () => {
    const nothing = { lat: null, lon: null, speedKph: null, heading: null, ignition: true };
    expect(fix(recorded.withoutFix).fix).toMatchObject({ ...nothing, extra: { externalMv: 12_100 } });
    expect(fix(recorded.lastPlace).fix).toMatchObject(nothing);
    expect(fix(recorded.lastPlace).unread).toBeUndefined();
  });

  it.each([
    ['latlng', '0.3205', { lat: null, lon: null }],
    ['latlng', '0.3205;32.5796', { lat: null, lon: null }],
    ['latlng', '0.3205,32.5796,7', { lat: null, lon: null }],
    ['latlng', '95.0,32.5796', { lat: null, lon: null }],
    ['latlng', null, { lat: null, lon: null }],
    ['sp', 'fast', { speedKph: null }],
    ['ang', 65_535, { heading: null }],
    ['239', 7, { ignition: null }],
    ['16', -5, { odometerKm: null }],
    ['66', 'x', {}],
    ['179', 2, { output1: null }],
  ])('%s %j is named by its own name, and the rest counts', (field, value, absent) => {
    const reading = fix(changed({ [field]: value }));
    expect(reading.unread).toBe(`invalid: ${field}`);
    expect(reading.fix).toMatchObject({ altitude: 1189, ...absent });
  });

  it.each([
    [{}, 'invalid: state.reported'],
    [{ state: { reported: [] } }, 'invalid: state.reported'],
    [changed({ ts: 'soon' }), 'invalid: ts'],
    [changed({ ts: 1 }), 'too_old'],
    [changed({ imei: {} }), 'invalid: imei'],
  ])('%j is put into quarantine as %s', (value, reason) => {
    expect(read(value)).toMatchObject([{ kind: 'rejected', reason }]);
  });

  it('lives by the answer to a command, and not by the command', () => {
    const alive = [{ kind: 'sign_of_life', unit: { trackerId } }];
    expect(read(recorded.answer, 'commands')).toEqual(alive);
    expect(read(recorded.answer)).toEqual(alive);
    expect(read({ CMD: 'getver' }, 'commands')).toEqual([]);
  });
});
