import type { VehicleType } from './vehicle.ts';

/** Kilometres after which a vehicle is due for service: what makers of these types ask for, and staff go by. */
export const SERVICE_KM: Readonly<Record<VehicleType, number>> = {
  motorcycle: 3_000,
  car: 10_000,
  van: 10_000,
  truck: 20_000,
};

/** How many services a vehicle that has driven so many metres in all ought to have had. */
export const servicesDue = (type: VehicleType, metres: number): number => Math.floor(metres / 1_000 / SERVICE_KM[type]);
