import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { follow, noEpisodes, type EpisodeChange, type Sample } from './episodes.ts';
import { noFences } from './fences.ts';
import { distance, reachable, timeliness, NEWEST, OLDEST, type Fix } from './fix.ts';
import { BURST, fullBucket, PER_SECOND, take } from './throttle.ts';
import { mayPublish, maySubscribe, trackerTopics } from './topics.ts';
import { judgePlace, observe, unwatched, type Whereabouts } from './watch.ts';

const START = Date.UTC(2026, 7, 21, 10);
const sample = (ts: number, speeding: boolean | null, powerCut = false): Sample => ({
  ts,
  lat: 0.3,
  lon: 32.5,
  speedKph: speeding === true ? 100 : 50,
  says: { speeding, power_cut: powerCut },
  notes: null,
});

const vehicle = { vehicleId: 'v', limitKph: 80, market: null, leaseStatus: null, online: null, fences: noFences };
const heard = (fixes: readonly Fix[]) => fixes.map((fix) => ({ fix, receivedAt: fix.ts }));

/** Feeds batches one after the other and collects what changed. */
function feed(batches: readonly (readonly Sample[])[]): { changes: EpisodeChange[]; open: number } {
  let state = noEpisodes;
  const changes: EpisodeChange[] = [];
  for (const batch of batches) {
    const followed = follow(state, batch);
    state = followed.state;
    changes.push(...followed.changes);
  }
  return { changes, open: state.episodes.filter((episode) => episode.open).length };
}
const raisedIn = (changes: readonly EpisodeChange[], type: string) =>
  changes.flatMap((one) => (one.change === 'raised' && one.key === type ? [one.first.ts - START] : []));
const endedIn = (changes: readonly EpisodeChange[], type: string) =>
  changes.flatMap((one) => (one.change === 'ended' && one.key === type ? [[one.named - START, one.at - START]] : []));

/** The same things in pieces: cut after some of them. */
const cut = <T>(all: readonly T[], cuts: readonly boolean[]): T[][] => {
  const pieces: T[][] = [[]];
  for (const [index, one] of all.entries()) {
    pieces.at(-1)?.push(one);
    if (cuts[index % cuts.length] === true) pieces.push([]);
  }
  return pieces;
};
const cuts = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });

