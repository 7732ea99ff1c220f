import { isFix } from '../fix.ts';
import type { LastingRule } from './rule.ts';

/** The vehicle is outside of the country that it is leased in. With `tow` within a day it may have been stolen. */
export const wrongCountry: LastingRule<'wrong_country'> = {
  type: 'wrong_country',
  severity: 'high',
  begins: 'over 5 km beyond the border of its market',
  ends: 'a fix inside of it',
  look: ({ fix, suspect, vehicle }) => (suspect || !isFix(fix) ? null : vehicle.fences.isAbroad(vehicle.market, fix)),
  tell: (_run, { market }) => ({ details: { market } }),
};
