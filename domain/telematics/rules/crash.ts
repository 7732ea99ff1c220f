import { alarm } from './alarm.ts';

/** An accident: trackers report its shocks one by one. */
export const crash = alarm({ type: 'crash', severity: 'critical', words: ['accident', 'crash'], gap: 300_000 });
