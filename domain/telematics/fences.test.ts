import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Market } from '../markets.ts';
import { areaFaults } from './area-faults.ts';
import type { Area } from './area.ts';
import { areaRefusal } from './countries.ts';
import type { Fence } from './fence.ts';
import { Fences } from './fences.ts';
import type { Fix } from './fix.ts';
import { observe, resume, unwatched, type Finding } from './watch.ts';

const START = Date.UTC(2026, 7, 21, 10);
const STEP = 30_000;
/** About 1.1 km square in Kampala; a thousandth of a degree is 111 m. */
const [WEST, SOUTH, SIZE] = [32.58, 0.31, 0.01];
const square = (west = WEST, south = SOUTH, size = SIZE) => [
  [west, south],
  [west + size, south],
  [west + size, south + size],
  [west, south + size],
  [west, south],
];
const polygon = (...rings: number[][][]): Area => ({ type: 'Polygon', coordinates: rings });
const fence = (more: Partial<Fence> = {}): Fence => ({
  id: 'f',
  name: 'Depot',
  polygon: polygon(square()),
  rule: 'stay_inside',
  vehicleIds: null,
  market: null,
  revision: 1,
  inForceFrom: START - 86_400_000,
  ...more,
});
const vehicleBy = (...fences: Fence[]) => ({
  vehicleId: 'v',
  limitKph: 300,
  market: 'UG' as const,
  leaseStatus: null,
  online: null,
  fences: new Fences(fences),
});
/** @param east metres from the west border; the middle of the square otherwise */
const at = (index: number, east: number, more: Partial<Fix> = {}): Fix => ({
  ts: START + index * STEP,
  sequence: `${index}`,
  lat: SOUTH + SIZE / 2,
  lon: WEST + east / 111_195,
  speedKph: 30,
  heading: null,
  altitude: null,
  accuracy: null,
  ignition: true,
  odometerKm: null,
  output1: null,
  alarms: [],
  extra: {},
  ...more,
});
const heard = (fixes: readonly Fix[]) => fixes.map((fix) => ({ fix, receivedAt: fix.ts }));

/** Feeds fixes batch by batch. */
function feed(batches: readonly (readonly Fix[])[], vehicle: ReturnType<typeof vehicleBy>) {
  let watch = unwatched;
  const [findings, endings]: [Finding[], { key: string; at: number }[]] = [[], []];
  for (const batch of batches) {
    const seen = observe(watch, heard(batch), vehicle);
    ({ watch } = seen);
    findings.push(...seen.findings.filter(({ type }) => type.startsWith('geofence')));
    endings.push(...seen.endings.filter(({ key }) => key.startsWith('geofence')));
  }
  return { findings, endings, watch };
}
/** One after the other; the indices of the fixes that began episodes. */
const raised = (fixes: readonly Fix[], ...fences: Fence[]) =>
  feed(
    fixes.map((one) => [one]),
    vehicleBy(...fences),
  ).findings.map(({ occurredAt }) => (occurredAt - START) / STEP);

