import { expect, it } from 'vitest';
import { extensionLeft } from './holds.ts';

it.each([
  [0, 0, 168],
  [48, 0, 120],
  [168, 0, 0],
  [0, 1, 24],
  [10, 3, 14],
  [24, 1, 0],
  // What was given before anybody waited stays; there is no more.
  [100, 1, 0],
])(
  'a hold that was extended by %i hours, for which %i wait, is extended by at most %i more',
  (extended, waiting, left) => {
    expect(extensionLeft(extended, waiting)).toBe(left);
  },
);
