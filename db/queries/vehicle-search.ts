import {
  and,
  arrayContains,
  asc,
  desc,
  eq,
  gte,
  ilike,
  lte,
  ne,
  not,
  notInArray,
  or,
  sql,
  type SQL,
} from 'drizzle-orm';
import { marketRules, type Market } from '#domain/markets';
import { annuityText } from '#domain/vehicles/declining';
import { currencies } from '#domain/money';
import type { Frequency } from '#domain/vehicles/plan';
import { leftFleet, vehicleTypes, type VehicleStatus, type VehicleType } from '#domain/vehicles/vehicle';
import type { Queryable } from '../client.ts';
import { plans, vehicles } from '../schema/index.ts';
import { hasNumber, numberFirst } from './vehicle-number.ts';
import { hasWords, lexemesFor, wordsMeant, type MeantWords } from './vehicle-words.ts';
import { isHidden, metres, metresTold } from './vehicle-place.ts';
import type { PlanRow, VehicleRow } from './vehicles.ts';

export const vehicleSorts = [
  'relevance',
  '-created',
  'created',
  'price',
  '-price',
  'instalment',
  '-instalment',
  'year',
  '-year',
  'distance',
] as const;
export type VehicleSort = (typeof vehicleSorts)[number];

export interface VehicleFilter {
  readonly type?: VehicleType | undefined;
  readonly market?: Market | undefined;
  readonly make?: string | undefined;
  readonly status?: VehicleStatus | undefined;
  readonly feature?: string | undefined;
  readonly branchId?: string | undefined;
  /** Minor units. */
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  /** Of any plan of the market, or of those of a frequency; minor units. */
  readonly minInstalment?: number | undefined;
  readonly maxInstalment?: number | undefined;
  readonly frequency?: Frequency | undefined;
  readonly q?: string | undefined;
  /** Sorts by distance from there, and answers it. */
  readonly near?: { readonly lat: number; readonly lon: number } | undefined;
  readonly withinKm?: number | undefined;
}

/** What is asked, in words that the database has: what was typed as words that are known, and the plans that count. */
export interface Search {
  readonly filter: VehicleFilter;
  /** They find what has left the fleet too: `sold` among the others, `retired` by its name. */
  readonly isForStaff: boolean;
  /** Null where nothing was typed, undefined where nothing can match what was. */
  readonly words: MeantWords | null | undefined;
  readonly plans: readonly PlanRow[];
}

/** Prepares a search: its words and its plans. */
export async function prepareSearch(db: Queryable, filter: VehicleFilter, isForStaff: boolean): Promise<Search> {
  const offered = and(
    eq(plans.active, true),
    filter.market === undefined ? undefined : eq(plans.market, filter.market),
    filter.frequency === undefined ? undefined : eq(plans.frequency, filter.frequency),
  );
  const [rows, words] = await Promise.all([
    db.select().from(plans).where(offered).orderBy(plans.id),
    filter.q === undefined ? null : wordsMeant(db, filter.q),
  ]);
  return { filter, isForStaff, words, plans: rows };
}

/** An instalment of a plan in minor units, as `ordinaryInstalment` has it: null for vehicles that the plan is not for. */
function instalmentOn(plan: PlanRow): SQL {
  const { lineUnit } = marketRules(plan.market);
  const unit = sql.raw(String(lineUnit));
  const whole = (value: number) => sql.raw(String(Math.trunc(value)));
  const most = (of: SQL) => sql`(${of} - 1) / ${unit} * ${unit}`;
  const subsidy = sql`least(${most(sql`${vehicles.price}`)}, ${whole(plan.subsidy?.amount ?? 0)}::bigint)`;
  const price = sql`(${vehicles.price} - ${subsidy})`;
  const percent = sql`(${price} * ${whole(plan.depositPercent)} + 100 * ${unit} - 1) / (100 * ${unit}) * ${unit}`;
  const deposit = sql`least(${most(price)}, greatest(${percent}, ${whole(plan.depositAmount ?? 0)}::bigint))`;
  const financed = sql`(${price} - ${deposit}) * ${whole(100 + plan.markupPercent)}`;
  const parts = sql`(100 * ${whole(plan.instalments)} * ${unit})`;
  const types = sql.raw(
    plan.vehicleTypes
      .filter((type) => vehicleTypes.includes(type))
      .map((type) => `'${type}'`)
      .join(', '),
  );
  const markedUp = sql`(${financed} + ${parts} - 1) / ${parts} * ${unit}`;
  const annuity = sql.raw(annuityText({ ...plan, annualRatePercent: plan.annualRatePercent ?? 0, unit: lineUnit }));
  const principal = sql`(${price} - ${deposit} + ${unit} - 1) / ${unit}`;
  const declining = sql`greatest(1, floor(${principal} * ${annuity}))::bigint * ${unit}`;
  return sql`case when ${vehicles.market} = ${sql.raw(`'${plan.market}'`)} and ${vehicles.type} in (${types})
    then ${plan.method === 'declining' ? declining : markedUp} end`;
}

