import Flatbush from 'flatbush';
import pointInPolygon from 'point-in-polygon-hao';
import {
  boxOf,
  edgesOf,
  latOf,
  lonOf,
  polygonsOf,
  same,
  type Area,
  type Box,
  type LonLat,
  type Rings,
} from './area.ts';
import { distance } from './fix.ts';

/** What is wrong with an area, and where in its `coordinates`. */
export interface AreaFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Positions of one area at most. */
const MOST_POSITIONS = 1_000;
/** Metres that an area is wide and high at least, as one that a receiver can tell, and degrees at most. */
const LEAST = 50;
const MOST = 30;

/**
 * What keeps an area from being a fence, the gravest only: an area whose rings are not closed is not asked whether
 * they cross. Borders of different polygons may touch and overlap.
 */
export function areaFaults(area: Area): readonly AreaFault[] {
  const polygons = polygonsOf(area).map((rings, index) => ({
    rings,
    path: area.type === 'Polygon' ? ['coordinates'] : ['coordinates', index],
  }));
  const positions = polygons.flatMap(({ rings }) => rings).reduce((sum, ring) => sum + ring.length, 0);
  if (positions > MOST_POSITIONS)
    return [{ path: ['coordinates'], message: `has ${positions} positions; at most ${MOST_POSITIONS} are taken` }];
  if (positions === 0) return [{ path: ['coordinates'], message: 'has no positions' }];
  for (const faultsIn of [ringFaults, sizeFaults, crossings, strayHoles]) {
    const faults = polygons.flatMap(({ rings, path }) =>
      faultsIn(rings).map((fault) => ({ ...fault, path: [...path, ...fault.path] })),
    );
    if (faults.length > 0) return faults.slice(0, 20);
  }
  return [];
}

function ringFaults(rings: Rings): AreaFault[] {
  if (rings.length === 0) return [{ path: [], message: 'has no ring' }];
  return rings.flatMap((ring, index): AreaFault[] => {
    const off = ring.findIndex((at) => Math.abs(lonOf(at)) > 180 || Math.abs(latOf(at)) > 90);
    if (off !== -1) return [{ path: [index, off], message: 'must be longitude and latitude, in this order' }];
    const [first, last] = [ring[0], ring.at(-1)];
    if (ring.length < 4)
      return [{ path: [index], message: 'must have at least four positions, the last of them the first' }];
    if (first === undefined || last === undefined || !same(first, last))
      return [{ path: [index], message: 'must be closed: its last position is its first again' }];
    return [];
  });
}

function sizeFaults([outer = []]: Rings): AreaFault[] {
  const [west, south, east, north] = boxOf(outer);
  if (east - west > 180)
    return [
      {
        path: [0],
        message: 'must not cross the antimeridian: cut it there into a MultiPolygon (RFC 7946, 3.1.9)',
      },
    ];
  if (east - west > MOST || north - south > MOST)
    return [{ path: [0], message: `must be at most ${MOST} degrees wide and high` }];
  const wide = distance({ lat: north, lon: west }, { lat: north, lon: east });
  const high = distance({ lat: north, lon: west }, { lat: south, lon: west });
  return wide < LEAST || high < LEAST
    ? [{ path: [0], message: `must be at least ${LEAST} m wide and high: no receiver can tell less` }]
    : [];
}

interface Edge {
  readonly ring: number;
  readonly index: number;
  readonly last: boolean;
  readonly a: LonLat;
  readonly b: LonLat;
}

/** Rings that cross or touch themselves, or one another. */
function crossings(rings: Rings): AreaFault[] {
  const edges = rings.flatMap((ring, at) =>
    edgesOf(ring).map(([a, b], index, all): Edge => ({ ring: at, index, last: index === all.length - 1, a, b })),
  );
  const byPlace = new Flatbush(edges.length);
  for (const { a, b } of edges) byPlace.add(...boxOf([a, b]));
  byPlace.finish();
  for (const [at, edge] of edges.entries()) {
    for (const found of byPlace.search(...boxOf([edge.a, edge.b]))) {
      const other = edges[found];
      if (other === undefined || found <= at || !meet(edge, other)) continue;
      const message =
        edge.ring === other.ring
          ? `must not cross or touch itself, as after its position ${edge.index} and ${other.index}`
          : `must not cross or touch ring ${edge.ring}`;
      return [{ path: [other.ring], message }];
    }
  }
  return [];
}

/** Whether two edges have a point in common that they may not have. */
function meet(one: Edge, other: Edge): boolean {
  const follows = one.ring === other.ring && (other.index === one.index + 1 || (one.index === 0 && other.last));
  if (!follows) return intersect(one.a, one.b, other.a, other.b);
  // Neighbours meet where one ends; they must not lie on each other.
  const [before, corner, after] = other.index === one.index + 1 ? [one.a, one.b, other.b] : [other.a, other.b, one.b];
  return turn(before, corner, after) === 0 && along(corner, before, after) > 0;
}

function intersect(a: LonLat, b: LonLat, c: LonLat, d: LonLat): boolean {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)].map(Math.sign);
  if (abc !== abd && cda !== cdb) return true;
  const within = (p: LonLat, [west, south, east, north]: Box) =>
    lonOf(p) >= west && lonOf(p) <= east && latOf(p) >= south && latOf(p) <= north;
  const [ab, cd] = [boxOf([a, b]), boxOf([c, d])];
  return (
    (abc === 0 && within(c, ab)) ||
    (abd === 0 && within(d, ab)) ||
    (cda === 0 && within(a, cd)) ||
    (cdb === 0 && within(b, cd))
  );
}

function strayHoles([outer = [], ...holes]: Rings): AreaFault[] {
  return holes.flatMap((hole, index) => {
    const inside = pointInPolygon([...(hole[0] ?? [])], [outer.map((at) => [...at])]);
    return inside === true ? [] : [{ path: [index + 1], message: 'must lie within the outer ring: it is a hole' }];
  });
}

/** Above nought where it goes left from a over b to c, nought where straight on or back. */
const turn = (a: LonLat, b: LonLat, c: LonLat) =>
  (lonOf(b) - lonOf(a)) * (latOf(c) - latOf(a)) - (latOf(b) - latOf(a)) * (lonOf(c) - lonOf(a));
const along = (from: LonLat, a: LonLat, b: LonLat) =>
  (lonOf(a) - lonOf(from)) * (lonOf(b) - lonOf(from)) + (latOf(a) - latOf(from)) * (latOf(b) - latOf(from));
