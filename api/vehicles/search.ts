import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { trackedPlaces, vehiclesHeldBy, type TrackedPlace } from '#db/queries/vehicles';
import {
  countFacets,
  prepareSearch,
  searchVehicles,
  vehicleSorts,
  type FoundVehicle,
  type Search,
  type VehicleFilter,
  type VehicleSort,
} from '#db/queries/vehicle-search';
import { wrongInput } from '#domain/errors';
import { money } from '#domain/money';
import { leastInstalment } from '#domain/vehicles/least-instalment';
import { frequencies } from '#domain/vehicles/plan';
import { vehicleStatuses, vehicleTypes } from '#domain/vehicles/vehicle';
import type { ApiEnvironment } from '../context.ts';
import { badCursor, decodeCursor, encodeCursor } from '../cursor.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { isUnchanged } from '../etag.ts';
import { defineRoute, router } from '../route.ts';
import { balance, listOf, market, pageQuery, text, uuid, wholeNumber } from '../schemas.ts';
import { asAnswer, KeptAnswers, type Kept } from './kept-answers.ts';
import { isAnothers, latitude, longitude, notToBeHad, presentVehicle, vehicle, viewerOf } from './vehicles.ts';

const near = z
  .string()
  .trim()
  .regex(/^-?\d{1,2}(\.\d{1,20})?, ?-?\d{1,3}(\.\d{1,20})?$/, 'must be lat,lon')
  .transform((value) => {
    const [lat = 0, lon = 0] = value.split(',').map(Number);
    return { lat, lon };
  })
  .refine(({ lat, lon }) => latitude.safeParse(lat).success && longitude.safeParse(lon).success, 'must be on Earth')
  .openapi({ type: 'string', example: '0.3136,32.5811' });
const minorUnits = (description: string) => wholeNumber(0).optional().openapi({ description });
export const filters = {
  type: z.enum(vehicleTypes).optional(),
  market: market.optional(),
  make: text(60).optional(),
  status: z
    .enum(vehicleStatuses)
    .optional()
    .openapi({ description: 'What is `sold` or `retired` is found by staff alone' }),
  feature: text(40).optional(),
  branchId: uuid.optional(),
  minPrice: minorUnits('Minor units'),
  maxPrice: minorUnits('Minor units'),
  minInstalment: minorUnits('Minor units, on any plan of its market, or on those of `frequency`'),
  maxInstalment: minorUnits('Minor units, on the same plan'),
  frequency: z.enum(frequencies).optional().openapi({ description: 'Only what has a plan with such instalments' }),
  near: near.optional(),
  withinKm: wholeNumber(1, 20_000).optional().openapi({ description: 'From `near`' }),
  q: text(80).optional().openapi({
    description: 'In make, model, features or place; errors of typing are forgiven. For staff a plate or VIN as well',
  }),
};
const vehicleSearch = z.object({
  ...pageQuery,
  ...filters,
  sort: z.enum(vehicleSorts).optional().openapi({
    description: 'By default the nearest with `near`, what fits best with `q`, otherwise the newest first',
  }),
});

const foundVehicle = vehicle
  .extend({
    distanceKm: z.number().nullable().openapi({ description: 'From `near` to where it stands for sale' }),
    instalmentFrom: z
      .object({ planId: uuid, frequency: z.enum(frequencies), amount: balance })
      .nullable()
      .openapi({ description: 'The least instalment of its plans, or of those of `frequency`' }),
  })
  .openapi('FoundVehicle');

const counts = z.array(z.object({ value: z.string(), count: z.int() }));
const facets = z
  .object({
    total: z.int(),
    type: counts,
    market: counts,
    make: counts,
    status: counts,
    feature: counts,
    price: z.array(z.object({ least: balance, most: balance })).openapi({ description: 'For each currency' }),
  })
  .openapi('Facets', {
    description: 'How many there are of each value, if that value were chosen instead; the commonest 50 first',
  });

const tag = 'vehicles';
const unchanged = { 304: { description: 'It is as it was' } };