/** The least instalment of all plans, or null. */
const leastInstalment = (offered: readonly PlanRow[]): SQL =>
  offered.length === 0 ? sql`null::bigint` : sql`least(${sql.join(offered.map(instalmentOn), sql`, `)})`;

interface Order {
  readonly key: SQL;
  /** What the key is, so that the place in a cursor compares by an index. */
  readonly as: 'bigint' | 'timestamptz' | 'integer';
  readonly descending: boolean;
}

const FARTHEST = 99_999_999;
const DEAREST = '9000000000000000';

function orderOf(sort: VehicleSort, search: Search): Order {
  const { filter, words, plans: offered } = search;
  switch (sort) {
    case 'price':
    case '-price':
      return { key: sql`${vehicles.price}`, as: 'bigint', descending: sort === '-price' };
    case 'instalment':
      return { key: sql`coalesce(${leastInstalment(offered)}, ${sql.raw(DEAREST)})`, as: 'bigint', descending: false };
    case '-instalment':
      return { key: sql`coalesce(${leastInstalment(offered)}, -1)`, as: 'bigint', descending: true };
    case 'year':
    case '-year':
      return { key: sql`${vehicles.year}`, as: 'integer', descending: sort === '-year' };
    case 'distance': {
      const far = filter.near === undefined ? sql`null` : sql`round(${metresTold(filter.near, search)})`;
      return { key: sql`coalesce(${far}, ${sql.raw(String(FARTHEST))})::bigint`, as: 'bigint', descending: false };
    }
    case 'relevance': {
      const rank = sql`round(ts_rank(${lexemesFor(isHidden(search))}, ${words?.rest ?? ''}::tsquery) * 1000000)::bigint`;
      return { key: sql`(${rank} + ${numberFirst(search)})`, as: 'bigint', descending: true };
    }
    case 'created':
    case '-created':
      return { key: sql`${vehicles.createdAt}`, as: 'timestamptz', descending: sort === '-created' };
  }
}

const literally = (text: string) => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

/** What facets count, by what else was asked. */
const narrowed = {
  type: ({ filter: { type } }: Search) => (type === undefined ? undefined : eq(vehicles.type, type)),
  market: ({ filter: { market } }: Search) => (market === undefined ? undefined : eq(vehicles.market, market)),
  make: ({ filter: { make } }: Search) => (make === undefined ? undefined : ilike(vehicles.make, literally(make))),
  status: ({ filter: { status } }: Search) => (status === undefined ? undefined : eq(vehicles.status, status)),
  price: ({ filter: { minPrice, maxPrice } }: Search) =>
    and(
      minPrice === undefined ? undefined : gte(vehicles.price, minPrice),
      maxPrice === undefined ? undefined : lte(vehicles.price, maxPrice),
    ),
} as const;

function shown({ status }: VehicleFilter, isForStaff: boolean): SQL | undefined {
  if (!isForStaff) return notInArray(vehicles.status, [...leftFleet]);
  return status === 'retired' ? undefined : ne(vehicles.status, 'retired');
}

/** The rest of what was asked. */
function others(search: Search): SQL | undefined {
  const { filter, isForStaff, words, plans: offered } = search;
  const { near, withinKm, minInstalment, maxInstalment, frequency } = filter;
  const hidden = isHidden(search);
  const inRange = (plan: PlanRow) => {
    const [low, high] = [minInstalment ?? 0, maxInstalment ?? Number.MAX_SAFE_INTEGER];
    return sql`${instalmentOn(plan)} between ${low}::bigint and ${high}::bigint`;
  };
  const asksInstalment = minInstalment !== undefined || maxInstalment !== undefined || frequency !== undefined;
  return and(
    shown(filter, isForStaff),
    filter.branchId === undefined
      ? undefined
      : and(eq(vehicles.branchId, filter.branchId), hidden === null ? undefined : not(hidden)),
    filter.feature === undefined ? undefined : arrayContains(vehicles.features, [filter.feature]),
    near === undefined || withinKm === undefined
      ? undefined
      : sql`${metresTold(near, search)} <= ${withinKm * 1_000}::float8`,
    asksInstalment ? (or(...offered.map(inRange)) ?? sql`false`) : undefined,
    words === null ? undefined : or(hasNumber(search), hasWords(words, hidden)),
  );
}

export interface FoundVehicle {
  readonly vehicle: VehicleRow;
  /** The sort key, as a cursor has it. */
  readonly key: string;
  /** From `near`, also of what is hidden. */
  readonly metres: number | null;
}

