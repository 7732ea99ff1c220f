import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '#db/client';
import type { VehicleRow } from '#db/queries/vehicles';
import { capitalsAndDigits } from '#db/schema/columns';
import { branches, vehicles } from '#db/schema/index';
import { markets } from '#domain/markets';
import { money } from '#domain/money';
import type { Actor } from '#domain/identity/roles';
import {
  columnOf,
  csvColumns,
  tableForm,
  readLine,
  readTable,
  requiredColumns,
  type VehicleLine,
} from '#domain/vehicles/csv';
import { wrongYear } from '#domain/vehicles/identifiers';
import { transact, type Context } from '../context.ts';
import { createVehicles } from './create-vehicle.ts';
import { updateVehicle } from './update-vehicle.ts';

/** Lines that are looked up and written together, that a file has at most, and of which is told what is wrong. */
const TOGETHER = 500;
const MOST_LINES = 50_000;
const MOST_ERRORS = 1_000;

interface LineError {
  /** In the file, the header is 1. */
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

export interface ImportReport {
  lines: number;
  created: number;
  changed: number;
  unchanged: number;
  readonly errors: LineError[];
}

/** Takes back what an import has done, and says what it was. */
class Undone extends Error {
  readonly report: ImportReport;

  constructor(report: ImportReport) {
    super('the import is undone');
    this.report = report;
  }
}

/**
 * Takes in a file of vehicles: who is not there comes in, who is there by his VIN becomes what the file says, and who is
 * so already stays untouched. All lines or none: where anything is wrong nothing is written.
 *
 * @param order.dryRun says what would be, and writes nothing
 */
export async function importVehicles(
  db: Database,
  actor: Actor,
  order: { readonly file: AsyncIterable<Uint8Array>; readonly dryRun: boolean },
): Promise<ImportReport> {
  const report: ImportReport = { lines: 0, created: 0, changed: 0, unchanged: 0, errors: [] };
  try {
    return await transact(db, actor, new Date(), async (context) => {
      // One after the other: two files may name the same vehicle.
      await context.tx.execute(sql`select pg_advisory_xact_lock(hashtext('vehicle import'))`);
      await takeIn(context, order.file, report);
      if (order.dryRun || report.errors.length > 0) throw new Undone(report);
      return report;
    });
  } catch (error) {
    if (error instanceof Undone) return error.report;
    throw error;
  }
}

interface Line {
  readonly line: number;
  readonly row: VehicleLine;
}

/** A line with its branch looked up. */
type Found = VehicleLine & { readonly branchId: string | null | undefined };

async function takeIn(context: Context, file: AsyncIterable<Uint8Array>, report: ImportReport): Promise<void> {
  const seen = { vin: new Map<string, number>(), registration: new Map<string, number>() };
  let together: Line[] = [];
  for await (const { line, cells } of linesOf(file, report)) {
    if (report.errors.length >= MOST_ERRORS) break;
    report.lines += 1;
    if (report.lines > MOST_LINES) {
      report.errors.push({ line, field: '', message: `is one of more than ${MOST_LINES} lines` });
      break;
    }
    const read = readLine(cells);
    if ('errors' in read) {
      report.errors.push(...read.errors.map(({ path, message }) => ({ line, field: path, message })));
      continue;
    }
    const { row } = read;
    const year = wrongYear(row.year, new Date());
    if (year !== null) report.errors.push({ line, field: 'year', message: year });
    const twice = [seenBefore(seen.vin, row.vin, line), seenBefore(seen.registration, plate(row), line)];
    for (const [i, before] of twice.entries())
      if (before !== undefined)
        report.errors.push({ line, field: i === 0 ? 'vin' : 'registration', message: `is in line ${before} too` });
    together.push({ line, row });
    if (together.length < TOGETHER) continue;
    await write(context, together, report);
    together = [];
  }
  if (together.length > 0) await write(context, together, report);
}

const bare = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
const plate = ({ market, registration }: { readonly market: string; readonly registration: string }) =>
  `${market} ${bare(registration)}`;

function seenBefore(seen: Map<string, number>, key: string, line: number): number | undefined {
  const before = seen.get(key);
  if (before === undefined) seen.set(key, line);
  return before;
}

const parsed = z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) });

/** A row with nothing in it is none: a spreadsheet writes such below its table. */
const blanks = { skip_empty_lines: true, skip_records_with_empty_values: true } as const;

