import { z } from 'zod';
import type { FieldError } from '../errors.ts';
import { marketRules, markets } from '../markets.ts';
import { MOST_MONEY, currencies } from '../money.ts';
import { identifiersOf, wrongIdentifiers } from './identifiers.ts';
import { vehicleTypes } from './vehicle.ts';

/** The columns of a file of vehicles. Prices are minor units of the currency; features have semicolons between them. */
export const csvColumns = [
  'market',
  'type',
  'make',
  'model',
  'year',
  'price',
  'currency',
  'registration',
  'vin',
  'odometerKm',
  'speedLimitKph',
  'lat',
  'lon',
  'place',
  'features',
  'branch',
] as const;
const optional = ['odometerKm', 'speedLimitKph', 'lat', 'lon', 'place', 'features', 'branch'] as const;
export const requiredColumns = csvColumns.filter((name) => !optional.some((one) => one === name));

// oxlint-disable-next-line no-control-regex -- what no cell may have
const printable = /^[^\u0000-\u001f\u007f-\u009f]*$/;
const words = (most: number) =>
  z.string().trim().regex(printable, 'must have no control characters').min(1, 'must not be empty').max(most);
const whole = (least: number, most: number) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most));
const degrees = (most: number) =>
  z
    .string()
    .trim()
    .regex(/^-?\d{1,3}(\.\d{1,12})?$/, 'must be degrees')
    .transform(Number)
    .pipe(z.number().min(-most).max(most));
const orNull = <T extends z.ZodType>(of: T) => z.union([z.literal('').transform(() => null), of]);

/** A word of a list, in whatever letters a spreadsheet has written it. */
const inCapitals = (cell: unknown) => (typeof cell === 'string' ? cell.trim().toUpperCase() : cell);
const inSmall = (cell: unknown) => (typeof cell === 'string' ? cell.trim().toLowerCase() : cell);

const cells = z.object({
  market: z.preprocess(inCapitals, z.enum(markets)),
  type: z.preprocess(inSmall, z.enum(vehicleTypes)),
  make: words(60),
  model: words(60),
  year: whole(1950, 2100),
  price: whole(1, MOST_MONEY),
  currency: z.preprocess(inCapitals, z.enum(currencies)),
  registration: words(20),
  vin: words(40),
  odometerKm: orNull(whole(0, 5_000_000)).optional(),
  speedLimitKph: orNull(whole(10, 200)).optional(),
  lat: orNull(degrees(90)).optional(),
  lon: orNull(degrees(180)).optional(),
  place: orNull(words(200)).optional(),
  features: z
    .string()
    .transform((all) =>
      all
        .split(';')
        .map((one) => one.trim())
        .filter((one) => one !== ''),
    )
    .pipe(z.array(words(40)).max(20))
    .optional(),
  /** The name of one of the market. */
  branch: orNull(words(60)).optional(),
});

/** A line of a file, as a vehicle; undefined for which it has no column. */
export type VehicleLine = z.infer<typeof cells>;

/** Reads a line. A cell that was written for a spreadsheet loses the apostrophe again that keeps it from being a formula. */
export function readLine(
  line: Readonly<Record<string, string>>,
): { readonly row: VehicleLine } | { readonly errors: readonly FieldError[] } {
  const plain = Object.fromEntries(
    Object.entries(line).map(([name, cell]) => [name, cell.replace(/^'(?=[=+\-@\t\r])/, '')]),
  );
  const { data, error } = cells.safeParse(plain);
  if (data === undefined)
    return { errors: error.issues.map(({ path, message }) => ({ path: path.join('.').split('.')[0] ?? '', message })) };
  const errors = [...wrongIdentifiers(data, data.market)];
  const { currency, lineUnit } = marketRules(data.market);
  if (data.currency !== currency) errors.push({ path: 'currency', message: `must be ${currency} in ${data.market}` });
  else if (data.price % lineUnit !== 0) errors.push({ path: 'price', message: `must be a multiple of ${lineUnit}` });
  const [hasLat, hasLon] = [data.lat, data.lon].map((one) => one !== null && one !== undefined);
  if (hasLat !== hasLon) errors.push({ path: hasLat === true ? 'lon' : 'lat', message: 'is needed beside the other' });
  return errors.length > 0 ? { errors } : { row: identifiersOf(data, data.market) };
}

/**
 * The text of a file: UTF-8, or what its byte-order mark says.
 *
 * @returns the first line, from 1, that has other bytes: a table that was saved in the letters of one country
 */
export function readTable(bytes: Uint8Array): { readonly table: string; readonly brokenLine: number | null } {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const table = new TextDecoder(isUtf16 ? (first === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8').decode(bytes);
  const broken = isUtf16 ? -1 : table.indexOf('\uFFFD');
  if (broken === -1 || isWellWritten(bytes)) return { table, brokenLine: null };
  return { table, brokenLine: table.slice(0, broken).split('\n').length };
}

/** The character that stands for what cannot be read may be written itself. */
function isWellWritten(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The name of a column, however a spreadsheet has written it. */
export function columnOf(heading: string): string {
  const said = heading.trim().toLowerCase();
  return csvColumns.find((name) => name.toLowerCase() === said) ?? heading.trim();
}

/**
 * What is between the fields, and which line has the columns: a first line of `sep=` says it, else the columns do. A spreadsheet
 * of many a country writes semicolons, and what is copied out of one has tabs.
 */
export function tableForm(table: string): { readonly delimiter: string; readonly headerLine: 1 | 2 } {
  const [first = ''] = table.split('\n', 1);
  const said = /^"?sep=([,;\t])"?\r?$/i.exec(first)?.[1];
  if (said !== undefined) return { delimiter: said, headerLine: 2 };
  const found = first.includes(',') ? undefined : [';', '\t'].find((one) => first.includes(one));
  return { delimiter: found ?? ',', headerLine: 1 };
}
