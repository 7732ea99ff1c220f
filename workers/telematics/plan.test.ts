import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownTracker } from '#db/queries/tracking';
import { unwatched, type Watch } from '#domain/telematics/watch';
import { readMessage } from '#providers/trackers/registry';
import { planBatch, type BatchEntry } from './plan.ts';

const NOW = Date.UTC(2026, 7, 21, 10);
const tracker: KnownTracker = {
  id: '01a209b6-d691-7e95-9f0a-5a770bab73a2',
  vehicleId: '01a209b6-d691-7e95-9f0a-5a770bab73a3',
  kind: 'native',
  serial: null,
  passwordEncrypted: '',
  credentialVersion: 1,
  online: true,
  lastSeenAt: new Date(NOW),
  revokedAt: null,
  vehicleType: 'motorcycle',
  speedLimitKph: null,
  market: 'UG',
  leaseStatus: null,
};

function message(path: string, value: unknown, receivedAt: number): BatchEntry {
  const one = { topic: `trackers/${tracker.id}/${path}`, payload: Buffer.from(JSON.stringify(value)), receivedAt };
  return { kind: 'message', message: one, readings: readMessage(one) ?? [] };
}

/** Plans the batches one after the other, remembering as the process does. */
function plan(batches: readonly (readonly BatchEntry[])[], known: KnownTracker = tracker) {
  let watch: Watch = unwatched;
  let now = known;
  return batches.map((entries) => {
    const planned = planBatch(entries, {
      find: (unit) => ('trackerId' in unit && unit.trackerId === known.id ? now : null),
      watch: () => watch,
    });
    watch = planned.watches.get(known.id) ?? watch;
    const last = planned.batch.presences.at(-1);
    if (last !== undefined) now = { ...now, online: last.online, lastSeenAt: last.online ? last.at : now.lastSeenAt };
    return planned.batch;
  });
}

const minutes = fc.integer({ min: 0, max: 6 * 1_440 });
const position = (ago: number, seq: number) => ({ ts: NOW - ago * 60_000, seq, lat: 0.3, lon: 32.5 });
const backlog = fc
  .array(minutes, { minLength: 1, maxLength: 10 })
  .map((ages): BatchEntry => message('telemetry', ages.map(position), NOW));

describe('what a batch of messages means', () => {
  it('a backlog, however late, never means that the tracker is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.array(backlog, { maxLength: 5 }), { maxLength: 5 }), fc.boolean(), (batches, online) => {
        const presences = plan(batches, { ...tracker, online }).flatMap((batch) => batch.presences);
        expect(presences.filter((presence) => !presence.online)).toEqual([]);
        // And that it is there is said when it was not, once.
        const spoke = batches.some((entries) => entries.length > 0);
        expect(presences).toHaveLength(spoke && !online ? 1 : 0);
      }),
    );
  });

  it('whose connection begins can be told what it has missed, though it was never lost', () => {
    const entry = (online: boolean): BatchEntry => ({ kind: 'connection', trackerId: tracker.id, at: NOW, online });
    const wordsOf = (entries: readonly BatchEntry[]) =>
      planBatch(entries, { find: () => tracker, watch: () => unwatched }).words.map(({ kind }) => kind);
    expect(wordsOf([entry(true)])).toEqual(['here']);
    expect(wordsOf([entry(true), entry(false)])).toEqual([]);
    expect(wordsOf([message('telemetry', position(0, 1), NOW)])).toEqual([]);
  });

  it('who is there and who is not alternates, and ends with the last word', () => {
    const word = fc.oneof(
      fc.boolean().map((online): BatchEntry => message('status', { online, ts: NOW }, NOW)),
      fc.boolean().map((online): BatchEntry => ({ kind: 'connection', trackerId: tracker.id, at: NOW, online })),
      backlog,
    );
    const means = (entry: BatchEntry) =>
      entry.kind === 'connection'
        ? entry.online
        : entry.readings.every((reading) => reading.kind !== 'presence' || reading.online);
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 8 }), { maxLength: 6 }), (batches) => {
        const said = plan(batches)
          .flatMap(({ presences }) => presences)
          .map(({ online }) => online);
        const turns = [true, ...said];
        // A batch that begins with what was known says it again, which is no turn for `markPresence`.
        const kept = turns.filter((online, index) => index === 0 || online !== turns[index - 1]);
        const expected = [true, ...batches.flat().map(means)].filter(
          (online, index, all) => index === 0 || online !== all[index - 1],
        );
        expect(kept).toEqual(expected);
      }),
    );
  });

  it('the same messages again are the same positions, and raise nothing new', () => {
    const ride = fc
      .array(fc.integer({ min: 40, max: 120 }), { minLength: 2, maxLength: 60 })
      .map((speeds) =>
        speeds.map((speedKph, seq) => ({ ts: NOW - 600_000 + seq * 5_000, seq, lat: 0.3, lon: 32.5, speedKph })),
      );
    fc.assert(
      fc.property(ride, (fixes) => {
        const entries = fixes.map((fix) => message('telemetry', fix, NOW));
        const [first, second] = plan([entries, [message('telemetry', fixes, NOW), ...entries]]);
        const key = (batch: typeof first) => [...new Set(batch?.fixes.map(({ fix }) => `${fix.ts} ${fix.sequence}`))];
        expect(key(second)).toEqual(key(first));
        expect(second?.risks).toEqual([]);
        expect(second?.endings).toEqual([]);
      }),
    );
  });
});