describe('episodes', () => {
  const STEP = 5_000;
  /** A few minutes: slow, then too fast for 15 to 240 s, then slow. */
  const spell = fc
    .record({
      before: fc.integer({ min: 0, max: 20 }),
      fast: fc.integer({ min: 4, max: 48 }),
      after: fc.integer({ min: 1, max: 20 }),
    })
    .map(({ before, fast, after }) =>
      Array.from({ length: before + fast + after }, (_, index) =>
        sample(START + index * STEP, index >= before && index < before + fast),
      ),
    );

  it('one spell is raised once and ended once, in whatever order, pieces and repetitions it comes', () => {
    const disorder = spell.chain((samples) =>
      fc.record({
        samples: fc.constant(samples),
        order: fc.shuffledSubarray([...samples, ...samples], { minLength: samples.length * 2 }),
        cuts,
      }),
    );
    fc.assert(
      fc.property(disorder, ({ samples, order, cuts: places }) => {
        const { changes, open } = feed([...cut(order, places), samples]);
        expect(raisedIn(changes, 'speeding')).toHaveLength(1);
        expect(endedIn(changes, 'speeding')).toHaveLength(1);
        expect(open).toBe(0);
      }),
    );
  });

  it('in order, every unbroken run of at least 15 s is one episode, however it is cut into batches', () => {
    const rides = fc.record({ fast: fc.array(fc.boolean(), { minLength: 1, maxLength: 150 }), cuts });
    fc.assert(
      fc.property(rides, ({ fast, cuts: places }) => {
        const samples = fast.map((speeding, index) => sample(START + index * STEP, speeding));
        const expected: number[] = [];
        for (let from = 0; from < fast.length; from++) {
          if (fast[from] !== true) continue;
          let to = from;
          while (fast[to + 1] === true) to++;
          if ((to - from) * STEP >= 15_000) expected.push(from * STEP);
          from = to;
        }
        const whole = feed([samples]);
        const inPieces = feed(cut(samples, places));
        expect(raisedIn(whole.changes, 'speeding')).toEqual(expected);
        expect(raisedIn(inPieces.changes, 'speeding')).toEqual(expected);
        expect(endedIn(inPieces.changes, 'speeding').length + inPieces.open).toBe(expected.length);
      }),
    );
  });

  it('an alarm that goes on is one episode, whatever is said again', () => {
    const alarms = fc.record({ on: fc.array(fc.boolean(), { minLength: 1, maxLength: 100 }), again: cuts });
    fc.assert(
      fc.property(alarms, ({ on, again }) => {
        const samples = on.map((powerCut, index) => sample(START + index * STEP, null, powerCut));
        const batches = samples.map((one, index) => {
          const before = samples[index - 1];
          return again[index % again.length] === true && before !== undefined ? [before, one] : [one];
        });
        const beginnings = on.filter((now, index) => now && on[index - 1] !== true).length;
        expect(raisedIn(feed(batches).changes, 'power_cut')).toHaveLength(beginnings);
      }),
    );
  });

  it('what has been followed changes nothing when it comes again', () => {
    const rides = fc.record({ fast: fc.array(fc.option(fc.boolean()), { minLength: 1, maxLength: 150 }), cuts });
    fc.assert(
      fc.property(rides, ({ fast, cuts: places }) => {
        const samples = fast.map((speeding, index) => sample(START + index * STEP, speeding));
        const { state } = follow(noEpisodes, samples);
        let again = state;
        for (const piece of cut(samples, places)) {
          const followed = follow(again, piece);
          expect(followed.changes).toEqual([]);
          again = followed.state;
        }
      }),
    );
  });

  it('a backlog of hours is told as if its messages came one by one, however it is cut into batches', () => {
    const verdicts = fc.constantFrom(true, false, null, 'seems' as const, 'seems_not' as const);
    const step = fc.record({
      wait: fc.oneof(fc.constant(STEP), fc.integer({ min: 1_000, max: 1_200_000 })),
      speeding: fc.constantFrom(true, false, null),
      tow: verdicts,
      tampering: fc.boolean(),
    });
    const backlog = fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 120 }), cuts });
    const told = (batches: readonly (readonly Sample[])[]) => {
      const { changes } = feed(batches);
      return ['speeding', 'tow', 'tampering'].map((key) => [raisedIn(changes, key), endedIn(changes, key)]);
    };
    fc.assert(
      fc.property(backlog, ({ steps, cuts: places }) => {
        let ts = START;
        const samples = steps.map(({ wait, ...says }) => ({ ...sample((ts += wait), null), says }));
        const oneByOne = told(samples.map((one) => [one]));
        expect(told([samples])).toEqual(oneByOne);
        expect(told(cut(samples, places))).toEqual(oneByOne);
      }),
    );
  });

  it('a backlog older than the window begins nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 10_000 }), fc.integer({ min: 4, max: 40 }), (minutes, length) => {
        const now = follow(noEpisodes, [sample(START, false)]).state;
        const late = Array.from({ length }, (_, index) => sample(START - minutes * 60_000 - index * STEP, true, true));
        expect(follow(now, late).changes).toEqual([]);
      }),
    );
  });
});

