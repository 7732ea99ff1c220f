import { inGsm } from '../gsm.ts';
import { clipped } from './typed.ts';

/** Characters of a vehicle's name on a screen, and of the place where it stands. */
export const NAME_SHOWN = 24;
const PLACE = 12;
const END_OF_PLATE = 4;

interface Listed {
  readonly vehicle: string;
  readonly year: number;
  readonly place: string | null;
  readonly registration: string;
}

/** What may tell vehicles of one name apart, the shortest first. */
const ways: readonly ((one: Listed) => string)[] = [
  ({ year }) => `${year}`,
  ({ year, place }) => (place === null ? '' : `${year} ${clipped(place, PLACE)}`),
  ({ year, registration }) =>
    `${year} ${registration
      .replaceAll(/[^A-Za-z0-9]/g, '')
      .slice(-END_OF_PLATE)
      .toUpperCase()}`,
];

/**
 * By what vehicles of a list are told apart that read the same on a screen: the year, where that does not the place too, and
 * else the end of the plate.
 *
 * @returns for each of them; null for one that nothing else reads like
 */
export function marksOf(vehicles: readonly Listed[]): (string | null)[] {
  const read = ({ vehicle }: Listed) => inGsm(clipped(vehicle, NAME_SHOWN));
  return vehicles.map((one) => {
    const alike = vehicles.filter((other) => read(other) === read(one));
    if (alike.length === 1) return null;
    const isClear = (way: (of: Listed) => string) => {
      const told = alike.map(way);
      return !told.includes('') && new Set(told).size === alike.length;
    };
    return (ways.find(isClear) ?? ways.at(-1))?.(one) ?? null;
  });
}
