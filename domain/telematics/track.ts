import { EARTH_RADIUS, type Place } from './fix.ts';
import { GAP } from './legs.ts';

/** Fixes in order of time as lines: a gap ends one. */
export function linesOf<T extends { readonly ts: Date }>(fixes: readonly T[]): T[][] {
  const lines: T[][] = [];
  for (const [index, fix] of fixes.entries()) {
    const before = fixes[index - 1];
    if (before === undefined || fix.ts.getTime() - before.ts.getTime() > GAP) lines.push([]);
    lines.at(-1)?.push(fix);
  }
  return lines;
}

type Spot = Pick<Place, 'lat' | 'lon'>;
interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The points of a line without which it would lie further than so many metres from one that is left out
 * (Douglas and Peucker 1973). The first and the last stay. It is reckoned in metres east and north, where a degree of
 * longitude is as long as it is at the line's latitude.
 */
export function simplify<T extends Spot>(line: readonly T[], metres: number): T[] {
  const points = onPlane(line);
  const kept = new Set([0, line.length - 1]);
  const parts: [number, number][] = [[0, line.length - 1]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [from, to] = part;
    const { index, apart } = furthest(points, from, to);
    if (apart <= metres) continue;
    kept.add(index);
    parts.push([from, index], [index, to]);
  }
  return line.filter((_, index) => kept.has(index));
}

function furthest(points: readonly Point[], from: number, to: number): { index: number; apart: number } {
  const [a, b] = [points[from], points[to]];
  let found = { index: from, apart: -1 };
  if (a === undefined || b === undefined) return found;
  for (let index = from + 1; index < to; index += 1) {
    const point = points[index];
    const apart = point === undefined ? -1 : apartFrom(point, a, b);
    if (apart > found.apart) found = { index, apart };
  }
  return found;
}

/** How far a point is from a stretch. */
function apartFrom(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point.x - a.x) * dx + (point.y - a.y) * dy) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy);
}

/** Metres east and north. */
function onPlane(line: readonly Spot[]): Point[] {
  const degree = (EARTH_RADIUS * Math.PI) / 180;
  const middle = line.reduce((sum, { lat }) => sum + lat, 0) / Math.max(1, line.length);
  const east = degree * Math.cos((middle * Math.PI) / 180);
  return line.map(({ lat, lon }) => ({ x: lon * east, y: lat * degree }));
}