describe('a message whose time is wrong', () => {
  const DAY = 86_400_000;
  const nothing = { heading: null, altitude: null, accuracy: null, ignition: null, odometerKm: null, output1: null };
  const fixOf = (ts: number, speedKph: number): Fix => ({
    ...nothing,
    ts,
    sequence: `${ts}`,
    lat: 0.3,
    lon: 32.5,
    speedKph,
    alarms: [],
    extra: {},
  });

  it('hides nothing of a backlog that it comes among, and ends nothing of it twice', () => {
    const ride = fc.array(fc.record({ fast: fc.boolean(), wrong: fc.boolean(), alarms: fc.boolean() }), {
      minLength: 1,
      maxLength: 400,
    });
    const tell = (steps: readonly { readonly fast: boolean; readonly wrong: boolean; readonly alarms: boolean }[]) => {
      let watch = unwatched;
      const told: string[] = [];
      for (const [index, { fast, wrong, alarms }] of steps.entries()) {
        const ts = START + index * 10_000;
        const receivedAt = START + DAY + index;
        const right = { fix: fixOf(ts, fast ? 100 : 40), receivedAt };
        const said = { ...fixOf(receivedAt, 0), lat: null, lon: null, alarms: alarms ? ['crash'] : [] };
        const heardNow = wrong ? [{ fix: said, receivedAt, atReceipt: true }, right] : [right];
        const seen = observe(watch, heardNow, vehicle);
        told.push(
          ...seen.findings.flatMap(({ type, occurredAt }) => (type === 'speeding' ? [`began ${occurredAt}`] : [])),
        );
        told.push(...seen.endings.flatMap(({ key, named }) => (key === 'speeding' ? [`ended ${named}`] : [])));
        ({ watch } = seen);
      }
      return told;
    };
    fc.assert(
      fc.property(ride, (steps) => {
        expect(tell(steps)).toEqual(tell(steps.map((step) => ({ ...step, wrong: false }))));
      }),
    );
  });
});

describe('jumps', () => {
  const degrees = {
    lat: fc.double({ min: -60, max: 60, noNaN: true }),
    lon: fc.double({ min: -170, max: 170, noNaN: true }),
  };
  const anywhere = fc.record({ ts: fc.integer({ min: START, max: START + 86_400_000 }), ...degrees });

  it('the believed place only goes forward in time, and only a suspect fix is a jump', () => {
    fc.assert(
      fc.property(fc.array(anywhere, { maxLength: 40 }), (places) => {
        let whereabouts: Whereabouts = { believed: null, candidate: null };
        for (const place of places) {
          const before = whereabouts.believed;
          const verdict = judgePlace(whereabouts, place);
          whereabouts = verdict.whereabouts;
          expect(whereabouts.believed?.ts ?? 0).toBeGreaterThanOrEqual(before?.ts ?? 0);
          if (verdict.jumped) expect(verdict.suspect).toBe(true);
          if (verdict.suspect) expect(whereabouts.believed).toEqual(before);
        }
      }),
    );
  });

  const drive = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 3, maxLength: 60 }).map((turns) => {
    let [lat, lon, heading] = [0.3, 32.5, 0];
    return turns.map((turn, index): Fix => {
      heading += (turn * Math.PI) / 180;
      lat += Math.cos(heading) * 0.002;
      lon += Math.sin(heading) * 0.002;
      const rest = { heading: null, altitude: null, accuracy: null, ignition: null, odometerKm: null, output1: null };
      return {
        ts: START + index * 10_000,
        sequence: `${index}`,
        lat,
        lon,
        speedKph: 60,
        ...rest,
        alarms: [],
        extra: {},
      };
    });
  });

  it('who drives is never suspect; one fix far away is, is one event, and moves nothing', () => {
    fc.assert(
      fc.property(drive, fc.nat(), (fixes, place) => {
        const driven = observe(unwatched, heard(fixes), vehicle);
        expect(driven.fixes.filter(({ suspect }) => suspect)).toEqual([]);
        expect(driven.findings).toEqual([]);
        const at = 1 + (place % (fixes.length - 1));
        const astray = fixes.map((fix, index) => (index === at ? { ...fix, lat: fix.lat + 5 } : fix));
        const seen = observe(unwatched, heard(astray), vehicle);
        expect(seen.fixes.filter(({ suspect }) => suspect).map(({ fix }) => fix.sequence)).toEqual([`${at}`]);
        expect(seen.findings).toMatchObject([{ type: 'impossible_jump', occurredAt: START + at * 10_000 }]);
        const last = astray.at(at === astray.length - 1 ? -2 : -1);
        expect(seen.watch.whereabouts.believed).toMatchObject({ lat: last?.lat, lon: last?.lon });
      }),
    );
  });

  it('a second fix that agrees is believed: one event for the whole move', () => {
    fc.assert(
      fc.property(drive, (fixes) => {
        const half = Math.ceil(fixes.length / 2);
        const moved = fixes.map((fix, index) => (index < half ? fix : { ...fix, lat: fix.lat + 5 }));
        const seen = observe(unwatched, heard(moved), vehicle);
        expect(seen.findings.filter(({ type }) => type === 'impossible_jump')).toHaveLength(1);
        if (fixes.length - half >= 2)
          expect(seen.watch.whereabouts.believed).toMatchObject({ lat: moved.at(-1)?.lat, ts: moved.at(-1)?.ts });
      }),
    );
  });

  it('reaching is mutual, and time makes no place unreachable', () => {
    fc.assert(
      fc.property(anywhere, anywhere, fc.nat(86_400_000), (a, b, more) => {
        expect(reachable(a, b)).toBe(reachable(b, a));
        expect(Math.abs(distance(a, b) - distance(b, a))).toBeLessThan(0.001);
        const later = { ...b, ts: Math.max(a.ts, b.ts) };
        if (reachable(a, later)) expect(reachable(a, { ...later, ts: later.ts + more })).toBe(true);
      }),
    );
  });
});

