import { expect, it } from 'vitest';
import { codesIn, withoutCodesOf } from './codes-in.ts';

const ours = new Set(['266622']);

it.each([
  ['266622', '••••••'],
  ['It says 266622.', 'It says ••••••.'],
  ['266 622', '••• •••'],
  ['2-6-6-6-2-2 is it', '•-•-•-•-•-• is it'],
  ['two: 266622 4071', 'two: •••••• 4071'],
  ['x266622y', 'x••••••y'],
  // Of somebody else's, or too old: no amount and no phone is one, but beside a word for it.
  ['I paid 120000 on 0772 123 456', 'I paid 120000 on 0772 123 456'],
  ['my code is 999111', 'my code is ••••••'],
  ['PIN 4071 please', 'PIN •••• please'],
  ['koodi yange 999 111', 'koodi yange ••• •••'],
  ['Namba ya siri 4071', 'Namba ya siri ••••'],
  ['my pink bike, 2026', 'my pink bike, 2026'],
  ['code for 0772123456', 'code for 0772123456'],
  ['nothing', 'nothing'],
])('hides in %j what is a code: %j', (text, hidden) => {
  expect(withoutCodesOf(text, ours)).toBe(hidden);
});

it('asks of every six digits in a row whether they are a code', () => {
  expect(codesIn('a 1234567 b 99 c 12-34-56')).toEqual(['123456', '234567']);
  expect(codesIn('')).toEqual([]);
});
