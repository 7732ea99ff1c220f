import { z } from '@hono/zod-openapi';
import { vehicleSorts } from '#db/queries/vehicles';
import { MOST_MONEY } from '#domain/money';
import { components, frequencies } from '#domain/vehicles/plan';
import { vehicleStatuses, vehicleTypes } from '#domain/vehicles/vehicle';
import {
  balance,
  instant,
  instantOrNull,
  market,
  money,
  pageQuery,
  printable,
  text,
  uuid,
  wholeNumber,
} from '../schemas.ts';

/** What the contract calls a vehicle, a plan and a quote, and what it takes to make and find them. */
const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
const kilometres = z.int().min(0).max(5_000_000);
const photo = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) address' })
  .regex(printable, 'must have no control characters')
  .max(500);

export const vehicle = z
  .object({
    id: uuid,
    type: z.enum(vehicleTypes),
    make: z.string(),
    model: z.string(),
    year: z.int(),
    market,
    price: money,
    registration: z.string(),
    vin: z.string(),
    odometerKm: z.int(),
    status: z.enum(vehicleStatuses),
    speedLimitKph: z.int().nullable(),
    location: z
      .object({ lat: z.number(), lon: z.number(), place: z.string().nullable(), at: instantOrNull })
      .nullable()
      .openapi({ description: 'Where it stands for sale; for staff and its lessee where the tracker saw it, at `at`' }),
    photos: z.array(z.string()),
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
  photos: z.array(photo).max(20),
};
/** What an answer shows and nobody writes: it may come back as it is. */
const onlyRead = {
  id: uuid.optional(),
  createdAt: instant.optional(),
  updatedAt: instant.optional(),
};
export const newVehicle = z.strictObject({
  ...vehicleFields,
  ...onlyRead,
  status: z.enum(vehicleStatuses).optional().openapi({ description: 'Only read' }),
  type: z.enum(vehicleTypes),
  market,
  vin: text(40),
  odometerKm: kilometres.default(0),
  speedLimitKph: vehicleFields.speedLimitKph.optional(),
  location: vehicleFields.location.optional(),
  photos: vehicleFields.photos.default([]),
});
export const vehicleChanges = z
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

const near = z
  .string()
  .regex(/^-?\d{1,2}(\.\d{1,9})?,-?\d{1,3}(\.\d{1,9})?$/, 'must be lat,lon')
  .transform((value) => {
    const [lat = 0, lon = 0] = value.split(',').map(Number);
    return { lat, lon };
  })
  .refine(({ lat, lon }) => latitude.safeParse(lat).success && longitude.safeParse(lon).success, 'must be on Earth')
  .openapi({ type: 'string', example: '0.3136,32.5811' });
const minorUnits = wholeNumber(0);
export const vehicleSearch = z.object({
  ...pageQuery,
  type: z.enum(vehicleTypes).optional(),
  market: market.optional(),
  make: text(60).optional(),
  status: z.enum(vehicleStatuses).optional(),
  minPrice: minorUnits.optional().openapi({ description: 'Minor units' }),
  maxPrice: minorUnits.optional().openapi({ description: 'Minor units' }),
  near: near.optional(),
  q: text(80).optional().openapi({ description: 'In make, model or place' }),
  sort: z
    .enum(vehicleSorts)
    .optional()
    .openapi({ description: 'By default the newest first, or the nearest with `near`' }),
});

const lateFee = z
  .strictObject({ amount: z.int().positive().max(MOST_MONEY), cap: z.int().positive().max(MOST_MONEY) })
  .refine(({ amount, cap }) => cap >= amount, { path: ['cap'], message: 'must be at least one fee' });
const shares = z.partialRecord(z.enum(components), z.int().min(0).max(100));
const sumsTo100 = (parts: z.infer<typeof shares>) => Object.values(parts).reduce((sum, part) => sum + part, 0) === 100;
export const hours = z.int().min(1).max(720);
export const planFields = {
  name: text(80),
  vehicleTypes: z.array(z.enum(vehicleTypes)).min(1).max(vehicleTypes.length),
  frequency: z.enum(frequencies),
  instalments: z.int().min(1).max(1500),
  depositPercent: z.int().min(0).max(90),
  markupPercent: z.int().min(0).max(200),
  graceDays: z.int().min(0).max(60),
  lateFee: lateFee.nullable(),
  immobiliseAfterDaysPastDue: z.int().min(1).max(365).nullable(),
  immobiliseNoticeHours: hours,
  offerHours: hours,
  signHours: hours,
  depositHours: hours,
  theftPauseDays: z
    .int()
    .min(1)
    .max(365)
    .nullable()
    .openapi({ description: 'Days for which collection waits for a stolen vehicle; null: it does not' }),
  components: shares.refine(sumsTo100, 'must sum to 100 percent'),
};
export const plan = z
  .object({ id: uuid, ...planFields, market, components: shares, active: z.boolean() })
  .openapi('Plan');
export const quoteAnswer = z
  .object({
    deposit: balance,
    instalment: balance,
    instalments: z.int(),
    frequency: z.enum(frequencies),
    total: balance.openapi({ description: 'deposit + instalments × instalment' }),
    components: z.partialRecord(z.enum(components), balance).openapi({ description: 'What one instalment is made of' }),
  })
  .openapi('Quote');