describe('limits', () => {
  it('no tracker is acknowledged more than its burst and two a second, and each as soon as it is told', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 400 }), (pauses) => {
        let bucket = fullBucket(0);
        let [now, taken] = [0, 0];
        for (const pause of pauses) {
          now += pause;
          let turn = take(bucket, now);
          if (turn.wait > 0) {
            now += turn.wait;
            turn = take(turn.bucket, now);
          }
          expect(turn.wait).toBe(0);
          bucket = turn.bucket;
          taken += 1;
          expect(taken).toBeLessThanOrEqual(BURST + (now / 1_000) * PER_SECOND + 1e-6);
        }
      }),
    );
  });

  it.each([
    [-OLDEST - 1, 'too_old'],
    [-OLDEST, 'good'],
    [0, 'good'],
    [NEWEST, 'good'],
    [NEWEST + 1, 'in_the_future'],
  ])('a time %d ms from now is %s', (offset, expected) => expect(timeliness(START + offset, START)).toBe(expected));

  const level = fc.constantFrom(
    'trackers',
    'owntracks',
    'teltonika',
    'traccar',
    'events',
    'a',
    'b',
    'commands',
    'ack',
    'data',
    'status',
    'telemetry',
    '+',
    '#',
    '',
    '$SYS',
  );
  const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));

  it('a tracker writes and reads below its own id only, and never writes commands', () => {
    const tracker = { kind: 'tracker', id: 'a' } as const;
    fc.assert(
      fc.property(topic, fc.boolean(), (name, retain) => {
        if (mayPublish(tracker, name, retain)) {
          expect(name.split('/')[1]).toBe('a');
          expect(name).not.toBe(trackerTopics('a').commands);
        }
        if (maySubscribe(tracker, name)) expect(name.split('/')[1]).toBe('a');
      }),
      { numRuns: 2_000 },
    );
  });

  it('staff write nothing and the platform retains nothing', () => {
    fc.assert(
      fc.property(topic, fc.boolean(), (name, retain) => {
        expect(mayPublish({ kind: 'staff', id: 'a' }, name, retain)).toBe(false);
        if (retain) expect(mayPublish({ kind: 'platform' }, name, retain)).toBe(false);
      }),
    );
  });
});
