import type { VehicleType } from './vehicle.ts';

/** What people call the types in our markets. */
const names: Readonly<Record<VehicleType, readonly string[]>> = {
  motorcycle: [
    'motorcycle',
    'motorcycles',
    'motorbike',
    'motorbikes',
    'bike',
    'bikes',
    'moto',
    'motos',
    'boda',
    'bodas',
    'bodaboda',
    'pikipiki',
    'ppikipiki',
  ],
  car: ['car', 'cars', 'gari', 'magari', 'motoka', 'emmotoka', 'imodoka'],
  van: ['van', 'vans', 'minivan', 'minivans', 'minibus', 'minibuses'],
  truck: ['truck', 'trucks', 'lorry', 'lorries', 'lori', 'malori', 'loli', 'ikamyo'],
};
const types = new Map(
  Object.entries(names).flatMap(([type, of]) => of.map((name) => [name, type as VehicleType] as const)),
);

/** Words that say nothing of a vehicle. */
const idle = new Set(['a', 'an', 'and', 'for', 'in', 'of', 'on', 'or', 'the', 'to', 'with', 'ya', 'wa', 'na', 'kwa']);

/** Letters of the shortest word of which an error of typing is forgiven: shorter ones are other words. */
const FORGIVEN = 6;

export interface TypedWords {
  /** A vehicle is of one of these types, or has one of the words; the same of years. Empty where none was typed. */
  readonly types: readonly VehicleType[];
  readonly typeWords: readonly string[];
  readonly years: readonly number[];
  /** What else was typed, which a vehicle has all of. */
  readonly rest: string;
}

/** What was typed of a type and a year, and the rest; null where there is no word in it. */
export function readTyped(typed: string): TypedWords | null {
  const all = typed.toLowerCase().match(/[\p{L}\p{N}]+/gu);
  if (all === null) return null;
  const told = all.filter((word) => !idle.has(word));
  const typeWords = told.flatMap((word) => typeName(word) ?? []);
  const isYear = (word: string) => /^(19[5-9]|20\d)\d$/.test(word);
  return {
    types: [...new Set(typeWords.flatMap((word) => types.get(word) ?? []))],
    typeWords,
    years: told.filter(isYear).map(Number),
    rest: told.filter((word) => !isYear(word) && typeName(word) === undefined).join(' '),
  };
}

function typeName(word: string): string | undefined {
  if (types.has(word)) return word;
  return word.length < FORGIVEN ? undefined : [...types.keys()].find((name) => isOneApart(word, name));
}

/** Whether one letter is missing, too many, another one, or has changed places with the next. */
function isOneApart(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length < FORGIVEN || long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  const isSwapped = short[at] === long[at + 1] && short[at + 1] === long[at];
  return short.slice(at + 1) === long.slice(at + 1) || (isSwapped && short.slice(at + 2) === long.slice(at + 2));
}
