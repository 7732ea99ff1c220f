import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance } from './fix.ts';
import { GAP } from './legs.ts';
import { linesOf, simplify } from './track.ts';

describe('a line with fewer points', () => {
  const row = (...lons: number[]) => lons.map((lon, index) => ({ lat: index % 2 === 0 ? 0.1 : -0.1, lon }));
  it('has what matters of it, in metres: at the equator and at 60 degrees north', () => {
    // A tenth of a thousandth of a degree is 11.1 m at the equator, and east to west half of it at 60 degrees.
    const bend = (lat: number) => [
      { lat, lon: 32.5 },
      { lat: lat + 0.001, lon: 32.5001 },
      { lat: lat + 0.002, lon: 32.5 },
    ];
    expect(simplify(bend(0), 10)).toHaveLength(3);
    expect(simplify(bend(0), 12)).toHaveLength(2);
    expect(simplify(bend(60), 5)).toHaveLength(3);
    expect(simplify(bend(60), 6)).toHaveLength(2);
  });

  it('is the line itself where there is nothing to leave out', () => {
    expect(simplify([], 10)).toEqual([]);
    expect(simplify(row(1), 10)).toEqual(row(1));
    expect(simplify(row(1, 2), 10)).toEqual(row(1, 2));
    expect(simplify(row(1, 2, 3), 10)).toEqual(row(1, 2, 3));
    // There and back: the ends are one place.
    const there = [...row(1, 2), { lat: 0.1, lon: 1 }];
    expect(simplify(there, 10)).toEqual(there);
  });

  it('is never further from what it leaves out than it was told', () => {
    const place = fc.record({ x: fc.integer({ min: 0, max: 300 }), y: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(
        fc.array(place, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: -60, max: 60 }),
        (places, metres, lat) => {
          const line = places.map(({ x, y }) => ({ lat: lat + y / 100_000, lon: 32 + x / 100_000 }));
          const left = simplify(line, metres);
          const kept = new Set(left);
          expect([left[0], left.at(-1)]).toEqual([line[0], line.at(-1)]);
          let before = 0;
          for (let at = 1; at < line.length; at += 1) {
            const [a, b] = [line[before], line[at]];
            if (a === undefined || b === undefined || !kept.has(b)) continue;
            for (const gone of line.slice(before + 1, at)) expect(nearest(gone, a, b)).toBeLessThan(metres * 1.001 + 1);
            before = at;
          }
        },
      ),
    );
  });

  it('of a spiral of 20,000 points is found without a pile of calls', () => {
    const spiral = Array.from({ length: 20_000 }, (_, i) => ({
      lat: (Math.sin(i / 50) * i) / 1e6,
      lon: 32 + (Math.cos(i / 50) * i) / 1e6,
    }));
    const left = simplify(spiral, 5);
    expect(left.length).toBeGreaterThan(100);
    expect(left.length).toBeLessThan(spiral.length / 2);
  });
});

type Spot = { readonly lat: number; readonly lon: number };

/** Metres from a place to the nearest of a hundred points on a stretch, by the great circle. */
const nearest = (place: Spot, a: Spot, b: Spot) =>
  Math.min(
    ...Array.from({ length: 401 }, (_, i) =>
      distance(place, { lat: a.lat + ((b.lat - a.lat) * i) / 400, lon: a.lon + ((b.lon - a.lon) * i) / 400 }),
    ),
  );

it('a gap ends a line', () => {
  const at = (ms: number) => ({ ts: new Date(ms) });
  expect(linesOf([])).toEqual([]);
  expect(linesOf([at(0), at(GAP), at(2 * GAP + 1), at(2 * GAP + 2)])).toEqual([
    [at(0), at(GAP)],
    [at(2 * GAP + 1), at(2 * GAP + 2)],
  ]);
});
