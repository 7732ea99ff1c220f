import { alarm } from './alarm.ts';

/** The driver cornered too hard: several within half a minute are one. */
export const harshCornering = alarm({
  type: 'harsh_cornering',
  severity: 'low',
  words: ['hardCornering', 'harshCornering'],
  gap: 30_000,
});
