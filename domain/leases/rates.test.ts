import { expect, it } from 'vitest';
import { annualRates, type Flow } from './rates.ts';

const equal = (count: number, amount: number): Flow[] =>
  Array.from({ length: count }, (_, i) => ({ period: i + 1, amount }));

it.each([
  // The annex of Commission Directive 2011/90/EU (assumptions) and appendix J have monthly ones; these are worked by hand.
  ['nothing is charged for', 1_200, equal(12, 100), 'monthly', { eu: 0, us: 0 }],
  ['one line after a year, in months', 1_000, [{ period: 12, amount: 1_100 }], 'monthly', { eu: 10, us: 9.57 }],
  ['one percent a month', 1_000_000, [{ period: 1, amount: 1_010_000 }], 'monthly', { eu: 12.68, us: 12 }],
  ['half a hundredth rounds up', 2_000_000, [{ period: 1, amount: 2_020_575 }], 'monthly', { eu: 13.07, us: 12.35 }],
  // Regulation Z, appendix J (c)(1), examples (i) and (ii).
  ['appendix J: 24 of 230 for 5,000', 500_000, equal(24, 23_000), 'monthly', { eu: 10.13, us: 9.69 }],
  ['as much as is told, and no more', 12, equal(71, 100), 'monthly', { eu: null, us: 10_000 }],
  ['a price of one, paid daily', 1, equal(1_500, 1), 'daily', { eu: null, us: null }],
] as const)('%s', (_what, advance, flows, frequency, rates) => {
  expect(annualRates(advance, flows, frequency)).toEqual(rates);
});