describe('what of a message cannot be read', () => {
  const here = { lat: 0.33, lon: 32.58 };
  const said = { ts: NOW - 2_000, seq: 1, speedKph: 20, heading: 90, ignition: true, alarms: ['crash'] };
  const heard = (...values: readonly unknown[]) =>
    plan(values.map((value) => [message('telemetry', value, NOW)])).flatMap(({ fixes, quarantined, risks }) => ({
      places: fixes.map(({ fix }) => [fix.lat, fix.lon]),
      fixes: fixes.map(({ fix }) => fix),
      noted: quarantined.map(({ reason }) => reason),
      risks: risks.map(({ type, occurredAt }) => [type, occurredAt.getTime()]),
    }));

  it.each([
    [{}, 'invalid: lat, lon'],
    [{ lat: null, lon: 32.58 }, 'invalid: lat, lon'],
    [{ lat: 0.33 }, 'invalid: lon'],
    [{ lat: -270.608, lon: 32.58 }, 'invalid: lat'],
    [{ lat: 95.2, lon: 32.58 }, 'invalid: lat'],
    [{ lat: 0.33, lon: 1e3 }, 'invalid: lon'],
    [{ lat: '0.33', lon: 32.58 }, 'invalid: lat'],
    [{ lat: null, lon: 32.58, heading: -1 }, 'invalid: heading'],
  ])('a place like %j is none: alarm, ignition and voltage count', (place, reason) => {
    const [one] = heard({ ...said, ...place, externalMv: 11_900 });
    expect(one).toMatchObject({
      places: [[null, null]],
      fixes: [{ ts: said.ts, ignition: true, alarms: ['crash'], extra: { externalMv: 11_900 } }],
      noted: [reason],
      risks: [['crash', said.ts]],
    });
  });

  it.each([
    ['heading', -1],
    ['heading', 65_535],
    ['speedKph', -1],
    ['speedKph', 1_023],
    ['accuracy', -1],
    ['altitude', -1_500],
    ['odometerKm', -1],
    ['ignition', 1],
    ['output1', 1],
    ['satellites', '11'],
    ['valid', 'yes'],
    ['seq', -1],
    ['batteryMv', 1e12],
  ])('%s %j is absent and noted: place and alarms count', (field, value) => {
    const [one] = heard({ ...said, ...here, [field]: value });
    expect(one).toMatchObject({
      places: [[here.lat, here.lon]],
      noted: [`invalid: ${field}`],
      risks: [['crash', said.ts]],
    });
    expect(JSON.stringify(one?.fixes)).not.toContain(`"${field}":${JSON.stringify(value)}`);
  });

  it.each([
    [['crash', 5], 'alarms.1'],
    [['x'.repeat(41), 'crash'], 'alarms.0'],
    [[...Array.from({ length: 20 }, () => 'other'), 'crash'], 'alarms'],
    ['crash', 'alarms'],
    [['\ud800', 'crash'], 'text'],
  ])('of alarms %j the words count', (alarms, path) => {
    const [one] = heard({ ...said, ...here, alarms });
    expect(one).toMatchObject({ noted: [`invalid: ${path}`], risks: [['crash', said.ts]] });
    expect(one?.places).toEqual([[here.lat, here.lon]]);
  });

  it('text that cannot be kept is left out, and its message counts', () => {
    const [one] = heard({ ...said, ...here, note: 'a\u0000b', 'b\ud800': 1, kept: 'c' });
    expect(one).toMatchObject({ noted: ['invalid: text'], risks: [['crash', said.ts]] });
    expect(one?.fixes[0]?.extra).toEqual({ alarms: ['crash'], kept: 'c' });
  });

  it('a time that cannot be read is none: the alarms count at the time of receipt', () => {
    const [one, junk] = heard({ ...said, ...here, ts: '1795458000000' }, {});
    expect(one).toMatchObject({ places: [], noted: ['invalid: ts'], risks: [['crash', NOW]] });
    expect(junk).toMatchObject({ places: [], noted: ['invalid: ts, lat, lon'], risks: [] });
  });

  it('an array loses only the alarms of what is too old', () => {
    const good = { ts: NOW, seq: 9, ...here };
    const [bad, old, ahead] = heard(
      [{ ...said, ...here, heading: -1 }, good],
      [{ ...said, ...here, ts: NOW - 9 * 86_400_000, alarms: ['tow'] }, good],
      [{ ...said, ...here, ts: NOW + 600_000, alarms: ['jamming'] }, good],
    );
    expect(bad).toMatchObject({ noted: ['invalid: heading'], risks: [['crash', said.ts]] });
    expect(bad?.places).toHaveLength(2);
    expect(old).toMatchObject({ noted: ['too_old'], risks: [] });
    expect(ahead).toMatchObject({ noted: ['in_the_future'], risks: [['jamming', NOW]] });
  });

  it('a name that is none stays outside: it might be that of another', () => {
    const foreign = [{ imei: {} }, { trackerId: 'x'.repeat(201) }, { serial: 'a\u0000' }, { trackerId: 7 }];
    const all = heard(...foreign.map((name) => ({ ...said, ...here, ...name })));
    expect(all.map(({ fixes, risks }) => [fixes, risks])).toEqual(foreign.map(() => [[], []]));
    expect(all.map(({ noted }) => noted[0])).toEqual([
      'invalid: imei',
      'invalid: trackerId',
      'invalid: text',
      'identity_mismatch',
    ]);
  });
});

