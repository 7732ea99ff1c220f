export const vehicleTypes = ['motorcycle', 'car', 'van', 'truck'] as const;
export type VehicleType = (typeof vehicleTypes)[number];

export const vehicleStatuses = ['available', 'reserved', 'leased', 'maintenance', 'sold', 'retired'] as const;
export type VehicleStatus = (typeof vehicleStatuses)[number];

/** Of what is no longer ours to offer: a sold one is its customer's. */
export const leftFleet: readonly VehicleStatus[] = ['sold', 'retired'];

/** Speed limit in km/h of a vehicle that names none: the national limits on open roads. */
export const speedLimitKph: Record<VehicleType, number> = { motorcycle: 80, car: 80, van: 80, truck: 80 };
