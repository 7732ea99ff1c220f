import { uuidv7 } from 'uuidv7';
import { findVehicle, type VehicleRow } from '#db/queries/vehicles';
import { vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { marketRules, type Market } from '#domain/markets';
import { money, type Money } from '#domain/money';
import { refuseUnpayable } from '#domain/payable';
import { identifiersOf, wrongYear } from '#domain/vehicles/identifiers';
import type { Photo } from '#domain/vehicles/photograph';
import type { VehicleType } from '#domain/vehicles/vehicle';
import { emit, record, sideBySide, type Context } from '../context.ts';
import { refuseBranch, type BranchPlace } from './branches.ts';
import { holdPictures } from './pictures.ts';
import { unique } from '../unique.ts';

interface NewVehicle {
  /** Of who may ask again; another is made up. */
  readonly id?: string;
  readonly type: VehicleType;
  readonly make: string;
  readonly model: string;
  readonly year: number;
  readonly market: Market;
  readonly price: Money;
  readonly registration: string;
  readonly vin: string;
  readonly odometerKm: number;
  /** Without one the type's limit holds. */
  readonly speedLimitKph?: number | null | undefined;
  readonly location?: BranchPlace | null | undefined;
  /** A branch of its market. */
  readonly branchId?: string | null | undefined;
  readonly features?: readonly string[] | undefined;
  readonly photos: readonly Photo[];
}

/**
 * Said again with the same id it is the vehicle that was made.
 *
 * @throws Problem currency_mismatch; unprocessable for a price that nobody can pay, a year that there is not yet, and for what
 * is no VIN or registration; already_exists naming the registration or the VIN.
 */
export async function createVehicle(context: Context, input: NewVehicle): Promise<VehicleRow> {
  const made = input.id === undefined ? undefined : await findVehicle(context.tx, input.id);
  if (made !== undefined) return made;
  const [row] = await createVehicles(context, [input]);
  if (row === undefined) throw new Problem('internal');
  return row;
}

/** As `createVehicle`, many by one statement. */
export async function createVehicles(context: Context, inputs: readonly NewVehicle[]): Promise<VehicleRow[]> {
  const { tx } = context;
  const places = new Map(inputs.map(({ branchId, market }) => [`${market} ${branchId ?? ''}`, { branchId, market }]));
  for (const { branchId, market } of places.values()) await refuseBranch(context, branchId, market);
  await holdPictures(
    context,
    inputs.flatMap(({ photos }) => photos),
  );
  const rows = await unique(
    tx
      .insert(vehicles)
      .values(inputs.map((input) => columnsOf(context, input)))
      .returning(),
  );
  await sideBySide(...rows.flatMap((row) => tellCreated(context, row)));
  return rows;
}

function columnsOf({ at }: Context, input: NewVehicle) {
  const {
    price,
    location,
    photos,
    features = [],
    speedLimitKph = null,
    branchId = null,
    ...facts
  } = identifiersOf(input, input.market);
  refusePrice(input.market, price);
  refuseYear(facts.year);
  return {
    id: uuidv7(),
    ...facts,
    speedLimitKph,
    branchId,
    photos: [...photos],
    features: [...features],
    price: price.amount,
    currency: price.currency,
    ...placeColumns(location),
    createdAt: at,
    updatedAt: at,
  };
}

function tellCreated(context: Context, row: VehicleRow): Promise<void>[] {
  const { id, type, make, model, market, status } = row;
  const price = money(row.price, row.currency);
  const detail = { type, market, status: { from: null, to: status }, price: { from: null, to: price } };
  return [
    record(context, { type: 'vehicle.created', subject: id, detail }),
    emit(context, { type: 'vehicle.created', subject: id, data: { vehicleId: id, type, make, model, market, price } }),
  ];
}

/** By the wall's clock. @throws Problem unprocessable for a model year that there is not yet */
export function refuseYear(year: number): void {
  const message = wrongYear(year, new Date());
  if (message !== null) throw new Problem('unprocessable', message, [{ path: 'year', message }]);
}

/** @throws Problem currency_mismatch, or unprocessable for what nobody can pay, naming the field. */
export function refusePrice(market: Market, price: Money): void {
  const wanted = marketRules(market).currency;
  if (price.currency === wanted) return refuseUnpayable(price, 'price.amount');
  throw new Problem('currency_mismatch', `Prices in ${market} are in ${wanted}`, [
    { path: 'price.currency', message: `must be ${wanted}` },
  ]);
}

export function placeColumns(location: BranchPlace | null | undefined) {
  return { latitude: location?.lat ?? null, longitude: location?.lon ?? null, place: location?.place ?? null };
}
