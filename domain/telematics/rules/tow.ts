import { alarm } from './alarm.ts';

/** The vehicle moves without its engine. */
export const tow = alarm({ type: 'tow', severity: 'high', words: ['tow'] });