describe('a fence', () => {
  it('raises once when it is left, nothing on the way back, and again the next time', () => {
    const way = [100, 300, -200, -300, 200, 400, -100].map((east, index) => at(index, east));
    const { findings, endings } = feed(
      way.map((one) => [one]),
      vehicleBy(fence()),
    );
    expect(findings).toMatchObject([
      { type: 'geofence_exit', key: 'geofence_exit:f.1', severity: 'medium', occurredAt: START + 2 * STEP },
      { type: 'geofence_exit', occurredAt: START + 6 * STEP },
    ]);
    expect(findings[0]?.details).toEqual({ geofenceId: 'f', name: 'Depot', rule: 'stay_inside' });
    expect(endings).toEqual([{ key: 'geofence_exit:f.1', named: START + 2 * STEP, at: START + 3 * STEP }]);
    const seen = feed(
      way.map((one) => [one]),
      vehicleBy(fence({ rule: 'stay_outside' })),
    );
    expect(seen.findings.map(({ type, occurredAt }) => [type, (occurredAt - START) / STEP])).toEqual([
      ['geofence_enter', 0],
      ['geofence_enter', 4],
    ]);
  });

  it('is not left and come back to all night by what is parked beside its border', () => {
    const parked = { ignition: false, speedKph: 0 };
    const drift = [5, 12, -3, -8, -11, 2, 9, -6, -14, -2, 7, 11];
    const night = (from: number) => drift.map((east, index) => at(from + index, east, parked));
    expect(raised([at(0, 100), at(1, 60), ...night(2), at(20, 100)], fence())).toEqual([]);
    // What was goes on, and clear of the border it counts.
    expect(raised([at(0, 100), at(1, -60), ...night(2), at(20, -100)], fence())).toEqual([1]);
    expect(raised([at(0, 100), ...night(1), at(20, -25, parked), ...night(21)], fence())).toEqual([20]);
  });

  it('believes one fix beyond 20 m of the border, and within only two', () => {
    expect(raised([at(0, 100), at(1, -30), at(2, 100)], fence())).toEqual([1]);
    expect(raised([at(0, 100), at(1, -10), at(2, 100), at(3, -10), at(4, 100)], fence())).toEqual([]);
    expect(raised([at(0, 100), at(1, -10), at(2, -12), at(3, 100)], fence())).toEqual([1]);
    // On the way back too: only the second one ends it, so that what follows is another.
    expect(raised([at(0, -100), at(1, 10), at(2, -100), at(3, 10), at(4, 12), at(5, -100)], fence())).toEqual([0, 5]);
  });

  it('hears nothing of a fix whose circle of accuracy lies across its border', () => {
    const vague = { accuracy: 250 };
    expect(raised([at(0, 400), at(1, -200, vague), at(2, -240, vague), at(3, 400)], fence())).toEqual([]);
    expect(raised([at(0, 400), at(1, -260, vague)], fence())).toEqual([1]);
    // Nor does it end anything, and neither does a message without a place.
    const nowhere = { ...at(2, 0), lat: null, lon: null };
    const seen = observe(
      unwatched,
      [...heard([at(0, -300), at(1, 100, vague), at(3, -300)]), { fix: nowhere, receivedAt: 0 }],
      vehicleBy(fence()),
    );
    expect([seen.findings.length, seen.endings.length]).toEqual([1, 0]);
  });

  it('notices who was in and out again between two fixes, or out and in', () => {
    const zone = fence({ rule: 'stay_outside' });
    const { findings } = feed([[at(0, -300)], [at(1, 1_400)], [at(2, 1_600)]], vehicleBy(zone));
    expect(findings).toMatchObject([{ type: 'geofence_enter', severity: 'low', occurredAt: START + STEP }]);
    expect(findings[0]?.details).toMatchObject({ passedSince: new Date(START).toISOString() });
    // Over its corner only, or after ten minutes in which it may have gone anywhere: not.
    const corner = { lat: SOUTH - 0.0001 };
    expect(raised([at(0, -300, corner), at(1, 1_400, corner)], zone)).toEqual([]);
    expect(raised([at(0, -300), at(20, 1_400)], zone)).toEqual([]);
    // A yard with a lane through it.
    const lane = polygon(
      [
        [0, 0],
        [0.004, 0],
        [0.004, 0.009],
        [0.006, 0.009],
        [0.006, 0],
        [0.01, 0],
        [0.01, 0.01],
        [0, 0.01],
        [0, 0],
      ].map(([x = 0, y = 0]) => [WEST + x, SOUTH + y]),
    );
    expect(raised([at(0, 200), at(1, 900), at(2, 800)], fence({ polygon: lane }))).toEqual([1]);
  });

  it('knows holes and several polygons', () => {
    const holed = fence({
      polygon: polygon(square(), square(WEST + 0.003, SOUTH + 0.003, 0.004)),
      rule: 'stay_outside',
    });
    expect(raised([at(0, -300), at(1, 556), at(2, 560)], { ...holed })).toEqual([1]);
    expect(raised([at(0, 556), at(1, 557)], holed)).toEqual([]);
    const two: Area = { type: 'MultiPolygon', coordinates: [[square()], [square(WEST + 0.02)]] };
    expect(raised([at(0, 500), at(2, 2_800), at(3, 1_600), at(4, 500)], fence({ polygon: two }))).toEqual([2]);
  });

  it('is for its vehicles and its market, each on its own', () => {
    const out = [at(0, 100), at(1, -500)];
    expect(raised(out, fence({ vehicleIds: ['x'] }))).toEqual([]);
    expect(raised(out, fence({ vehicleIds: ['x', 'v'] }))).toEqual([1]);
    expect(raised(out, fence({ market: 'KE' }))).toEqual([]);
    expect(raised(out, fence({ market: 'UG' }), fence({ id: 'g', vehicleIds: ['v'] }))).toEqual([1, 1]);
  });

  it('that is made where a vehicle is already out raises once, and does not judge what was before', () => {
    const fixes = [0, 1, 2, 3, 20, 21, 22].map((index) => at(index, -300));
    const made = fence({ inForceFrom: START + 20 * STEP });
    expect(raised(fixes, made)).toEqual([20]);
    // A backlog from before, received after.
    const late = fixes.slice(0, 4).map((fix) => ({ fix, receivedAt: START + 21 * STEP }));
    expect(observe(unwatched, late, vehicleBy(made)).findings).toEqual([]);
  });

  it('that is changed is another: its episode ends, and the next begins', () => {
    const first = observe(unwatched, heard([at(0, 100), at(1, -300)]), vehicleBy(fence()));
    const second = observe(first.watch, heard([at(2, -300)]), vehicleBy(fence({ revision: 2 })));
    expect(second.endings).toMatchObject([{ key: 'geofence_exit:f.1' }]);
    expect(second.findings).toMatchObject([{ key: 'geofence_exit:f.2' }]);
    const gone = observe(second.watch, heard([at(3, -300)]), vehicleBy());
    expect([gone.findings, gone.endings.map(({ key }) => key)]).toEqual([[], ['geofence_exit:f.2']]);
  });

  it('raises the same episodes in any order, any pieces, any repetition, and over a restart', () => {
    // Spells inside and outside, far enough from the border that every fix is believed.
    const spells = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 })
      .map((lengths) =>
        lengths.flatMap((length, spell) => Array.from({ length }, () => (spell % 2 === 0 ? 300 : -300))),
      )
      .map((way) => way.map((east, index) => at(index, east)));
    const cases = spells.chain((fixes) =>
      fc.record({
        fixes: fc.constant(fixes),
        order: fc.shuffledSubarray([...fixes, ...fixes], { minLength: fixes.length * 2 }),
        cuts: fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ fixes, order, cuts }) => {
        const vehicle = vehicleBy(fence());
        const whole = feed([fixes], vehicle);
        const beginnings = fixes.filter((fix, index) => fix.lon < WEST && (fixes[index - 1]?.lon ?? WEST) >= WEST);
        expect(whole.findings.map(({ occurredAt }) => occurredAt)).toEqual(beginnings.map(({ ts }) => ts));
        // In order, however it is cut, however often it comes: the same events.
        const pieces: Fix[][] = [[]];
        for (const [index, fix] of fixes.entries()) {
          pieces.at(-1)?.push(fix, ...fixes.slice(0, index));
          if (cuts[index % cuts.length] === true) pieces.push([]);
        }
        expect(feed(pieces, vehicle).findings.map(({ occurredAt }) => occurredAt)).toEqual(
          beginnings.map(({ ts }) => ts),
        );
        // In disorder, one by one: no spell is without an event, and what has come again raises nothing more.
        const mixed = feed(
          order.map((fix) => [fix]),
          vehicle,
        );
        const again = observe(mixed.watch, heard(fixes), vehicle);
        expect(again.findings).toEqual([]);
        const open = resume(
          null,
          heard(fixes).map((one) => ({ ...one, suspect: false })),
          [],
          vehicle,
        );
        expect(open.episodes.episodes.filter((one) => one.open)).toHaveLength(
          mixed.watch.episodes.episodes.filter((one) => one.open).length,
        );
      }),
    );
  });
});

