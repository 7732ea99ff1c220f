import { daysBetween, type LocalDate } from '../calendar.ts';
import type { VehicleType } from './vehicle.ts';

export const maintenanceKinds = ['service', 'repair', 'inspection', 'recall', 'cleaning', 'other'] as const;
export type MaintenanceKind = (typeof maintenanceKinds)[number];

/** `booked` and `started` are open; the others stay as they are. */
export const maintenanceStatuses = ['booked', 'started', 'done', 'cancelled'] as const;
export type MaintenanceStatus = (typeof maintenanceStatuses)[number];

/** What becomes of the days that a customer is owed: none, owed, given as a pause of his lease, or not taken by it. */
export const creditStates = ['none', 'due', 'given', 'refused'] as const;
export type CreditState = (typeof creditStates)[number];

/** Days for which a vehicle may be in the lender's workshop before its customer is owed the others. */
const WORKSHOP_DAYS: Readonly<Record<VehicleType, number>> = { motorcycle: 2, car: 3, van: 3, truck: 5 };

/** Days beyond the allowance that a customer could not ride, from the day on which the work began to the one on which it was done. */
export const daysOwed = (type: VehicleType, began: LocalDate, done: LocalDate): number =>
  Math.max(0, daysBetween(began, done) - WORKSHOP_DAYS[type]);
