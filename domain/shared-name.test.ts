import { expect, it } from 'vitest';
import { sharesName } from './shared-name.ts';

it.each([
  ['Nalubega Ruth', 'Ruth Nalubega', true],
  ['Nalubega Ruth', 'R. NALUBEGA', true],
  ['Ng’ang’a Mũgo', "Ng'ang'a", true],
  ['Mugo', 'Mũgo wa Gatheru', true],
  ['Nalubega Ruth', 'Somebody Else', false],
  ['Nalubega Ruth', 'R N', false],
])('%s and %s: %s', (one, other, is) => {
  expect(sharesName(one, other)).toBe(is);
});
