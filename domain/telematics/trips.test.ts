import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GAP, passedInOrder, legBetween, metresDriven, type Passed } from './legs.ts';
import { BEFOREHAND, PARKED, setOff, SWITCHED_OFF, travel, journeyUnderWay, type Trip } from './trips.ts';

const START = Date.UTC(2026, 7, 21, 10);
/** Metres of a degree of latitude on the sphere that `distance` has. */
const DEGREE = 111_195.08;

/** A fix so many metres north of a place at the equator, so many seconds after the start. */
const at = (seconds: number, metres: number, more: Partial<Passed> = {}): Passed => ({
  ts: START + seconds * 1_000,
  sequence: String(seconds),
  lat: metres / DEGREE,
  lon: 32.58,
  speedKph: null,
  accuracy: null,
  ignition: null,
  ...more,
});
/** All trips in fixes of any order. */
function tripsOf(fixes: readonly Passed[]): Trip[] {
  let journey = setOff;
  const trips: Trip[] = [];
  for (const fix of passedInOrder(fixes)) {
    const step = travel(journey, fix);
    journey = step.journey;
    if (step.over !== null) trips.push(step.over);
  }
  const last = journeyUnderWay(journey);
  return last === null ? trips : [...trips, last];
}

const speed = (speedKph: number) => ({ speedKph });
const off = { ignition: false, speedKph: 0 };

describe('between two fixes', () => {
  const a = (more: Partial<Passed> = {}) => at(0, 0, more);
  const cases: [string, Passed, Passed, number | 'gap'][] = [
    ['a drive', a(speed(40)), at(10, 111, speed(40)), 111],
    ['the metres of a slow drive', a(speed(6)), at(1, 2, speed(6)), 2],
    ['setting off', a(speed(0)), at(10, 60, speed(30)), 60],
    ['one that says nothing of its speed', a(), at(10, 60), 60],
    ['one that stood at both lights', a(speed(0)), at(60, 500, speed(0)), 500],
    ['drift of one that stands', a(speed(0)), at(10, 90, speed(2)), 0],
    ['drift slower than a walk', a(), at(60, 60), 0],
    ['drift within what the receivers say', a({ accuracy: 40 }), at(10, 70, { accuracy: 40 }), 0],
    ['a glitch of speed while it stands', a(speed(0)), at(10, 15, speed(8)), 0],
    ['drift with the ignition off', a({ ...off, speedKph: 9 }), at(10, 90, { ...off, speedKph: 9 }), 0],
    ['the engine that is switched off on the way', a(speed(30)), at(10, 60, off), 60],
    ['an impossible jump', a(speed(40)), at(1, 5_000, speed(40)), 0],
    ['as fast as is possible', a(speed(200)), at(10, 690, speed(200)), 690],
    ['the longest time', a(speed(40)), at(GAP / 1_000, 5_000, speed(40)), 5_000],
    ['a gap', a(speed(40)), at(GAP / 1_000 + 1, 5_000, speed(40)), 'gap'],
  ];
  it.each(cases)('%s', (_what, from, to, expected) => {
    const leg = legBetween(from, to);
    if (expected === 'gap') return expect(leg.kind).toBe('gap');
    expect(leg.kind === 'moving' ? leg.metres : 0).toBeCloseTo(expected, 1);
  });

  it('is what it is east of a place at the equator, and half of it at 60 degrees north', () => {
    const east = (lat: number) => [at(0, 0, { lat, ...speed(40) }), at(10, 0, { lat, lon: 32.581, ...speed(40) })];
    expect(metresDriven(east(0))).toBeCloseTo(111.2, 1);
    expect(metresDriven(east(60))).toBeCloseTo(55.6, 1);
  });

  it('a fix that is vague is passed over', () => {
    const fixes = [at(0, 0, speed(40)), at(10, 900, { accuracy: 300 }), at(20, 200, speed(40))];
    expect(metresDriven(passedInOrder(fixes))).toBeCloseTo(200, 1);
  });
});

/** Fixes every ten seconds at 36 km/h. */
const drive = (from: number, seconds: number, metres: number, more: Partial<Passed> = {}) =>
  Array.from({ length: seconds / 10 + 1 }, (_, i) => at(from + i * 10, metres + i * 100, { ...speed(36), ...more }));
const stand = (from: number, seconds: number, metres: number, more: Partial<Passed> = speed(0)) =>
  Array.from({ length: seconds / 10 }, (_, i) => at(from + (i + 1) * 10, metres, more));