/** The catalogue as people search it. */
export function searchRoutes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  const answers = new KeptAnswers(deps);

  const list = defineRoute(deps, {
    method: 'get',
    path: '/vehicles',
    summary: 'Search the catalogue',
    tag,
    roles: 'public',
    query: vehicleSearch,
    status: 200,
    answer: listOf(foundVehicle),
  });
  app.openapi({ ...list, responses: { ...list.responses, ...unchanged } }, async (c) => {
    const asked = c.req.valid('query');
    const viewer = viewerOf(c);
    const isForStaff = viewer?.staff === true;
    const page = { ...askedPage(asked), isForStaff };
    const find = () => foundPage(deps, page);
    const question = `list ${isForStaff} ${JSON.stringify(asked)}`;
    const kept = await answers.read(question, async () => presentPage(deps, await find(), viewer));
    if (viewer === null) return answer(c, kept, 'public');
    const ids = idsIn(kept);
    const [places, held] = await Promise.all([trackedPlaces(db, ids, viewer), vehiclesHeldBy(db, ids, viewer)]);
    if (places.size + held.size === 0) return answer(c, kept, 'private');
    return answer(c, asAnswer(JSON.stringify(presentPage(deps, await find(), viewer, { places, held }))), 'private');
  });

  const count = defineRoute(deps, {
    method: 'get',
    path: '/vehicles/facets',
    summary: 'How many vehicles a search would find by each value of its filters',
    tag,
    roles: 'public',
    query: z.object(filters),
    status: 200,
    answer: facets,
  });
  app.openapi({ ...count, responses: { ...count.responses, ...unchanged } }, async (c) => {
    const filter = c.req.valid('query');
    refuseUnplaced(filter);
    const viewer = viewerOf(c);
    const isForStaff = viewer?.staff === true;
    const counted = async () => {
      const { total, counts: by, prices } = await countFacets(db, await prepareSearch(db, filter, isForStaff));
      const price = prices.map(({ currency, least, most }) => ({
        least: money(least, currency),
        most: money(most, currency),
      }));
      return { total, ...by, price };
    };
    const kept = await answers.read(`facets ${isForStaff} ${JSON.stringify(filter)}`, counted);
    return answer(c, kept, viewer === null ? 'public' : 'private');
  });
  return app;
}

interface AskedPage {
  readonly filter: VehicleFilter;
  readonly sort: VehicleSort;
  /** What tells cursors of other lists apart. */
  readonly order: string;
  readonly limit: number;
  readonly after: readonly [string | number, string] | undefined;
}

/** @throws Problem invalid_input for an order that needs what was not asked, and for a cursor of another list. */
function askedPage({ limit, cursor, sort: wanted, ...filter }: z.infer<typeof vehicleSearch>): AskedPage {
  const { near, q, frequency } = filter;
  const sort = wanted ?? (near !== undefined ? 'distance' : q !== undefined ? 'relevance' : '-created');
  if (sort === 'distance' && near === undefined) throw needed('near', 'is needed to sort by distance');
  if (sort === 'relevance' && q === undefined) throw needed('q', 'is needed to sort by what fits best');
  refuseUnplaced(filter);
  const by = sort === 'relevance' ? (q ?? '') : sort.endsWith('instalment') ? (frequency ?? '') : '';
  const order = `vehicles ${sort} ${near === undefined ? '' : `${near.lat},${near.lon}`}${by}`;
  const after = decodeCursor(cursor, order);
  if (after !== undefined && !(Number.isFinite(Number(after[0])) && uuid.safeParse(after[1]).success))
    throw badCursor();
  return { filter, sort, order, limit, after };
}

function refuseUnplaced({ near, withinKm }: VehicleFilter): void {
  if (withinKm !== undefined && near === undefined) throw needed('near', 'is needed for a distance');
}

const needed = (path: string, message: string) => wrongInput([{ path, message }]);

interface FoundPage extends AskedPage {
  readonly search: Search;
  /** One more than is shown where there is another page. */
  readonly rows: readonly FoundVehicle[];
}

async function foundPage(
  { db }: ApiDependencies,
  page: AskedPage & { readonly isForStaff: boolean },
): Promise<FoundPage> {
  const search = await prepareSearch(db, page.filter, page.isForStaff);
  const rows = await searchVehicles(db, search, page.sort, { limit: page.limit + 1, after: page.after });
  return { ...page, search, rows };
}

/** What whoever asks may know of vehicles that he has himself, or of where others are. */
interface Own {
  readonly places: ReadonlyMap<string, TrackedPlace>;
  readonly held: ReadonlySet<string>;
}

function presentPage(
  { config }: ApiDependencies,
  { rows, limit, order, search }: FoundPage,
  viewer: ReturnType<typeof viewerOf>,
  { places, held }: Own = { places: new Map(), held: new Set() },
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const data = shown.map(({ vehicle: row, metres }) => {
    const all = presentVehicle(row, config.PUBLIC_URL, places.get(row.id));
    const isHidden = isAnothers(row, viewer, held);
    return {
      ...(isHidden ? notToBeHad(all) : all),
      distanceKm: metres === null || isHidden ? null : Math.round(metres / 100) / 10,
      instalmentFrom: leastInstalment(search.plans, { ...row, price: money(row.price, row.currency) }),
    };
  });
  return {
    data,
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last.key, last.vehicle.id, order) : null,
  };
}

const onlyIds = listOf(z.object({ id: uuid }));
const idsIn = ({ body }: Kept) => onlyIds.parse(JSON.parse(body)).data.map(({ id }) => id);

/** Whoever keeps it asks whether it is still so before it is shown again. */
function answer(c: Context<ApiEnvironment>, { body, etag }: Kept, whose: 'public' | 'private') {
  const headers = { etag, 'cache-control': `${whose}, no-cache`, vary: 'Authorization' };
  if (isUnchanged(c, etag)) return c.body(null, 304, headers);
  return c.body(body, 200, { ...headers, 'content-type': 'application/json' });
}
