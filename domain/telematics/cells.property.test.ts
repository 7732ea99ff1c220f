import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Area } from './area.ts';
import type { Fence, WatchedRule } from './fence.ts';
import { Fences, type FenceVerdict, type FenceMove, type Whose } from './fences.ts';
import { NEWEST, type Fix, type Place } from './fix.ts';
import { Outline } from './outline.ts';

const MARGIN = 20;
const FIVE_MINUTES = 300_000;
const NOW = Date.UTC(2026, 7, 21, 10);
const [LON, LAT] = [32.58, 0.31];

/** What fences say without any index: each polygon is measured by each message. */
function measured(fences: readonly Fence[], rule: WatchedRule, whose: Whose, moved: FenceMove): FenceVerdict[] {
  return fences.flatMap((fence) => {
    const isOwn = fence.vehicleIds === null || fence.vehicleIds.includes(whose.vehicleId);
    const isHere = fence.market === null || fence.market === whose.market;
    const isInForce = moved.receivedAt >= fence.inForceFrom && moved.fix.ts >= fence.inForceFrom - NEWEST;
    if (fence.rule !== rule || !isOwn || !isHere || !isInForce) return [];
    const said = verdictOf(fence, moved);
    return said.holds === false ? [] : [{ fence, ...said }];
  });
}

function verdictOf(fence: Fence, { fix, before }: FenceMove): Pick<FenceVerdict, 'holds' | 'passed'> {
  const forbidden = fence.rule === 'stay_outside';
  const accuracy = fix.accuracy ?? 0;
  const outline = new Outline(fence.polygon);
  const { inside, border } = outline.standing(fix);
  const wrong = inside === forbidden;
  if (border > accuracy && wrong) return { holds: border > MARGIN || 'seems', passed: false };
  const known = before !== null && fix.ts - before.ts <= FIVE_MINUTES;
  if (known && outline.passes(before, fix, forbidden, Math.max(accuracy, MARGIN))) return { holds: true, passed: true };
  if (border <= accuracy) return { holds: null, passed: false };
  return { holds: border > MARGIN ? false : 'seems_not', passed: false };
}

/** Metres from a corner of the town; a thousandth of a degree is 111 m. */
const METRE = 1 / 111_195;
const metres = (most: number) => fc.double({ min: -most, max: most, noNaN: true });

const star = (centre: readonly [number, number], radii: readonly number[], turned: number): number[][] => {
  const ring = radii.map((radius, index) => {
    const angle = turned + (index * 2 * Math.PI) / radii.length;
    return [centre[0] + radius * METRE * Math.cos(angle), centre[1] + radius * METRE * Math.sin(angle)];
  });
  return [...ring, ring[0] ?? []];
};
const area: fc.Arbitrary<Area> = fc
  .record({
    east: metres(3_000),
    north: metres(3_000),
    radii: fc.array(fc.double({ min: 40, max: 900, noNaN: true }), { minLength: 3, maxLength: 9 }),
    turned: fc.double({ min: 0, max: 6, noNaN: true }),
    hole: fc.boolean(),
    twin: fc.boolean(),
  })
  .map(({ east, north, radii, turned, hole, twin }) => {
    const centre = [LON + east * METRE, LAT + north * METRE] as const;
    const small = Math.min(...radii) * 0.4;
    const rings = [star(centre, radii, turned), ...(hole ? [star(centre, [small, small, small, small], turned)] : [])];
    if (!twin) return { type: 'Polygon', coordinates: rings };
    const other = [star([centre[0] + 2_000 * METRE, centre[1]], radii, turned)];
    return { type: 'MultiPolygon', coordinates: [rings, other] };
  });
const fence = fc.record({
  polygon: area,
  rule: fc.constantFrom('stay_inside', 'stay_outside', 'protected'),
  vehicleIds: fc.constantFrom(null, null, ['a'], ['b']),
  market: fc.constantFrom(null, null, 'UG', 'KE'),
  inForceFrom: fc.constantFrom(0, NOW + 100_000),
});
/** A way of steps short and long; how precisely each place is known, and how much later. */
const way = fc.array(
  fc.record({
    east: fc.oneof(metres(30), metres(400), metres(4_000)),
    north: fc.oneof(metres(30), metres(400), metres(4_000)),
    accuracy: fc.constantFrom(null, null, 0, 8, 30, 300),
    after: fc.constantFrom(1_000, 30_000, 400_000),
    alone: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

describe('fences by cells', () => {
  it('say what each polygon says by itself', () => {
    fc.assert(
      fc.property(fc.array(fence, { maxLength: 12 }), way, (given, steps) => {
        const fences = given.map((one, index): Fence => ({ ...one, id: `${index}`, name: 'Zone', revision: 1 }));
        const indexed = new Fences(fences);
        let before: Place | null = null;
        let [lon, lat, ts] = [LON, LAT, NOW];
        for (const { east, north, accuracy, after, alone } of steps) {
          [lon, lat, ts] = [lon + east * METRE, lat + north * METRE, ts + after];
          const fix: Fix = { ...nothing, ts, lat, lon, accuracy };
          const moved = { fix, before: alone ? null : before, receivedAt: ts };
          for (const rule of ['stay_inside', 'stay_outside'] as const)
            for (const vehicleId of ['a', 'b', 'c']) {
              const whose = { vehicleId, market: 'UG' } as const;
              const said = indexed.judge(rule, whose, moved);
              expect(said.toSorted(byId)).toEqual(measured(fences, rule, whose, moved).toSorted(byId));
            }
          before = fix;
        }
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 60) },
    );
  });
});

const byId = (a: FenceVerdict, b: FenceVerdict) => a.fence.id.localeCompare(b.fence.id);
const nothing = {
  sequence: '',
  speedKph: null,
  heading: null,
  altitude: null,
  ignition: null,
  odometerKm: null,
  output1: null,
  alarms: [],
  extra: {},
};