describe('an area', () => {
  const shifted = (by: number) => square(WEST + by);
  it.each<[string, Area, string, RegExp]>([
    ['open', polygon(square().slice(0, 4)), 'coordinates.0', /closed/],
    [
      'of three positions',
      polygon([
        [1, 1],
        [2, 2],
        [1, 1],
      ]),
      'coordinates.0',
      /four positions/,
    ],
    ['without a ring', polygon(), 'coordinates', /no positions/],
    [
      'crossing itself',
      polygon([
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
        [0, 0],
      ]),
      'coordinates.0',
      /cross or touch itself/,
    ],
    [
      'folded',
      polygon([
        [0, 0],
        [2, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ]),
      'coordinates.0',
      /cross or touch itself/,
    ],
    [
      'off the earth',
      polygon([
        [0, 0],
        [0, 91],
        [1, 91],
        [0, 0],
      ]),
      'coordinates.0.1',
      /longitude and latitude/,
    ],
    [
      'over the antimeridian',
      polygon([
        [179, 0],
        [-179, 0],
        [-179, 1],
        [179, 1],
        [179, 0],
      ]),
      'coordinates.0',
      /antimeridian/,
    ],
    ['too wide', polygon(square(0, 0, 31)), 'coordinates.0', /at most 30 degrees/],
    ['too small', polygon(square(0, 0, 0.0003)), 'coordinates.0', /at least 50 m/],
    ['with a hole outside', polygon(square(), shifted(0.02)), 'coordinates.1', /hole/],
    ['with a hole across its border', polygon(square(), shifted(0.005)), 'coordinates.1', /ring 0/],
    [
      'of two polygons, one open',
      { type: 'MultiPolygon', coordinates: [[square()], [shifted(1).slice(1)]] },
      'coordinates.1.0',
      /closed/,
    ],
    ['of too many positions', polygon(Array.from({ length: 1_001 }, () => [0, 0])), 'coordinates', /1001 positions/],
  ])('%s is refused and said', (_, area, path, message) => {
    const [fault] = areaFaults(area);
    expect(fault?.path.join('.')).toBe(path);
    expect(fault?.message).toMatch(message);
  });

  it('of two polygons, with a hole, turned any way, with altitudes is taken', () => {
    const hole = square(WEST + 0.003, SOUTH + 0.003, 0.004);
    expect(areaFaults(polygon(square(), hole))).toEqual([]);
    expect(areaFaults(polygon(square().toReversed(), hole))).toEqual([]);
    expect(areaFaults({ type: 'MultiPolygon', coordinates: [[square()], [shifted(0.01)]] })).toEqual([]);
    const round = Array.from({ length: 999 }, (_, i) => [
      Math.cos((i * 2 * Math.PI) / 999),
      Math.sin((i * 2 * Math.PI) / 999),
      7,
    ]);
    expect(areaFaults(polygon([...round, round[0] ?? []]))).toEqual([]);
  });
});

describe('an area abroad', () => {
  const box = (west: number, south: number, east: number, north: number) =>
    polygon([
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ]);
  it.each<[string, Area, readonly Market[], RegExp | null]>([
    ['Kampala', box(32.55, 0.3, 32.65, 0.36), ['UG'], null],
    [
      'Kampala, latitude first',
      box(0.3, 32.55, 0.36, 32.65),
      ['UG'],
      /outside of UG, and inside with both swapped: .*longitude first/,
    ],
    ['Kampala, latitude first, for all', box(0.3, 32.55, 0.36, 32.65), [], /outside of UG, KE, RW, and inside/],
    ['Nairobi, latitude first', box(-1.3, 36.8, -1.2, 36.9), ['KE'], /longitude first/],
    ['Nairobi', box(36.8, -1.3, 36.9, -1.2), ['UG'], /^lies outside of UG; a position is its longitude first/],
    ['Nairobi, for vehicles of both', box(36.8, -1.3, 36.9, -1.2), ['KE', 'UG'], null],
    ['Nairobi, for all', box(36.8, -1.3, 36.9, -1.2), [], null],
    ['a town across the border', box(34.1, 0.44, 34.12, 0.47), ['UG'], null],
    ['all of the country and more', box(25, -5, 40, 8), ['UG'], null],
    ['a strip across it', box(25, 0.4, 40, 0.401), ['RW'], /outside of RW/],
    ['a strip across it', box(25, 0.4, 40, 0.401), ['UG'], null],
  ])('%s: %j of %j', (_, area, markets, refusal) => {
    if (refusal === null) expect(areaRefusal(area, markets)).toBeNull();
    else expect(areaRefusal(area, markets)).toMatch(refusal);
  });
});