describe('a clock that is ahead', () => {
  const MINUTE = 60_000;
  const at = (minute: number, ahead: number) =>
    message(
      'telemetry',
      { ts: NOW + minute * MINUTE + ahead, seq: minute, lat: 0.3, lon: 32.5 },
      NOW + minute * MINUTE,
    );
  const told = (entries: readonly BatchEntry[]) =>
    plan(entries.map((one) => [one]))
      .flatMap(({ risks }) => risks)
      .filter(({ type }) => type === 'clock_ahead')
      .map(({ trackerId, occurredAt, details }) => [trackerId, (occurredAt.getTime() - NOW) / MINUTE, details]);
  const minutes = Array.from({ length: 40 }, (_, minute) => minute);

  it('is told once, with how far it is, when nothing else has come for minutes', () => {
    const zone = [tracker.id, 5, { aheadSeconds: 10_800, timeZoneHours: 3 }];
    expect(told(minutes.map((minute) => at(minute, 180 * MINUTE)))).toEqual([zone]);
    expect(told(minutes.map((minute) => at(minute, 45 * MINUTE)))).toMatchObject([
      [tracker.id, 5, { aheadSeconds: 2_700, timeZoneHours: null }],
    ]);
    // It was set right, and is wrong anew.
    const mended = minutes.map((minute) => at(minute, minute === 10 ? 0 : 180 * MINUTE));
    expect(told(mended).map(([, minute]) => minute)).toEqual([5, 16]);
  });

  it('of some messages among others is nothing', () => {
    expect(told(minutes.map((minute) => at(minute, minute % 4 === 0 ? 0 : 180 * MINUTE)))).toEqual([]);
    expect(told(minutes.map((minute) => at(minute, MINUTE)))).toEqual([]);
  });
});

