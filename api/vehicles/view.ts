import type { TrackedPlace, VehicleRow } from '#db/queries/vehicles';
import { money } from '#domain/money';

/** @param tracked where its tracker last saw it, for those who may know; otherwise where it stands for sale. */
export function presentVehicle(row: VehicleRow, tracked?: TrackedPlace) {
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
    price: money(row.price, currency),
    registration,
    vin,
    odometerKm,
    status,
    speedLimitKph,
    location,
    photos,
    createdAt,
    updatedAt,
  };
}
