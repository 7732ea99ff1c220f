import { describe, expect, it } from 'vitest';
import { phone as recorded } from './recorded/owntracks.ts';
import { readMessage } from './registry.ts';

const trackerId = '01a209b6-d691-7e95-9f0a-5a770bab73a2';
const NOW = Date.UTC(2026, 7, 21, 10, 1);
const unit = { trackerId };
const read = (value: unknown, below = '') =>
  readMessage({
    topic: `owntracks/${trackerId}/phone${below}`,
    payload: Buffer.from(JSON.stringify(value)),
    receivedAt: NOW,
  });
const unknown = { ignition: null, odometerKm: null, output1: null, alarms: [] };

describe('an OwnTracks phone', () => {
  it('says where it is, in seconds and km/h; names of places and networks are not kept', () => {
    const [reading] = read(recorded.android) ?? [];
    expect(reading).toMatchObject({
      kind: 'fix',
      unit,
      fix: {
        ts: 1_787_306_400_000,
        lat: 0.3205,
        lon: 32.5796,
        speedKph: 52,
        heading: 183,
        altitude: 1189,
        accuracy: 5,
      },
    });
    expect(reading).toMatchObject({ fix: { ...unknown, extra: { batteryPercent: 87, trigger: 'p' } } });
    expect(reading).toHaveProperty('fix.extra', { batteryPercent: 87, trigger: 'p' });
    expect(reading).not.toHaveProperty('unread');
  });

  it('does not know what is absent or less than nothing', () => {
    const nothing = { speedKph: null, heading: null };
    expect(read(recorded.iphone)).toMatchObject([{ kind: 'fix', fix: { lat: 0.3206, accuracy: 14, ...nothing } }]);
    expect(read(recorded.parked)).toMatchObject([{ kind: 'fix', fix: { lat: 0.3205, accuracy: null, ...nothing } }]);
  });

  it('has no fix where its accuracy is less than nothing', () => {
    const [reading] = read(recorded.iphoneWithoutFix) ?? [];
    expect(reading).toMatchObject({ kind: 'fix', fix: { ts: 1_787_306_420_000, lat: null, lon: null } });
    expect(reading).not.toHaveProperty('unread');
  });

  it('is also where it enters or leaves a region', () => {
    expect(read(recorded.transition, '/event')).toMatchObject([
      { kind: 'fix', fix: { ts: 1_787_306_440_000, lat: 0.3207, lon: 32.58, accuracy: 30, extra: { trigger: 'c' } } },
    ]);
  });

  it('is gone by its last will, and lives by whatever else it says', () => {
    expect(read(recorded.lwt)).toEqual([{ kind: 'presence', unit, online: false }]);
    expect(read(recorded.waypoint, '/waypoint')).toEqual([{ kind: 'sign_of_life', unit }]);
  });

  it.each([
    [recorded.encrypted, 'encrypted'],
    [{ lat: 1 }, 'invalid: _type'],
    [[recorded.android], 'invalid: _type'],
    [{ ...recorded.android, tst: '1787306400' }, 'invalid: tst'],
    [{ ...recorded.android, tst: 1787306400_000 }, 'in_the_future'],
  ])('%j is put into quarantine as %s', (value, reason) => {
    expect(read(value)).toMatchObject([{ kind: 'rejected', unit, reason }]);
  });

  it.each([
    ['vel', 5_000, { speedKph: null }],
    ['cog', 'north', { heading: null }],
    ['acc', '5', { accuracy: null }],
    ['lat', null, { lat: null, lon: null }],
    ['lon', 1_000, { lat: null, lon: null }],
  ])('%s %j is named by its own name, and the rest counts', (field, value, absent) => {
    const [reading] = read({ ...recorded.android, [field]: value }) ?? [];
    expect(reading).toMatchObject({ kind: 'fix', unread: expect.stringContaining(`invalid: ${field}`) });
    expect(reading).toMatchObject({ fix: { altitude: 1189, ...absent } });
  });
});