describe('a clock that is behind', () => {
  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  /** A position of so many minutes ago that comes in this minute. */
  const at = (minute: number, behind: number, seq = minute) =>
    message(
      'telemetry',
      { ts: NOW + minute * MINUTE - behind, seq, lat: 0.3, lon: 32.5, speedKph: 0, ignition: false },
      NOW + minute * MINUTE,
    );
  const told = (entries: readonly BatchEntry[]) => {
    const batches = plan(entries.map((one) => [one]));
    const of = (name: string) => name.includes(':clock_behind:');
    return {
      risks: batches
        .flatMap(({ risks }) => risks)
        .filter(({ type }) => type === 'clock_behind')
        .map(({ occurredAt, severity, details }) => [(occurredAt.getTime() - NOW) / MINUTE, severity, details]),
      ended: batches.flatMap(({ endings }) => endings.filter(({ episode }) => of(episode))).length,
    };
  };
  const minutes = Array.from({ length: 40 }, (_, minute) => minute);

  it('is told once, with how far it is and what is to be done, and is over when it says now', () => {
    const zone = told(minutes.map((minute) => at(minute, 3 * HOUR)));
    expect(zone.risks).toMatchObject([[5, 'medium', { behindSeconds: 10_800, timeZoneHours: -3 }]]);
    expect(zone.risks[0]?.[2]).toMatchObject({ note: expect.stringContaining('an agent has its clock set right') });
    expect(zone.ended).toBe(0);
    const mended = told(minutes.map((minute) => at(minute, minute < 20 ? 50 * HOUR : 2_000)));
    expect(mended.risks).toMatchObject([[5, 'medium', { behindSeconds: 180_000 }]]);
    expect(mended.ended).toBe(1);
  });

  it('is the same where it was right before, or is behind by more than is kept', () => {
    expect(told(minutes.map((minute) => at(minute, minute < 10 ? 0 : 26 * HOUR))).risks).toMatchObject([
      [15, 'medium', { behindSeconds: 93_600, timeZoneHours: null }],
    ]);
    const years = told(minutes.map((minute) => at(minute, minute > 30 ? 0 : 20 * 365 * 24 * HOUR)));
    expect(years.risks).toMatchObject([[5, 'medium', { behindSeconds: 630_720_000 }]]);
    expect(years.ended).toBe(1);
  });

  it('is told from where nobody is stopped by what it says', () => {
    expect(told(minutes.map((minute) => at(minute, 90_000))).risks).toMatchObject([
      [5, 'medium', { behindSeconds: 90 }],
    ]);
  });

  it('is no backlog, whichever end of it comes first, and no slow network', () => {
    expect(told(minutes.map((minute) => at(minute, 6 * HOUR - minute * 5 * MINUTE))).risks).toEqual([]);
    expect(told(minutes.map((minute) => at(minute, minute * 5 * MINUTE))).risks).toEqual([]);
    expect(told(minutes.map((minute) => at(minute, minute % 4 === 3 ? 0 : 3 * HOUR))).risks).toEqual([]);
    expect(told(minutes.map((minute) => at(minute, 50_000))).risks).toEqual([]);
    // A network is not equally slow.
    expect(told(minutes.map((minute) => at(minute, minute % 2 === 0 ? 65_000 : 110_000))).risks).toEqual([]);
    const whole = minutes.map((minute) =>
      message(
        'telemetry',
        [3 * HOUR, 2 * HOUR, 0].map((ago) => ({
          ts: NOW + minute * MINUTE - ago,
          seq: ago + minute,
          lat: 0.3,
          lon: 32.5,
        })),
        NOW + minute * MINUTE,
      ),
    );
    expect(told(whole).risks).toEqual([]);
  });
});

describe('what a unit kept in another vehicle', () => {
  const hour = 3_600_000;
  const first = {
    trackerId: '01a209b6-d691-7e95-9f0a-5a770bab7301',
    vehicleId: '01a209b6-d691-7e95-9f0a-5a770bab7302',
  };
  const earlier = [{ ...first, from: NOW - 8 * hour, until: NOW - 2 * hour, owned: false }];
  const moved = { ...tracker, serial: 'S', fittedAt: new Date(NOW - hour), earlier };
  const said = { lat: 0.3, lon: 32.5, speedKph: 100, alarms: ['crash'], output1: true };
  const backlog = [-10, -9, -5, -1.5, -0.1, 0].map((at, seq) => ({ ...said, ts: NOW + at * hour, seq }));
  const planned = (known: KnownTracker) =>
    planBatch([message('telemetry', backlog, NOW)], { find: () => known, watch: () => unwatched });
  const vehiclesOf = ({ batch }: ReturnType<typeof planned>) =>
    batch.fixes.map(({ fix, vehicleId, trackerId }) => [(fix.ts - NOW) / hour, vehicleId, trackerId]);

  it('is of that one while it was there, and of none before and between', () => {
    const of = planned(moved);
    expect(vehiclesOf(of)).toEqual([
      [-5, first.vehicleId, first.trackerId],
      [-0.1, tracker.vehicleId, tracker.id],
      [0, tracker.vehicleId, tracker.id],
    ]);
    expect(of.batch.quarantined.map(({ reason, trackerId }) => [reason, trackerId])).toEqual(
      Array.from({ length: 3 }, () => ['before_fitting', tracker.id]),
    );
    expect(of.batch.risks.map(({ type, vehicleId, occurredAt }) => [type, vehicleId, occurredAt.getTime()])).toEqual([
      ['crash', tracker.vehicleId, NOW - 0.1 * hour],
      ['crash', tracker.vehicleId, NOW],
    ]);
    expect(of.batch.latest.map(({ vehicleId, fix }) => [vehicleId, fix.ts])).toEqual([
      [first.vehicleId, NOW - 5 * hour],
      [tracker.vehicleId, NOW],
    ]);
    expect(of.words.every(({ vehicleId }) => vehicleId === tracker.vehicleId)).toBe(true);
  });

  it('is kept nowhere where that one is its customer’s own by now, nor by the one that is', () => {
    const sold = planned({ ...moved, earlier: earlier.map((one) => ({ ...one, owned: true })) });
    expect(vehiclesOf(sold).map(([at]) => at)).toEqual([-0.1, 0]);
    expect([sold.dropped, sold.batch.quarantined.length]).toEqual([1, 3]);
    const now = planned({ ...moved, owned: true });
    expect(vehiclesOf(now)).toEqual([[-5, first.vehicleId, first.trackerId]]);
    expect([now.dropped, now.batch.presences]).toEqual([2, []]);
    expect(now.batch.states.map(({ fix }) => fix.ts)).toEqual([NOW]);
  });

  it('is its own of a unit that was nowhere else', () => {
    const fresh = planned({ ...moved, earlier: [] });
    expect(vehiclesOf(fresh)).toHaveLength(backlog.length);
    expect(fresh.batch.quarantined).toEqual([]);
  });
});

