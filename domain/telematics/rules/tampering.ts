import { alarm } from './alarm.ts';

/** Somebody is at the tracker or its antenna. */
export const tampering = alarm({
  type: 'tampering',
  severity: 'high',
  whileOwing: 'critical',
  words: ['tampering', 'removing', 'gpsAntennaCut'],
});
