import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { stringify } from 'csv-stringify/sync';
import { importVehicles } from '#use-cases/vehicles/import-vehicles';
import { branchNames } from '#db/queries/branches';
import { prepareSearch, searchVehicles, type VehicleFilter } from '#db/queries/vehicle-search';
import type { VehicleRow } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { csvColumns } from '#domain/vehicles/csv';
import type { ApiDependencies } from '../dependencies.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, router, staff } from '../route.ts';
import { filters } from './search.ts';

const tag = 'vehicles';
/** Vehicles that are read at a time. */
const CHUNK = 1_000;

const file = z.instanceof(File, { error: 'must be a file' }).openapi({
  type: 'string',
  format: 'binary',
  description: 'CSV in UTF-8, fields between commas or semicolons, at most 10 MB and 50,000 lines',
});
const upload = z.strictObject({
  file,
  dryRun: z.enum(['true', 'false']).optional().openapi({ description: 'Says what would be, and writes nothing' }),
});
const report = z
  .object({
    lines: z.int(),
    created: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    errors: z
      .array(z.object({ line: z.int(), field: z.string(), message: z.string() }))
      .openapi({ description: 'Of a dry run; otherwise what is wrong is 422, and nothing is written' }),
  })
  .openapi('ImportReport');

/** Vehicles as a table, in and out. */
export function vehicleCsvRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/import',
      summary: 'Take in a CSV of vehicles, all of it or nothing; what is there already is found by its VIN',
      tag,
      roles: staff,
      body: upload,
      multipart: true,
      status: 200,
      answer: report,
    }),
    async (c) => {
      const given = upload.safeParse(await c.req.parseBody());
      if (!given.success) throw invalidInput(given.error);
      const dryRun = given.data.dryRun === 'true';
      const content = Readable.from([new Uint8Array(await given.data.file.arrayBuffer())]);
      const found = await importVehicles(db, callerOf(c).actor, { file: content, dryRun });
      if (dryRun || found.errors.length === 0) return c.json(found, 200);
      const errors = found.errors.map(({ line, field, message }) => ({
        path: field === '' ? `lines.${line}` : `lines.${line}.${field}`,
        message,
      }));
      throw new Problem('unprocessable', 'Nothing is taken in: errors names each line and its field', errors);
    },
  );

  const route = defineRoute(deps, {
    method: 'get',
    path: '/vehicles/export',
    summary: 'A search as a CSV that may be taken in again, the oldest first',
    tag,
    roles: staff,
    query: z.object(filters),
    status: 200,
    answer: z.unknown(),
  });
  const found = { description: 'The vehicles', content: { 'text/csv': { schema: z.string() } } };
  app.openapi({ ...route, responses: { ...route.responses, 200: found } }, (c) => {
    const lines = Readable.from(exported(deps, c.req.valid('query')));
    const body: unknown = Readable.toWeb(lines);
    return c.body(body as ReadableStream, 200, {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="vehicles.csv"',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    });
  });
  return app;
}

async function* exported({ db }: ApiDependencies, filter: VehicleFilter): AsyncGenerator<string> {
  // By the byte-order mark a spreadsheet knows that it is UTF-8, and saves it so again.
  yield `\uFEFF${asCsv([[...csvColumns]])}`;
  const search = await prepareSearch(db, filter, true);
  for (let after: readonly [string, string] | undefined; ;) {
    const rows = await searchVehicles(db, search, 'created', { limit: CHUNK, after });
    const last = rows.at(-1);
    if (last === undefined) return;
    const found = rows.map(({ vehicle }) => vehicle);
    const branches = await branchNames(db, found);
    yield asCsv(found.map((vehicle) => cellsOf(vehicle, branches)));
    if (rows.length < CHUNK) return;
    after = [last.key, last.vehicle.id];
  }
}

/** Text that a spreadsheet would take for a formula begins with an apostrophe; a number with a minus is none. */
const asCsv = (rows: readonly (readonly (string | number | null)[])[]) =>
  stringify(
    rows.map((row) => [...row]),
    {
      record_delimiter: '\r\n',
      escape_formulas: true,
      cast: { number: String },
    },
  );

function cellsOf(row: VehicleRow, branches: ReadonlyMap<string, string>): (string | number | null)[] {
  const cells: Readonly<Record<(typeof csvColumns)[number], string | number | null>> = {
    market: row.market,
    type: row.type,
    make: row.make,
    model: row.model,
    year: row.year,
    price: row.price,
    currency: row.currency,
    registration: row.registration,
    vin: row.vin,
    odometerKm: row.odometerKm,
    speedLimitKph: row.speedLimitKph,
    lat: row.latitude,
    lon: row.longitude,
    place: row.place,
    features: row.features.join(';'),
    branch: row.branchId === null ? null : (branches.get(row.branchId) ?? null),
  };
  return csvColumns.map((name) => cells[name]);
}