describe('where vehicles cannot be', () => {
  const fixes = (places: readonly (readonly [number, number])[], step: number) =>
    places.map(([lat, lon], seq) => message('telemetry', { ts: NOW - 600_000 + seq * step, seq, lat, lon }, NOW));
  const jumpsOf = (batches: ReturnType<typeof plan>) => batches.flatMap(({ risks }) => risks).map(({ type }) => type);

  it('a longitude of exactly 0 is no place; a latitude of 0 is the equator', () => {
    const batches = plan(
      fixes(
        [
          [0.02, 32.58],
          [0.02, 0],
          [0.02, 0],
          [0, 32.58],
          [0.02, 32.58],
        ],
        60_000,
      ).map((one) => [one]),
    );
    expect(jumpsOf(batches)).toEqual([]);
    expect(batches.flatMap(({ fixes: stored }) => stored).map(({ fix }) => [fix.lat, fix.lon])).toEqual([
      [0.02, 32.58],
      [null, null],
      [null, null],
      [0, 32.58],
      [0.02, 32.58],
    ]);
  });

  it('jumps to and fro are one episode, however they are cut, and it ends after quiet', () => {
    const toAndFro = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? ([0.32, 32.58] as const) : ([-0.9, 34.5] as const),
    );
    const entries = fixes(toAndFro, 10_000);
    for (const batches of [[entries], entries.map((one) => [one])]) {
      const quiet = message('telemetry', { ts: NOW - 90_000, seq: 99, lat: 0.32, lon: 32.58 }, NOW);
      const again = message('telemetry', { ts: NOW - 80_000, seq: 100, lat: -0.9, lon: 34.5 }, NOW);
      const planned = plan([...batches, [quiet], [again]]);
      const raised = planned.flatMap(({ risks }) => risks);
      expect(raised.map(({ type, occurredAt }) => [type, occurredAt.getTime()])).toEqual([
        ['impossible_jump', NOW - 590_000],
        ['impossible_jump', NOW - 80_000],
      ]);
      expect(raised[0]).toMatchObject({
        lasts: true,
        position: { lat: -0.9, lon: 34.5 },
        details: { from: { lat: 0.32 } },
      });
      expect(planned.flatMap(({ endings }) => endings)).toEqual([
        { episode: `${tracker.id}:impossible_jump:${NOW - 590_000}`, at: NOW - 410_000 },
      ]);
    }
  });

  it('an output that flickers is one word, as the newest leaves it', () => {
    const flicker = Array.from({ length: 500 }, (_, seq) => ({
      ...position(0, seq),
      ts: NOW - 500 + seq,
      output1: seq % 2 === 0,
    }));
    const words = (owned: boolean) =>
      planBatch([message('telemetry', flicker, NOW)], {
        find: () => ({ ...tracker, owned }),
        watch: () => unwatched,
      }).words.filter(({ kind }) => kind === 'output');
    for (const owned of [false, true]) expect(words(owned)).toMatchObject([{ stopped: false, ts: NOW - 1 }]);
  });
});
