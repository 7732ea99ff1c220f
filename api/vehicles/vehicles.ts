import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { transact } from '#use-cases/context';
import { createVehicle } from '#use-cases/vehicles/create-vehicle';
import { retireVehicle } from '#use-cases/vehicles/retire-vehicle';
import { keyOfItsOwn } from '#steering/command-key';
import { uuidFor } from '#steering/uuid-for';
import { updateVehicle, type VehicleChanges } from '#use-cases/vehicles/update-vehicle';
import {
  findVehicle,
  photographsKept,
  trackedPlaces,
  vehiclesHeldBy,
  type TrackedPlace,
  type VehicleRow,
} from '#db/queries/vehicles';
import { wrongInput } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { money as moneyValue } from '#domain/money';
import { hashesNamed, MOST_PHOTOS, photosNamed } from '#domain/vehicles/photograph';
import { vehicleStatuses, vehicleTypes } from '#domain/vehicles/vehicle';
import type { ApiEnvironment } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tagged, versionsOf } from '../etag.ts';
import { existing, found } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { placeOf, readBack } from '../read-back.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, instant, instantOrNull, market, money, printable, text, uuid } from '../schemas.ts';
import { mainUrl, photograph, presentPhotograph } from './photos.ts';

export const latitude = z.number().min(-90).max(90);
export const longitude = z.number().min(-180).max(180);
const kilometres = z.int().min(0).max(5_000_000);
const photo = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) address' })
  .regex(printable, 'must have no control characters')
  .max(500);

const ofNobodyElse = 'Null while it is leased, but for its lessee and staff; so are place, branch and speed limit';

