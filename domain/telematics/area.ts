/** Longitude and latitude in degrees (WGS 84), as GeoJSON has them; an altitude behind them says nothing here. */
export type LonLat = readonly number[];
/** Closed: the last position is the first again. */
export type Ring = readonly LonLat[];
/** The outer ring, then the holes. */
export type Rings = readonly Ring[];

/** A GeoJSON geometry (RFC 7946, 3.1.6 and 3.1.7). */
export type Area =
  | { readonly type: 'Polygon'; readonly coordinates: Rings }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly Rings[] };

export const polygonsOf = (area: Area): readonly Rings[] =>
  area.type === 'Polygon' ? [area.coordinates] : area.coordinates;

/** West, south, east, north. */
export type Box = readonly [number, number, number, number];

export function boxOf(positions: Iterable<LonLat>): Box {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const at of positions) {
    west = Math.min(west, lonOf(at));
    south = Math.min(south, latOf(at));
    east = Math.max(east, lonOf(at));
    north = Math.max(north, latOf(at));
  }
  return [west, south, east, north];
}

export const lonOf = (at: LonLat): number => at[0] ?? Number.NaN;
export const latOf = (at: LonLat): number => at[1] ?? Number.NaN;

/** Stretches of some length, in their order. */
export function edgesOf(ring: Ring): (readonly [LonLat, LonLat])[] {
  return ring.slice(1).flatMap((b, index) => {
    const a = ring[index];
    return a === undefined || same(a, b) ? [] : [[a, b] as const];
  });
}

export const same = (a: LonLat, b: LonLat) => lonOf(a) === lonOf(b) && latOf(a) === latOf(b);
