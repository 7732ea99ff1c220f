import { addDays, daysBetween, type LocalDate } from '../calendar.ts';
import type { VehicleType } from './vehicle.ts';

/** After how much a vehicle is due for service, whichever comes first: what makers of these types ask for, and staff go by. */
export const SERVICE_EVERY: Readonly<Record<VehicleType, { readonly km: number; readonly days: number }>> = {
  motorcycle: { km: 3_000, days: 182 },
  car: { km: 10_000, days: 365 },
  van: { km: 10_000, days: 365 },
  truck: { km: 20_000, days: 182 },
};

/** A vehicle as far as it says when it is due. */
export interface Serviced {
  readonly type: VehicleType;
  /** What it ever drove, and had driven at its last service. */
  readonly metres: number;
  readonly servicedMetres: number;
  /** The day of its last service, or on which it came to the fleet. */
  readonly since: LocalDate;
}

/** How many services it ought to have had since the last one, by what it drove and by the days that passed. */
export function servicesDue({ type, metres, servicedMetres, since }: Serviced, today: LocalDate) {
  const every = SERVICE_EVERY[type];
  return {
    byDistance: Math.max(0, Math.floor((metres - servicedMetres) / 1_000 / every.km)),
    byTime: Math.max(0, Math.floor(daysBetween(since, today) / every.days)),
  };
}

/** When the next service is due: after so many more metres, and on which day at the latest. */
export function nextService({ type, metres, servicedMetres, since }: Serviced) {
  const every = SERVICE_EVERY[type];
  return { inMetres: servicedMetres + every.km * 1_000 - metres, on: addDays(since, every.days) };
}