describe('trips', () => {
  const told = (fixes: readonly Passed[]) =>
    tripsOf(fixes).map(({ start, end, metres, movingMs }) => [
      (start.ts - START) / 1_000,
      (end.ts - START) / 1_000,
      Math.round(metres),
      movingMs / 1_000,
    ]);
  const cases: [string, Passed[], number[][]][] = [
    ['one that is parked has none', stand(0, 3_600, 0), []],
    ['a drive', [...drive(0, 100, 0), ...stand(100, 600, 1_000)], [[0, 100, 1_000, 100]]],
    ['a drive that goes on', drive(0, 100, 0), [[0, 100, 1_000, 100]]],
    [
      'a halt belongs to its trip',
      [...drive(0, 100, 0), ...stand(100, 200, 1_000), ...drive(310, 90, 1_000)],
      [[0, 400, 1_900, 190]],
    ],
    [
      'five minutes of standing end it',
      [...drive(0, 100, 0), ...stand(100, PARKED / 1_000, 1_000), ...drive(410, 90, 1_000)],
      [
        [0, 100, 1_000, 100],
        [410, 500, 900, 90],
      ],
    ],
    [
      'a minute with the ignition off ends it',
      [...drive(0, 100, 0), ...stand(100, SWITCHED_OFF / 1_000 + 10, 1_000, off), ...drive(180, 90, 1_000)],
      [
        [0, 100, 1_000, 100],
        [180, 270, 900, 90],
      ],
    ],
    [
      'a stalled engine does not',
      [...drive(0, 100, 0), ...stand(100, 30, 1_000, off), ...drive(140, 90, 1_000)],
      [[0, 230, 1_900, 190]],
    ],
    [
      'a gap ends it and is no movement',
      [...drive(0, 100, 0), ...drive(900, 100, 9_000)],
      [
        [0, 100, 1_000, 100],
        [900, 1_000, 1_000, 100],
      ],
    ],
    ['a yard is no trip', [at(0, 0, speed(6)), at(10, 60, speed(6)), ...stand(10, 400, 60)], []],
  ];
  it.each(cases)('%s', (_what, fixes, expected) => expect(told(fixes)).toEqual(expected));
});

const fix = fc.record({
  step: fc.integer({ min: 0, max: 40 }).map((n) => (n === 0 ? 700_000 : n === 1 ? 0 : n * 1_500)),
  move: fc.integer({ min: -300, max: 300 }),
  speedKph: fc.option(fc.integer({ min: 0, max: 90 })),
  accuracy: fc.option(fc.integer({ min: 0, max: 150 })),
  ignition: fc.option(fc.boolean()),
});
const life = fc.array(fix, { maxLength: 120 }).map((steps) => {
  let [ts, metres] = [START, 0];
  return steps.map(({ step, move, ...rest }, index): Passed => {
    [ts, metres] = [ts + step, metres + move];
    return { ...at(0, metres), ...rest, ts, sequence: String(index) };
  });
});

describe('any life of a vehicle', () => {
  it('is the same in any order of arrival, and with repetitions', () => {
    const shuffled = life.chain((fixes) =>
      fc.tuple(
        fc.constant(fixes),
        fc.shuffledSubarray([...fixes, ...fixes], { minLength: fixes.length * 2, maxLength: fixes.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([fixes, arrived]) => {
        expect(tripsOf(arrived)).toEqual(tripsOf(fixes));
        expect(metresDriven(passedInOrder(arrived))).toBe(metresDriven(passedInOrder(fixes)));
      }),
    );
  });

  it('cut in two at any moment has the same sum', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 6_000_000 }), (fixes, cut) => {
        const [moment, all] = [START + cut, passedInOrder(fixes)];
        const first = metresDriven(all.filter(({ ts }) => ts < moment));
        const second = metresDriven(
          all.filter(({ ts }) => ts >= moment - GAP),
          moment,
        );
        expect(first + second).toBeCloseTo(metresDriven(all), 6);
      }),
    );
  });

  it('has the same trips from any moment on, known only from shortly before', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 0, max: 6_000_000 }), (fixes, cut) => {
        const moment = START + cut;
        const from = (trips: ReturnType<typeof tripsOf>) => trips.filter(({ start }) => start.ts >= moment);
        const known = fixes.filter(({ ts }) => ts >= moment - BEFOREHAND);
        expect(from(tripsOf(known))).toEqual(from(tripsOf(fixes)));
      }),
    );
  });

  it('has trips one after the other, of which each metre was driven', () => {
    fc.assert(
      fc.property(life, (fixes) => {
        const trips = tripsOf(fixes);
        for (const [index, { start, end, movingMs }] of trips.entries()) {
          expect(start.ts).toBeGreaterThanOrEqual(trips[index - 1]?.end.ts ?? 0);
          expect(movingMs).toBeLessThanOrEqual(end.ts - start.ts);
        }
        const sum = trips.reduce((total, { metres }) => total + metres, 0);
        expect(sum).toBeLessThanOrEqual(metresDriven(passedInOrder(fixes)) + 1e-6);
      }),
    );
  });

  it('cut in two and gone on with is the same journey', () => {
    fc.assert(
      fc.property(life, fc.nat(120), (fixes, cut) => {
        const go = (journey: typeof setOff, part: readonly Passed[]) =>
          part.reduce((now, one) => travel(now, one).journey, journey);
        const all = passedInOrder(fixes);
        const whole = go(setOff, all);
        expect(journeyUnderWay(go(go(setOff, all.slice(0, cut)), all.slice(cut)))).toEqual(journeyUnderWay(whole));
      }),
    );
  });
});
