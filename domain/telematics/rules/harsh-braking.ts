import { alarm } from './alarm.ts';

/** The driver braked too hard: several within half a minute are one. */
export const harshBraking = alarm({
  type: 'harsh_braking',
  severity: 'low',
  words: ['hardBraking', 'harshBraking'],
  gap: 30_000,
});
