import { kampala } from './kampala.ts';
import { nairobi } from './nairobi.ts';
import { kmBetween, type City, type Point } from './road.ts';

/** km from a city's centre at which its roads are still the ones to drive on. */
const NEAR = 45;
/** Places on roads, and which of them are next to each other. */
export interface RoadMap {
  readonly places: readonly Point[];
  /** The place that is nearest to a point. */
  nearest(point: Point): Point;
  /** The shortest way over the roads between two places, both ends included. */
  way(from: Point, to: Point): readonly Point[];
}

/** The roads around a home. Where we have none, those of Kampala are drawn around it. */
export function mapAround(home: Point): RoadMap {
  const near = cities.find(({ centre }) => kmBetween(centre, home) < NEAR);
  return near?.map ?? mapOf(moved(kampala, home));
}

/** The centre of a city of ours that is far from there. */
export function elsewhere({ lat, lon }: { readonly lat: number; readonly lon: number }) {
  const { centre } = cities.find((city) => kmBetween(city.centre, [lat, lon]) > NEAR) ?? kampala;
  return { lat: centre[0], lon: centre[1] };
}

function moved({ centre, roads }: City, to: Point): City {
  const move = ([lat, lon]: Point): Point => [lat - centre[0] + to[0], lon - centre[1] + to[1]];
  return {
    centre: to,
    roads: Object.fromEntries(Object.entries(roads).map(([name, road]) => [name, road.map(move)])),
  };
}

const keyOf = ([lat, lon]: Point) => `${lat},${lon}`;

function mapOf({ roads }: City): RoadMap {
  const byKey = new Map<string, { readonly point: Point; readonly next: Point[] }>();
  const placeAt = (point: Point) => {
    const known = byKey.get(keyOf(point)) ?? { point, next: [] };
    byKey.set(keyOf(point), known);
    return known;
  };
  for (const road of Object.values(roads)) {
    for (const [index, point] of road.entries()) {
      const before = road[index - 1];
      if (before === undefined) continue;
      placeAt(before).next.push(point);
      placeAt(point).next.push(before);
    }
  }
  const places = [...byKey.values()].map(({ point }) => point);
  return {
    places,
    nearest: (point) => places.reduce((best, one) => (kmBetween(one, point) < kmBetween(best, point) ? one : best)),
    way: (from, to) => shortest((point) => byKey.get(keyOf(point))?.next ?? [], from, to),
  };
}

/** Dijkstra's, over the hundred places of a city. */
function shortest(next: (point: Point) => readonly Point[], from: Point, to: Point): Point[] {
  const known = new Map([[keyOf(from), { point: from, km: 0, before: null as Point | null, done: false }]]);
  for (;;) {
    let here: { point: Point; km: number; before: Point | null; done: boolean } | undefined;
    for (const one of known.values()) if (!one.done && one.km < (here?.km ?? Infinity)) here = one;
    if (here === undefined) return [from];
    if (keyOf(here.point) === keyOf(to)) break;
    here.done = true;
    for (const point of next(here.point)) {
      const km = here.km + kmBetween(here.point, point);
      if (km < (known.get(keyOf(point))?.km ?? Infinity))
        known.set(keyOf(point), { point, km, before: here.point, done: false });
    }
  }
  const way: Point[] = [];
  for (let point: Point | null = to; point !== null; point = known.get(keyOf(point))?.before ?? null)
    way.unshift(point);
  return way;
}

const cities = [kampala, nairobi].map((city) => ({ centre: city.centre, map: mapOf(city) }));
