import { alarm } from './alarm.ts';

/** The tracker's radio is disturbed on purpose. */
export const jamming = alarm({ type: 'jamming', severity: 'high', words: ['jamming'], whileOwing: 'critical' });
