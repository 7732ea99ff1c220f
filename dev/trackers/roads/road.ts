/** Latitude and longitude in degrees. */
export type Point = readonly [lat: number, lon: number];

/** Roads by their names: they cross where both have the same point. */
export interface City {
  readonly centre: Point;
  readonly roads: Readonly<Record<string, readonly Point[]>>;
}

const KM_PER_DEGREE = 111.2;

/** km between two points near each other. */
export function kmBetween([aLat, aLon]: Point, [bLat, bLon]: Point): number {
  return KM_PER_DEGREE * Math.hypot(bLat - aLat, (bLon - aLon) * Math.cos((aLat * Math.PI) / 180));
}

/** Degrees from north, clockwise. */
export function headingTo([aLat, aLon]: Point, [bLat, bLon]: Point): number {
  const east = (bLon - aLon) * Math.cos((aLat * Math.PI) / 180);
  return ((Math.atan2(east, bLat - aLat) * 180) / Math.PI + 360) % 360;
}

/** The point so many metres north and east of another. */
export function shifted([lat, lon]: Point, north: number, east: number): Point {
  const degrees = 1 / (KM_PER_DEGREE * 1_000);
  return [lat + north * degrees, lon + (east * degrees) / Math.cos((lat * Math.PI) / 180)];
}