/** The lines of a file by their columns. What is no CSV ends it with an error. */
async function* linesOf(file: AsyncIterable<Uint8Array>, report: ImportReport) {
  const wrong = (line: number, field: string, message: string) => report.errors.push({ line, field, message });
  const chunks: Uint8Array[] = [];
  for await (const chunk of file) chunks.push(chunk);
  const { table, brokenLine } = readTable(Buffer.concat(chunks));
  if (brokenLine !== null) {
    wrong(brokenLine, '', 'is not UTF-8: save the table as "CSV UTF-8"');
    return;
  }
  const { delimiter, headerLine } = tableForm(table);
  const columns = (header: string[]) => {
    const names = header.map(columnOf);
    for (const name of requiredColumns)
      if (!names.includes(name)) wrong(headerLine, name, 'is a column that is needed');
    for (const name of names)
      if (!csvColumns.some((one) => one === name)) wrong(headerLine, name, 'is no column of vehicles');
    if (new Set(names).size !== names.length) wrong(headerLine, '', 'has a column twice');
    return names;
  };
  const parser = Readable.from([table]).pipe(
    parse({ delimiter, columns, from_line: headerLine, info: true, ...blanks, max_record_size: 10_000 }),
  );
  try {
    for await (const one of parser) {
      if (report.errors.some(({ line }) => line === headerLine)) return;
      const { record, info } = parsed.parse(one);
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    wrong(typeof error['lines'] === 'number' ? error['lines'] : 1, '', error.message);
  }
}

/** Writes lines that are right by themselves, unless something is wrong elsewhere: then it only says what is wrong with them. */
async function write(context: Context, lines: readonly Line[], report: ImportReport): Promise<void> {
  const [known, branchIds] = [await knownOf(context, lines), await branchesOf(context, lines)];
  const fresh: Found[] = [];
  for (const { line, row: said } of lines) {
    const branchId = said.branch === null ? null : branchIds.get(`${said.market} ${said.branch}`);
    if (branchId === undefined && said.branch !== undefined) {
      report.errors.push({ line, field: 'branch', message: `is no branch in ${said.market}` });
      continue;
    }
    const row = { ...said, branchId };
    const [byVin, byPlate] = [known.get(row.vin), known.get(plate(row))];
    const error = conflict(row, byVin, byPlate);
    if (error !== null) report.errors.push({ line, ...error });
    else if (byVin === undefined) fresh.push(row);
    else if (isSame(row, byVin)) report.unchanged += 1;
    else {
      report.changed += 1;
      if (report.errors.length === 0) await updateVehicle(context, byVin.id, settled(row, byVin));
    }
  }
  report.created += fresh.length;
  if (report.errors.length > 0 || fresh.length === 0) return;
  await createVehicles(
    context,
    fresh.map((row) => ({ ...row, ...settled(row), photos: [] })),
  );
}

/** The ids of branches that lines name, by market and name. */
async function branchesOf({ tx }: Context, lines: readonly Line[]): Promise<ReadonlyMap<string, string>> {
  const names = new Set(lines.flatMap(({ row }) => row.branch ?? []));
  if (names.size === 0) return new Map();
  const rows = await tx
    .select()
    .from(branches)
    .where(inArray(branches.name, [...names]));
  return new Map(rows.map(({ id, market, name }) => [`${market} ${name}`, id]));
}

/** Vehicles that lines may mean, locked, by VIN and by registration. */
async function knownOf({ tx }: Context, lines: readonly Line[]): Promise<ReadonlyMap<string, VehicleRow>> {
  const vins = lines.map(({ row }) => row.vin);
  const byPlate = markets.map((market) => {
    const plates = lines.flatMap(({ row }) => (row.market === market ? [bare(row.registration)] : []));
    return and(eq(vehicles.market, market), inArray(capitalsAndDigits(vehicles.registration), plates));
  });
  const rows = await tx
    .select()
    .from(vehicles)
    .where(or(inArray(vehicles.vin, vins), ...byPlate))
    .orderBy(vehicles.id)
    .for('update');
  return new Map(
    rows.flatMap(
      (row) =>
        [
          [plate(row), row],
          [row.vin, row],
        ] as const,
    ),
  );
}

function conflict(row: Found, byVin: VehicleRow | undefined, byPlate: VehicleRow | undefined) {
  if (byPlate !== undefined && byPlate.id !== byVin?.id)
    return { field: 'registration', message: 'is of another vehicle' };
  if (byVin === undefined) return null;
  if (byVin.market !== row.market) return { field: 'market', message: `is ${byVin.market} already` };
  if (byVin.type !== row.type) return { field: 'type', message: `is ${byVin.type} already` };
  if (byVin.status === 'retired' && !isSame(row, byVin))
    return { field: 'vin', message: 'is of a vehicle that is retired' };
  return null;
}

/**
 * What a vehicle is by its line: for which the file has no column it stays as it is. No file turns an odometer back: an older
 * one was written before the last handover or inspection read it.
 */
function settled(row: Found, known?: VehicleRow) {
  const { make, model, year, price, currency, registration, odometerKm, branchId } = row;
  const { speedLimitKph = known?.speedLimitKph ?? null, features = known?.features ?? [] } = row;
  return {
    make,
    model,
    year,
    registration,
    speedLimitKph,
    features,
    branchId,
    price: money(price, currency),
    odometerKm: Math.max(odometerKm ?? 0, known?.odometerKm ?? 0),
    location: locationOf(row, known),
  };
}

/** A vehicle that is elsewhere than before is not at a place of the same name. */
function locationOf(row: Found, known: VehicleRow | undefined) {
  const { lat = known?.latitude ?? null, lon = known?.longitude ?? null } = row;
  if (lat === null || lon === null) return null;
  const isThere = lat === known?.latitude && lon === known.longitude;
  return { lat, lon, place: row.place === undefined ? (isThere ? known.place : null) : row.place };
}

function isSame(row: Found, known: VehicleRow): boolean {
  const { location, ...is } = settled(row, known);
  return (
    is.make === known.make &&
    is.model === known.model &&
    is.year === known.year &&
    is.price.amount === known.price &&
    plate(row) === plate(known) &&
    is.odometerKm === known.odometerKm &&
    is.speedLimitKph === known.speedLimitKph &&
    (location?.lat ?? null) === known.latitude &&
    (location?.lon ?? null) === known.longitude &&
    (location?.place ?? null) === known.place &&
    is.features.join(';') === known.features.join(';') &&
    (is.branchId === undefined || is.branchId === known.branchId)
  );
}
