import { markets, type Market } from '../markets.ts';
import { latOf, lonOf, polygonsOf, type Area, type LonLat, type Ring } from './area.ts';
import { borders } from './borders.ts';
import { Outline } from './outline.ts';

/** Metres beyond a border from which a place is abroad: the borders are coarse, and so are border towns. */
export const ABROAD = 5_000;

export const countries: Readonly<Record<Market, Outline>> = {
  UG: new Outline(borders.UG),
  KE: new Outline(borders.KE),
  RW: new Outline(borders.RW),
};

const ringsOf = (area: Area) => polygonsOf(area).flat();
const spot = (at: LonLat) => ({ lon: lonOf(at), lat: latOf(at) });

/** Whether all of an area is abroad for each of the markets. */
const isAreaAbroad = (area: Area, of: readonly Market[]): boolean => !of.some((market) => meets(area, market));

function meets(area: Area, market: Market): boolean {
  const [country, outline] = [countries[market], new Outline(area)];
  const isAt = (at: LonLat) => {
    const { inside, border } = country.standing(spot(at));
    return inside || border <= ABROAD;
  };
  const isAcross = (at: LonLat, index: number, ring: Ring) => country.isCrossed(spot(ring[index - 1] ?? at), spot(at));
  if (ringsOf(area).some((ring) => ring.some(isAt) || ring.some(isAcross))) return true;
  // An area may have all of the country within it.
  return ringsOf(borders[market]).some((border) => border.some((at) => outline.contains(spot(at))));
}

/** Why an area cannot be a fence of these markets; null where some of it lies in one of them. None of them: any market. */
export function areaRefusal(area: Area, concerned: readonly Market[]): string | null {
  const of = concerned.length === 0 ? markets : concerned;
  if (!isAreaAbroad(area, of)) return null;
  const where = `lies outside of ${of.join(', ')}`;
  const order = 'a position is its longitude first, then its latitude';
  return isAreaAbroad(swapped(area), of) ? `${where}; ${order}` : `${where}, and inside with both swapped: ${order}`;
}

const swapped = (area: Area): Area => ({
  type: 'MultiPolygon',
  coordinates: polygonsOf(area).map((rings) => rings.map((ring) => ring.map((at) => [latOf(at), lonOf(at)]))),
});