/** What docs/openapi.json calls a vehicle. */
export const vehicle = z
  .object({
    id: uuid,
    type: z.enum(vehicleTypes),
    make: z.string(),
    model: z.string(),
    year: z.int(),
    market,
    price: money,
    registration: z.string().nullable().openapi({ description: ofNobodyElse }),
    vin: z.string().nullable().openapi({ description: ofNobodyElse }),
    odometerKm: z.int().nullable().openapi({ description: ofNobodyElse }),
    status: z.enum(vehicleStatuses),
    speedLimitKph: z.int().nullable(),
    location: z
      .object({ lat: z.number(), lon: z.number(), place: z.string().nullable(), at: instantOrNull })
      .nullable()
      .openapi({
        description:
          'Where it stands for sale; for its lessee, and for staff while nobody has it, where the tracker saw it, at `at`',
      }),
    branchId: uuid.nullable().openapi({ description: 'Where it belongs to' }),
    features: z.array(z.string()),
    photos: z.array(z.string()),
    photographs: z.array(photograph).openapi({ description: 'Those of `photos` that are kept here, in their sizes' }),
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Vehicle');

const vehicleFields = {
  make: text(60),
  model: text(60),
  year: z.int().min(1950).max(2100),
  price: money,
  registration: text(20),
  odometerKm: kilometres,
  speedLimitKph: z.int().min(10).max(200).nullable(),
  location: z
    .strictObject({ lat: latitude, lon: longitude, place: text().nullish(), at: instantOrNull.optional() })
    .nullable()
    .openapi({ description: 'Where it stands for sale; with `at` it is only read' }),
  branchId: uuid.nullable().openapi({ description: 'A branch of its market' }),
  features: z
    .array(text(40))
    .max(20)
    .openapi({ description: 'What people look for besides, such as `electric` or `top box`' }),
  photos: z
    .array(photo)
    .max(MOST_PHOTOS)
    .openapi({ description: 'In their order; a photograph that is kept here goes where its address is left out' }),
};
/** What an answer shows and nobody writes: it may come back as it is. */
const onlyRead = {
  id: uuid.optional(),
  createdAt: instant.optional(),
  updatedAt: instant.optional(),
  photographs: z.array(photograph).max(MOST_PHOTOS).optional(),
};
const newVehicle = z.strictObject({
  ...vehicleFields,
  ...onlyRead,
  status: z.enum(vehicleStatuses).optional().openapi({ description: 'Only read' }),
  type: z.enum(vehicleTypes),
  market,
  vin: text(40),
  odometerKm: kilometres.default(0),
  speedLimitKph: vehicleFields.speedLimitKph.optional(),
  location: vehicleFields.location.optional(),
  branchId: vehicleFields.branchId.optional(),
  features: vehicleFields.features.default([]),
  photos: vehicleFields.photos.default([]),
});
const vehicleChanges = z
  .strictObject({
    ...vehicleFields,
    ...onlyRead,
    type: z.enum(vehicleTypes).openapi({ description: 'Only read' }),
    market: market.openapi({ description: 'Only read' }),
    vin: text(40).openapi({ description: 'Only read' }),
    status: z.enum(vehicleStatuses).openapi({ description: '`available` or `maintenance`; the others are only read' }),
    reason: text().openapi({ description: 'Why a vehicle that was written off with its lease is `available` again' }),
  })
  .partial();

/** Who asks, as far as it says what he sees; null for everybody. */
export function viewerOf(c: Context<ApiEnvironment>) {
  const identity = c.get('identity');
  return identity === undefined ? null : { staff: isStaff(identity.role), userId: identity.userId };
}

/** All of a vehicle, where whoever asks may know it to be. */
async function withItsPlace({ db, config }: ApiDependencies, c: Context<ApiEnvironment>, row: VehicleRow) {
  const places = await trackedPlaces(db, [row.id], viewerOf(c));
  return presentVehicle(row, config.PUBLIC_URL, places.get(row.id));
}

/** A vehicle as whoever asks may see it. */
export async function shownVehicle(deps: ApiDependencies, c: Context<ApiEnvironment>, row: VehicleRow) {
  const viewer = viewerOf(c);
  const shown = await withItsPlace(deps, c, row);
  return isAnothers(row, viewer, await vehiclesHeldBy(deps.db, [row.id], viewer)) ? notToBeHad(shown) : shown;
}

/** Whether somebody else than the viewer has it by a lease. @param own vehicles that he has himself */
export const isAnothers = (row: VehicleRow, viewer: ReturnType<typeof viewerOf>, own: ReadonlySet<string>): boolean =>
  row.status === 'leased' && viewer?.staff !== true && !own.has(row.id);

/** A vehicle that somebody has by a lease, as everybody sees it: what it is, and that it is not to be had. */
export const notToBeHad = (shown: ReturnType<typeof presentVehicle>) => ({ ...shown, ...unseen });
const unseen = { registration: null, vin: null, odometerKm: null, speedLimitKph: null, location: null, branchId: null };

/**
 * @param publicUrl where pictures are read that are kept here
 * @param tracked where its tracker last saw it, for those who may know; otherwise where it stands for sale.
 */
export function presentVehicle(row: VehicleRow, publicUrl: string, tracked?: TrackedPlace) {
  const {
    id,
    type,
    make,
    model,
    year,
    market,
    currency,
    registration,
    vin,
    odometerKm,
    status,
    speedLimitKph,
    branchId,
    features,
    photos,
    createdAt,
    updatedAt,
  } = row;
  const stand =
    row.latitude === null || row.longitude === null
      ? null
      : { lat: row.latitude, lon: row.longitude, place: row.place, at: null };
  const location = tracked === undefined ? stand : { ...tracked, place: null };
  return {
    id,
    type,
    make,
    model,
    year,
    market,
    price: moneyValue(row.price, currency),
    registration,
    vin,
    odometerKm,
    status,
    speedLimitKph,
    location,
    branchId,
    features,
    photos: photos.map((photo) => (typeof photo === 'string' ? photo : mainUrl(photo, publicUrl))),
    photographs: photos.flatMap((photo) => (typeof photo === 'string' ? [] : [presentPhotograph(photo, publicUrl)])),
    createdAt,
    updatedAt,
  };
}

const tag = 'vehicles';

/** What staff do with vehicles. */
export function vehicleRoutes(deps: ApiDependencies) {
  const app = router();
  const { db } = deps;
  const guard = existing((id) => findVehicle(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles',
      summary: 'Add a vehicle',
      tag,
      roles: staff,
      idempotency: 'optional',
      body: newVehicle,
      status: 201,
      answer: vehicle,
    }),
    async (c) => {
      const { location, ...said } = c.req.valid('json');
      const { actor, id } = callerOf(c);
      // Made from another one that was read, whose id it may name; where that one was is not where this one is.
      const isNameless = said.id === undefined;
      const model = said.id === undefined ? undefined : await findVehicle(db, said.id);
      const shown = model === undefined ? undefined : await withItsPlace(deps, c, model);
      const isOfOther = isNameless && (location?.at ?? null) !== null;
      const vehicleToMake = {
        ...readBack(said, isNameless ? null : shown, ['id', 'status', 'photographs', 'createdAt', 'updatedAt']),
        photos: photosNamed(said.photos, await photographsKept(db, hashesNamed(said.photos))),
        location: isOfOther ? null : placeOf(location, shown?.location),
        id: uuidFor('vehicle', id, c.get('idempotencyKey') ?? keyOfItsOwn()),
      };
      const row = await transact(db, actor, new Date(), (context) => createVehicle(context, vehicleToMake));
      return c.json(presentVehicle(row, deps.config.PUBLIC_URL), 201, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'patch',
      path: '/vehicles/{id}',
      summary: 'Change a vehicle',
      tag,
      roles: staff,
      guard,
      params: idParam,
      body: vehicleChanges,
      status: 200,
      answer: vehicle,
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const before = found(await findVehicle(db, id));
      const changes = changesOf(c.req.valid('json'), await withItsPlace(deps, c, before));
      const row = await transact(db, callerOf(c).actor, new Date(), (context) =>
        updateVehicle(context, id, changes, versionsOf(c)),
      );
      return c.json(await shownVehicle(deps, c, row), 200, tagged(row));
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/vehicles/{id}',
      summary: 'Retire a vehicle',
      tag,
      roles: staff,
      guard,
      params: idParam,
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      await transact(db, callerOf(c).actor, new Date(), (context) =>
        retireVehicle(context, c.req.valid('param').id, versionsOf(c)),
      );
      return c.body(null, 204);
    },
  );
  return app;
}

/** What is to change of a vehicle, by a request that may be what was read of it. */
function changesOf(body: z.infer<typeof vehicleChanges>, shown: ReturnType<typeof presentVehicle>): VehicleChanges {
  const { location, status, reason, ...said } = body;
  if (status === 'retired' && shown.status !== 'retired')
    throw wrongInput([{ path: 'status', message: 'is only read: DELETE retires a vehicle' }]);
  const wanted = status === 'available' || status === 'maintenance' ? status : undefined;
  const fixed = wanted === undefined ? status : undefined;
  const onlyRead = ['id', 'type', 'market', 'vin', 'photographs', 'createdAt', 'updatedAt', 'status'] as const;
  const left = readBack({ ...said, status: fixed }, shown, onlyRead);
  const place = placeOf(location, shown.location);
  return {
    ...left,
    ...(place === undefined ? {} : { location: place }),
    ...(wanted === undefined || wanted === shown.status ? {} : { status: wanted }),
    ...(reason === undefined ? {} : { reason }),
  };
}
