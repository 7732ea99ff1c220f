import pointInPolygon from 'point-in-polygon-hao';
import { boxOf, edgesOf, latOf, lonOf, polygonsOf, type Area, type Box } from './area.ts';
import { EARTH_RADIUS, type Place } from './fix.ts';

type Spot = Pick<Place, 'lat' | 'lon'>;

/** How a place lies to an area. */
export interface BorderStanding {
  readonly inside: boolean;
  /** Metres to the nearest border. */
  readonly border: number;
}

const DEGREE = (EARTH_RADIUS * Math.PI) / 180;

/** A box with so many metres around it. */
function widened([west, south, east, north]: Box, metres: number): Box {
  const high = metres / DEGREE;
  const widest = Math.cos((Math.min(89, Math.max(Math.abs(south), Math.abs(north)) + high) * Math.PI) / 180);
  const wide = high / widest;
  return [west - wide, south - high, east + wide, north + high];
}

/** The box around a way, or around a place, with so many metres around it. */
export const boxAround = (from: Spot, to: Spot, metres: number): Box =>
  widened(
    [Math.min(from.lon, to.lon), Math.min(from.lat, to.lat), Math.max(from.lon, to.lon), Math.max(from.lat, to.lat)],
    metres,
  );

/** The middle of a square of so many degrees, and the metres to its corners at most. */
export const squareAt = (west: number, south: number, side: number) => ({
  middle: { lon: west + side / 2, lat: south + side / 2 },
  radius: (side * DEGREE) / Math.SQRT2,
});

/** Metres that a way is long at most. */
export const atMost = (from: Spot, to: Spot) => (Math.abs(from.lat - to.lat) + Math.abs(from.lon - to.lon)) * DEGREE;

/**
 * An area that is asked often where places lie to it. Distances are on a plane around the place, which errs by
 * less than a thousandth within the kilometres that matter.
 */
export class Outline {
  readonly box: Box;
  readonly #polygons: { readonly rings: number[][][]; readonly edges: Float64Array }[];

  constructor(area: Area) {
    this.#polygons = polygonsOf(area).map((rings) => ({
      rings: rings.map((ring) => ring.map((at) => [lonOf(at), latOf(at)])),
      edges: Float64Array.from(
        rings.flatMap((ring) => edgesOf(ring).flatMap(([a, b]) => [lonOf(a), latOf(a), lonOf(b), latOf(b)])),
      ),
    }));
    this.box = boxOf(this.#polygons.flatMap(({ rings }) => rings.flat()));
  }

  /** Whether a place may be inside, or within so many metres of it. */
  isNear({ lat, lon }: Spot, metres: number): boolean {
    const [west, south, east, north] = this.box;
    const high = metres / DEGREE;
    if (lat < south - high || lat > north + high) return false;
    const wide = high / Math.cos((Math.min(89, Math.abs(lat)) * Math.PI) / 180);
    return lon >= west - wide && lon <= east + wide;
  }

  contains({ lat, lon }: Spot): boolean {
    return this.#polygons.some(({ rings }) => pointInPolygon([lon, lat], rings) !== false);
  }

  standing({ lat, lon }: Spot): BorderStanding {
    const wide = DEGREE * Math.cos((lat * Math.PI) / 180);
    let nearest = Infinity;
    for (const { edges } of this.#polygons) {
      for (let at = 0; at < edges.length; at += 4) {
        const ax = ((edges[at] ?? 0) - lon) * wide;
        const ay = ((edges[at + 1] ?? 0) - lat) * DEGREE;
        const dx = ((edges[at + 2] ?? 0) - lon) * wide - ax;
        const dy = ((edges[at + 3] ?? 0) - lat) * DEGREE - ay;
        const square = squareFromOrigin(ax, ay, dx, dy);
        if (square < nearest) nearest = square;
      }
    }
    return { inside: this.contains({ lat, lon }), border: Math.sqrt(nearest) };
  }

  /**
   * Whether the straight way from one place to another leads, between two of the borders that it crosses, through the
   * inside (or the outside), more than so many metres from any border.
   */
  passes(from: Spot, to: Spot, inside: boolean, metres: number): boolean {
    const crossed = this.#crossings(from, to);
    const on = (part: number): Spot => ({
      lat: from.lat + (to.lat - from.lat) * part,
      lon: from.lon + (to.lon - from.lon) * part,
    });
    return crossed.some((at, index) => {
      const before = crossed[index - 1];
      if (before === undefined) return false;
      const middle = this.standing(on((before + at) / 2));
      return middle.inside === inside && middle.border > metres;
    });
  }

  /** Whether the straight way from one place to another meets a border. */
  isCrossed(from: Spot, to: Spot): boolean {
    return this.#crossings(from, to).length > 0;
  }

  /** Where a way crosses borders, in parts of its length, in order. */
  #crossings(from: Spot, to: Spot): number[] {
    const [dx, dy] = [to.lon - from.lon, to.lat - from.lat];
    const found: number[] = [];
    for (const { edges } of this.#polygons) {
      for (let at = 0; at < edges.length; at += 4) {
        const [ax, ay] = [(edges[at] ?? 0) - from.lon, (edges[at + 1] ?? 0) - from.lat];
        const [ex, ey] = [(edges[at + 2] ?? 0) - (edges[at] ?? 0), (edges[at + 3] ?? 0) - (edges[at + 1] ?? 0)];
        const across = dx * ey - dy * ex;
        if (across === 0) continue;
        const [way, edge] = [(ax * ey - ay * ex) / across, (ax * dy - ay * dx) / across];
        if (way >= 0 && way <= 1 && edge >= 0 && edge <= 1) found.push(way);
      }
    }
    return found.sort((a, b) => a - b);
  }
}

/** The square of the distance from 0,0 to a stretch that begins at x, y and is dx, dy long. */
function squareFromOrigin(x: number, y: number, dx: number, dy: number): number {
  const length = dx * dx + dy * dy;
  const part = length === 0 ? 0 : Math.max(0, Math.min(1, -(x * dx + y * dy) / length));
  const [px, py] = [x + part * dx, y + part * dy];
  return px * px + py * py;
}