/** A page of vehicles with the sort key of each, after the place that `after` names. */
export async function searchVehicles(
  db: Queryable,
  search: Search,
  sort: VehicleSort,
  page: { readonly limit: number; readonly after?: readonly [string | number, string] | undefined },
): Promise<FoundVehicle[]> {
  const { key, as, descending } = orderOf(sort, search);
  const { near } = search.filter;
  const compare = sql.raw(descending ? '<' : '>');
  const { after, limit } = page;
  const rows = await db
    .select({
      vehicle: vehicles,
      key: sql<string>`(${as === 'timestamptz' ? sql`extract(epoch from ${key}) * 1000` : key})::text`,
      metres: near === undefined ? sql<null>`null` : sql<number | null>`round(${metres(near)})`.mapWith(Number),
    })
    .from(vehicles)
    .where(
      and(
        ...Object.values(narrowed).map((one) => one(search)),
        others(search),
        after === undefined
          ? undefined
          : sql`(${key}, ${vehicles.id}) ${compare} (${place(after[0], as)}, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(descending ? desc(key) : asc(key), descending ? desc(vehicles.id) : asc(vehicles.id))
    .limit(limit);
  return rows;
}

const place = (key: string | number, as: Order['as']) =>
  as === 'timestamptz' ? sql`to_timestamp(${key}::numeric / 1000)` : sql`${key}::numeric::${sql.raw(as)}`;

export interface Facets {
  readonly total: number;
  readonly counts: Readonly<
    Record<'type' | 'market' | 'make' | 'status' | 'feature', readonly { value: string; count: number }[]>
  >;
  /** Of each currency, minor units. */
  readonly prices: readonly { currency: (typeof currencies)[number]; least: number; most: number }[];
}

/** Values of a facet that are told at most, the commonest first. */
const MOST_VALUES = 50;

interface Counted {
  readonly facet: 'type' | 'market' | 'make' | 'status' | 'price' | 'total';
  readonly value: string | null;
  readonly count: number;
  readonly least: number | null;
  readonly most: number | null;
}

/**
 * How many vehicles there are of each type, market, make and state, by what else was asked: of each, what it would be if
 * another value of it were chosen. What the least and the highest price are, by currency, whatever prices were asked for.
 */
export async function countFacets(db: Queryable, search: Search): Promise<Facets> {
  const fits = (except: string) =>
    and(...Object.entries(narrowed).flatMap(([name, one]) => (name === except ? [] : [one(search)]))) ?? sql`true`;
  const counted = await db.execute<Counted & Record<string, unknown>>(sql`
    with found as materialized (
      select ${vehicles.type} as type, ${vehicles.market}::text as market, ${vehicles.make} as make,
        ${vehicles.status} as status, ${vehicles.currency}::text as currency, ${vehicles.price} as price,
        (${fits('type')}) as for_type, (${fits('market')}) as for_market, (${fits('make')}) as for_make,
        (${fits('status')}) as for_status, (${fits('price')}) as for_price, (${fits('')}) as for_all
      from ${vehicles} where ${others(search) ?? sql`true`}
    )
    select case when grouping(type) = 0 then 'type' when grouping(market) = 0 then 'market'
        when grouping(make) = 0 then 'make' when grouping(status) = 0 then 'status'
        when grouping(currency) = 0 then 'price' else 'total' end as facet,
      coalesce(type, market, make, status, currency) as value,
      case when grouping(type) = 0 then count(*) filter (where for_type)
        when grouping(market) = 0 then count(*) filter (where for_market)
        when grouping(make) = 0 then count(*) filter (where for_make)
        when grouping(status) = 0 then count(*) filter (where for_status)
        when grouping(currency) = 0 then count(*) filter (where for_price)
        else count(*) filter (where for_all) end::int as count,
      (min(price) filter (where for_price))::float8 as least, (max(price) filter (where for_price))::float8 as most
    from found group by grouping sets ((type), (market), (make), (status), (currency), ())`);
  const features = await db.execute<{ value: string; count: number }>(sql`
    select feature as value, count(*)::int as count from ${vehicles}, unnest(${vehicles.features}) as feature
    where ${and(fits(''), others(search))} group by feature order by count(*) desc, feature limit ${MOST_VALUES}`);
  const valuesOf = (facet: Counted['facet']) =>
    counted
      .flatMap((row) =>
        row.facet === facet && row.value !== null && row.count > 0 ? [{ value: row.value, count: row.count }] : [],
      )
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, MOST_VALUES);
  return {
    total: counted.find(({ facet }) => facet === 'total')?.count ?? 0,
    counts: {
      type: valuesOf('type'),
      market: valuesOf('market'),
      make: valuesOf('make'),
      status: valuesOf('status'),
      feature: [...features],
    },
    prices: currencies.flatMap((currency) => {
      const row = counted.find(({ facet, value }) => facet === 'price' && value === currency);
      return row === undefined || row.least === null || row.most === null
        ? []
        : [{ currency, least: row.least, most: row.most }];
    }),
  };
}
