import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownTracker } from '#db/queries/telematics';
import { unwatched, type Watch } from '#domain/telematics/watch';
import { readMessage } from '#providers/trackers/registry';
import { planBatch, type Entry } from './plan.ts';

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
};

function message(path: string, value: unknown, receivedAt: number): Entry {
  const one = { topic: `trackers/${tracker.id}/${path}`, payload: Buffer.from(JSON.stringify(value)), receivedAt };
  return { kind: 'message', message: one, readings: readMessage(one) ?? [] };
}

/** Plans the batches one after the other, remembering as the process does. */
function plan(batches: readonly (readonly Entry[])[], known: KnownTracker = tracker) {
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
  .map((ages): Entry => message('telemetry', ages.map(position), NOW));

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

  it('who is there and who is not alternates, and ends with the last word', () => {
    const word = fc.oneof(
      fc.boolean().map((online): Entry => message('status', { online, ts: NOW }, NOW)),
      fc.boolean().map((online): Entry => ({ kind: 'connection', trackerId: tracker.id, at: NOW, online })),
      backlog,
    );
    const means = (entry: Entry) =>
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
