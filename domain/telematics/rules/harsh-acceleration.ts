import { alarm } from './alarm.ts';

/** The driver accelerated too hard: several within half a minute are one. */
export const harshAcceleration = alarm({
  type: 'harsh_acceleration',
  severity: 'low',
  words: ['hardAcceleration', 'harshAcceleration'],
  gap: 30_000,
});
