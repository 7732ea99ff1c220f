import { expect, it } from 'vitest';
import { printable } from './printable.ts';

it.each([
  ['Amina Nakato', 'Amina Nakato'],
  ['José Núñez – “Zoë” 5 €', 'José Núñez – “Zoë” 5 €'],
  ['Ng\u0169g\u0129 wa M\u0169kami', 'Ngugi wa Mukami'],
  ['e\u0301tat', 'état'],
  ['Ssebuŋŋa Ŋŋoma', 'Ssebungnga Ngngoma'],
  ['ﬁve', 'five'],
  ['መሐመድ 😀', '???? ?'],
])('prints %j as %j', (text, printed) => {
  expect(printable(text)).toBe(printed);
});
