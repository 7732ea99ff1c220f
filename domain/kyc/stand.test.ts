import { expect, it } from 'vitest';
import { laterStand, type KycStand } from './submission.ts';

const stand = (submissionId: string, status: KycStand['status']): KycStand => ({ submissionId, status });

it.each([
  ['nothing was known', null, stand('1', 'pending'), stand('1', 'pending')],
  [
    'a read from before the decision comes after it',
    stand('1', 'approved'),
    stand('1', 'in_review'),
    stand('1', 'approved'),
  ],
  ['an approval has lapsed', stand('1', 'approved'), stand('1', 'expired'), stand('1', 'expired')],
  ['a second submission is passed', stand('1', 'rejected'), stand('2', 'approved'), stand('2', 'approved')],
  ['the first rejection comes late', stand('2', 'approved'), stand('1', 'rejected'), stand('2', 'approved')],
] as const)('%s: the later one counts, in either order', (_what, one, other, later) => {
  expect(laterStand(one, other)).toEqual(later);
  expect(laterStand(other, one)).toEqual(later);
});
