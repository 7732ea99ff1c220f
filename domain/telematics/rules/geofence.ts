import type { ReservedRule } from './rule.ts';

/** Names of the contract: no vehicle has a fence yet. */
export const geofenceExit: ReservedRule<'geofence_exit'> = { type: 'geofence_exit', reserved: true };
export const geofenceEnter: ReservedRule<'geofence_enter'> = { type: 'geofence_enter', reserved: true };
