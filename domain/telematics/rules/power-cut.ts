import { alarm } from './alarm.ts';

/** The vehicle's battery was taken from the tracker. */
export const powerCut = alarm({ type: 'power_cut', severity: 'high', words: ['powerCut'], whileOwing: 'critical' });
