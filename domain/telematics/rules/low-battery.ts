import { alarm } from './alarm.ts';

/** The tracker's own battery runs out. */
export const lowBattery = alarm({ type: 'low_battery', severity: 'low', words: ['lowBattery'] });
