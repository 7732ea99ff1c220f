import { describe, expect, it } from 'vitest';
import { codec8Topic, frameIn, isIntact, recordsToAcknowledge, withoutPings } from './codec8.ts';
import { framed, frameOf } from '#dev/trackers/dialects/codec8';
import { documented } from './recorded/codec8.ts';
import { readMessage } from './registry.ts';

const trackerId = '01a209b6-d691-7e95-9f0a-5a770bab73a2';
const unit = { trackerId };
const JUNE_2019 = Date.UTC(2019, 5, 10, 12);
const NOW = Date.UTC(2026, 7, 21, 10);
const hex = (frame: string) => Buffer.from(frame, 'hex');
const read = (frame: Buffer, receivedAt = NOW) =>
  readMessage({ topic: codec8Topic(trackerId), payload: frame, receivedAt });
const place = { ts: NOW - 10_000, lat: 0.3205, lon: 32.5796 };

describe('a frame of Codec 8', () => {
  it.each(Object.entries(documented))('%s, as it is documented, is whole and intact', (_, text) => {
    const frame = hex(text);
    expect(frameIn(withoutPings(Buffer.concat([Buffer.from([0xff, 0xff]), frame, frame])))).toEqual(frame);
    expect(frameIn(frame.subarray(0, -1))).toBeNull();
    expect(isIntact(frame)).toBe(true);
    const damaged = Buffer.from(frame);
    damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20);
    expect(isIntact(damaged)).toBe(false);
  });

  it('has no fix where it says 0,0 without satellites; voltage, odometer and time count', () => {
    expect(read(hex(documented.codec8), JUNE_2019)).toMatchObject([
      { kind: 'fix', unit, fix: { ts: 1_560_161_086_000, lat: null, lon: null, speedKph: null } },
    ]);
    expect(read(hex(documented.codec8), JUNE_2019)).toMatchObject([{ fix: { extra: { externalMv: 24_079 } } }]);
    expect(read(hex(documented.codec8Short), JUNE_2019)).toMatchObject([{ fix: { extra: { externalMv: 24_080 } } }]);
    expect(read(hex(documented.codec8TwoRecords), JUNE_2019)).toMatchObject([
      { kind: 'fix', fix: { ts: 1_560_160_861_000 } },
      { kind: 'fix', fix: { ts: 1_560_160_879_000 } },
    ]);
    expect(read(hex(documented.codec8Extended), JUNE_2019)).toMatchObject([
      { kind: 'fix', fix: { ts: 1_560_166_592_000, odometerKm: 22_949.0, lat: null } },
    ]);
  });

  it('is acknowledged by the number of its records, unless it answers a command', () => {
    expect(recordsToAcknowledge(hex(documented.codec8TwoRecords))).toBe(2);
    expect(recordsToAcknowledge(hex(documented.codec12))).toBeNull();
    expect(read(hex(documented.codec12))).toEqual([{ kind: 'sign_of_life', unit }]);
  });

  it.each([0x08, 0x8e] as const)(
    'of codec %i says where a unit is, below the sea and south of the equator too',
    (codec) => {
      const values = [
        [239, 1, 1],
        [179, 1, 1],
        [66, 2, 12_610],
        [67, 2, 4_020],
        [16, 4, 48_211_932],
        [252, 1, 1],
      ] as const;
      const record = { ...place, lat: -1.2864, lon: 36.8172, altitude: -12, angle: 183, speed: 52, values };
      const [reading] = read(frameOf([record], codec)) ?? [];
      expect(reading).toMatchObject({ kind: 'fix', unit });
      expect(reading).toMatchObject({
        fix: { ts: place.ts, lat: -1.2864, lon: 36.8172, altitude: -12, heading: 183, speedKph: 52 },
      });
      expect(reading).toMatchObject({
        fix: { ignition: true, output1: true, odometerKm: 48_211.932, alarms: ['power_cut'] },
      });
      expect(reading).toMatchObject({ fix: { extra: { externalMv: 12_610, batteryMv: 4_020, satellites: 11 } } });
      expect(reading).not.toHaveProperty('unread');
    },
  );

  it('says a record again in another frame: it is one', () => {
    const sequences = [[place], [{ ...place, ts: place.ts - 1_000 }, place]].map((records) => {
      const last = read(frameOf(records))?.at(-1);
      return last?.kind === 'fix' ? last.fix.sequence : null;
    });
    expect(sequences[0]).not.toBeNull();
    expect(sequences[1]).toBe(sequences[0]);
  });

  it('what cannot be read is named, and the rest counts', () => {
    const odd = { ...place, angle: 400, values: [[239, 1, 9]] as const };
    expect(read(frameOf([odd]))).toMatchObject([{ kind: 'fix', unread: 'invalid: angle, 239', fix: { lat: 0.3205 } }]);
    const old = { ...place, ts: 1 };
    expect(read(frameOf([old, place]))).toMatchObject([{ kind: 'rejected', reason: 'too_old' }, { kind: 'fix' }]);
    const data = frameOf([place, place]).subarray(8, -4);
    expect(read(framed(data.subarray(0, -20)))).toMatchObject([{ kind: 'fix' }, { reason: 'invalid: records.1' }]);
    expect(read(framed(Buffer.concat([data, Buffer.from([2])])))).toMatchObject([
      { kind: 'fix' },
      { kind: 'fix' },
      { reason: 'invalid: quantity' },
    ]);
    expect(read(framed(Buffer.from([0x10, 1, 1])))).toMatchObject([{ kind: 'rejected', reason: 'invalid: codec' }]);
    expect(read(framed(Buffer.from([0x08, 0, 0])))).toMatchObject([{ kind: 'rejected', reason: 'invalid: quantity' }]);
  });

  it('begins with zeros and a length that can be', () => {
    expect(() => frameIn(hex('0000000100000036'))).toThrow('no frame');
    expect(() => frameIn(hex('00000000ffffffff'))).toThrow('no frame');
    expect(frameIn(hex('000000000000'))).toBeNull();
  });
});
